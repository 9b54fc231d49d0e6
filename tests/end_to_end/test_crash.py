"""A crash of the desk, wherever: it ends, the terminal is as before, and a report is named, or said to be missing."""

from pathlib import Path

import pytest

from tests.end_to_end.host import Host
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.trader import quit_desk, rest
from tests.exchange import RunningExchange

FAILS = """
import os
from pathlib import Path

def fail(*_, **__):
    raise ZeroDivisionError("the key is " + os.environ["PBTUI_API_KEY_DESK"])

def once_asked(method):
    def asked(self, *given, **named):
        if Path("fail").exists():
            fail()
        return method(self, *given, **named)
    return asked

{patch}
"""
PATCHES = {
    "drawing": "from pbtui.ui.widgets.lines import Lines as Part; Part.render_line = once_asked(Part.render_line)",
    "a timer": (
        "from pbtui.ui.screens.desk_screen import DeskScreen as Part\n"
        "old = Part.on_mount\n"
        "def on_mount(self):\n"
        "    self.set_interval(0.1, lambda: Path('fail').exists() and fail())\n"
        "    return old(self)\n"
        "Part.on_mount = on_mount"
    ),
    "the desk": "from pbtui.desk.blotter.feed import Feed as Part; Part._read = once_asked(Part._read)",
}


@pytest.fixture
def host(tmp_path: Path, exchange: RunningExchange) -> Host:
    host = Host(tmp_path)
    host.adopt(exchange.base_url, exchange.keys["trader"])
    return host


def started(terminal: Terminal) -> None:
    terminal.until_shown("LIVE", "›")


@pytest.mark.parametrize(("part", "is_writable"), [("drawing", True), ("a timer", False), ("the desk", True)])
def test_a_crash_ends_with_a_report_or_says_that_there_is_none(host: Host, part: str, is_writable: bool) -> None:
    host.first = FAILS.format(patch=PATCHES[part])
    with host.pbtui() as terminal:
        started(terminal)
        if not is_writable:
            (host.home / "xdg_state_home").rename(host.home / "moved_away")
            (host.home / "xdg_state_home").write_text("not a folder")
        (host.home / "fail").touch()
        if part == "the desk":
            terminal.until_shown("DESK STOPPED", "The kill key still works")
            terminal.send("q")
        assert terminal.end() == 1
        assert terminal.what_is_left() == []
        said = terminal.raw.replace(b"\r\n", b"")
    assert b"internal error: ZeroDivisionError" in said
    assert (b"Report: /" in said) == is_writable
    assert (b"There is no report, it can't be written" in said) != is_writable
    assert bool(host.crash_reports) == is_writable  # a timer that fails may fail again before the desk has ended
    key = host.variables["PBTUI_API_KEY_DESK"]
    assert all("the key is [key]" in report and key not in report for report in host.crash_reports)
    assert key.encode() not in said


def test_a_change_that_is_away_when_the_screen_crashes_is_named_and_read_back(
    host: Host, exchange: RunningExchange
) -> None:
    host.first = FAILS.format(patch=PATCHES["drawing"])
    exchange.faults(hold={"value": True, "methods": ["PUT"]})
    host.adopt(exchange.base_url, exchange.keys["trader"], read_only=False)
    with host.pbtui() as terminal:
        terminal.until_shown("LIVE", "TRADING", "›")
        terminal.send("d")
        terminal.until_shown("y Send")
        rest()
        terminal.press_until("y", lambda lines: exchange.writes())
        (host.home / "fail").touch()
        terminal.send("j")
        assert terminal.end() == 1
        said = terminal.raw.replace(b"\r\n", b"")
    assert b"the desk was closed before the answer arrived" in said
    assert b"The next desk of this profile reads the orders again and reports them." in said
    exchange.faults()
    (host.home / "fail").unlink()
    with host.pbtui() as later:
        later.until_shown("LIVE", "CONFIRMED")
        assert len(exchange.writes()) == 1
        quit_desk(later)
