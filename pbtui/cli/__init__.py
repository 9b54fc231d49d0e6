"""The command line: the only package that connects the others."""
