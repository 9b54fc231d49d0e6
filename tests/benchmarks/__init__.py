"""Benchmarks, run by hand: `python -m tests.benchmarks`. Each prints a table with its yardstick, in one run."""
