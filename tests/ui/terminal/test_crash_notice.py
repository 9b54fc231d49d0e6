"""What is left on the terminal when the application fails."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from pbtui.ui.terminal.crash_notice import NoticeApp

class Fails(NoticeApp[None]):
    def crash_notice(self, error):
        return f"[stopped] {error!r}"

    def on_mount(self):
        api_key = "k3y-Secret"
        raise ZeroDivisionError(f"{len(api_key)} [/] brackets")

    def _fatal_error(self):
        error = self._exception
        if sys.argv[1] == "missing":
            del self._exception
        super()._fatal_error()
        self._exception = error

Fails().run(headless=True)
"""


@pytest.mark.parametrize(
    ("part", "notice"),
    [("present", "[stopped] ZeroDivisionError('10 [/] brackets')"), ("missing", "[stopped] None")],
)
def test_the_notice_is_all_that_is_printed(part: str, notice: str) -> None:
    ended = subprocess.run([sys.executable, "-c", PROGRAM, part], capture_output=True, text=True, check=False)
    assert (ended.stdout + ended.stderr).split() == notice.split()
