"""The program: `pbtui`, and `python -m pbtui`."""

import sys

from pbtui.cli.interrupts import at_end, interrupts
from pbtui.cli.process import end_after, prepare


def run() -> None:
    """Run the command line. From the first line on, a signal ends it with a message and an exit code."""
    prepare()
    interrupts.watch()
    try:
        from pbtui.cli.main import main  # its imports take a while: see above

        sys.exit(main())
    except Exception as error:  # noqa: BLE001 - whatever it is, it is reported
        sys.exit(end_after(error))
    finally:
        at_end()


if __name__ == "__main__":
    run()
