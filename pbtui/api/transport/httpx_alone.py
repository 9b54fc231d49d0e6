"""httpx without its command line.

Where rich is installed, `import httpx` also imports httpx's own command line, and click, rich and pygments with it.
That takes 59 of 149 ms, measured on the way to a kill: its imports take 265 ms without and 329 ms with it. So the
command line is hidden for that one import, as if httpx were installed without its extra `cli`. Afterwards it can be
imported as usual.
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
