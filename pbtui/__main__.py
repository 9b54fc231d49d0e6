"""`python -m pbtui` is `pbtui`."""

from pbtui.cli.main import main

if __name__ == "__main__":
    main()
