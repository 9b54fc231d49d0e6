"""Runs all benchmarks, or those named: `python -m tests.benchmarks decoding start`."""

import sys
from importlib import import_module

ALL = (
    "arranging",
    "decoding",
    "input",
    "kill",
    "kill_key",
    "many_orders",
    "refresh",
    "slow_line",
    "start",
    "team",
    "team_frame",
    "terminal_bytes",
    "two_desks",
    "ui_stall",
)

for name in sys.argv[1:] or ALL:
    module = import_module(f"tests.benchmarks.{name}")
    print(f"\n{module.__doc__}\n")
    module.main()
