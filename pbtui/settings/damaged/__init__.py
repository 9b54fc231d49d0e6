"""A settings file with problems: the part of it that a kill can use."""
