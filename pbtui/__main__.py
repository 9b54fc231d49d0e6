"""The program: `pbtui`, and `python -m pbtui`."""

import sys

from pbtui.cli.interrupts import at_end, interrupts


def run() -> None:
    """Run the command line. From the first line on, a signal ends it with a message and an exit code."""
    interrupts.watch()
    try:
        from pbtui.cli.main import main  # its imports take a while: see above

        sys.exit(main())
    finally:
        at_end()


if __name__ == "__main__":
    run()
