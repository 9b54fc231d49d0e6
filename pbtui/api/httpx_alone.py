"""httpx without its command line.

Where rich is installed, `import httpx` also imports httpx's own command line, and click, rich and pygments with it.
That takes longer than all the rest of httpx, on the way to a kill. The command line is hidden for that one import:
httpx then takes it for not installed, as without its extra `cli`. Afterwards it can be imported as usual.
"""

import sys

_COMMAND_LINE = "httpx._main"

if "httpx" in sys.modules:
    import httpx
else:
    sys.modules[_COMMAND_LINE] = None  # type: ignore[assignment]  # how the import system marks what is not there
    try:
        import httpx
    finally:
        del sys.modules[_COMMAND_LINE]

__all__ = ["httpx"]
