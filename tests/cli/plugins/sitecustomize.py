"""Python imports this before pbtui: it sends a signal during an import that a test chooses.

INTERRUPT_AT is the name of a module: the signal INTERRUPT_WITH is sent when it is imported, and the main thread goes no
further; then the file INTERRUPT_SENT is made. With INTERRUPT_WITHOUT_THREADS no thread can be started.
"""

import os
import sys
import threading
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import ModuleType

MODULE = os.environ.pop("INTERRUPT_AT", "")
NUMBER = int(os.environ.pop("INTERRUPT_WITH", "0"))
SENT = os.environ.pop("INTERRUPT_SENT", "")
WITHOUT_THREADS = os.environ.pop("INTERRUPT_WITHOUT_THREADS", "")


class _Interrupting(MetaPathFinder):
    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None, /) -> None:
        if fullname == MODULE:
            os.kill(os.getpid(), NUMBER)
            if SENT:
                Path(SENT).touch()
            threading.Event().wait()


def _fail(_thread: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


def interrupt() -> None:
    """Send the signal from now on, at the import of the module."""
    sys.meta_path.insert(0, _Interrupting())


if MODULE:
    interrupt()
if WITHOUT_THREADS:
    threading.Thread.start = _fail  # type: ignore[method-assign, assignment]
