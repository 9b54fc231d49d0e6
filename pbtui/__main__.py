"""The program: `pbtui`, and `python -m pbtui`."""

from pbtui.cli.interrupts import at_end, interrupts
from pbtui.cli.process import end_after, exit_code_of, leave, prepare


def run() -> None:
    """Run the command line. From the first line on, a signal ends it with a message and an exit code."""
    prepare()
    interrupts.watch()
    try:
        from pbtui.cli.main import main  # its imports take a while: see above

        main()
        code = 0
    except SystemExit as end:
        code = exit_code_of(end)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is reported
        code = end_after(error)
    finally:
        at_end()
    leave(code)


if __name__ == "__main__":
    run()
