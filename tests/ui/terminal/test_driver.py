"""The thread that reads the keys, on a pipe: what the watch gets, and what the screen gets."""

import os
import selectors
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.app import App
from textual.events import Key, Paste, Resize
from textual.message import Message

from pbtui.ui.terminal.driver import TerminalDriver
from pbtui.ui.terminal.input import NOISE, NOT_A_KEY, TORN
from pbtui.ui.terminal.moment import InputIgnored, TypedAheadText
from pbtui.ui.terminal.reading import grammar
from tests.ui.desk_under_test import WITHIN_S

WITH_THE_KILL_KEY = "Keys that came together with the kill key were ignored"
SIZE = "\x1b[48;24;80;480;800t"


class Watch:
    """Keeps what it gets. It passes keys on up to the kill key, as the kill switch does."""

    kill_keys = ("f9", "ctrl+f8")

    def __init__(self) -> None:
        self.log: list[Sequence[str] | None] = []
        self.has_ended = False

    def keys_read(self, keys: Sequence[str]) -> int:
        """Keep the keys of one read."""
        self.log.append(keys)
        return next((number for number, key in enumerate(keys, 1) if key in self.kill_keys), len(keys))

    def input_began(self) -> None:
        """Keep that it came."""
        self.log.append(["…"])

    def tick(self) -> None:
        """Keep that it came."""
        self.log.append(None)

    def input_ended(self) -> None:
        """Note the end."""
        self.has_ended = True


class Watched(App[None]):
    """An application whose keys are watched."""

    def __init__(self) -> None:
        super().__init__()
        self.key_watch = Watch()
        self.errors: list[Exception] = []

    def input_failed(self, error: Exception) -> None:
        """Keep the error."""
        self.errors.append(error)


class PipeDriver(TerminalDriver):
    """Reads from a pipe, and keeps what is for the screen."""

    def __init__(self, app: Watched, fileno: int) -> None:
        super().__init__(app)
        self.fileno = fileno
        self.messages: list[Message] = []
        self.changed = threading.Condition()

    def process_message(self, message: Message) -> None:
        """Keep it."""
        with self.changed:
            self.messages.append(message)
            self.changed.notify_all()


class Line:
    """The line to a driver."""

    def __init__(self, driver: PipeDriver, watch: Watch, end: int) -> None:
        self.driver = driver
        self.watch = watch
        self._end = end

    def send(self, data: str) -> None:
        """Write, and wait until it was read."""
        os.write(self._end, data.encode("latin-1"))
        with selectors.SelectSelector() as selector:
            selector.register(self.driver.fileno, selectors.EVENT_READ)
            while selector.select(0):
                pass

    def until_ticked(self) -> None:
        """Wait until the read is over."""
        seen = len(self.watch.log)
        deadline = time.monotonic() + WITHIN_S
        while None not in self.watch.log[seen:]:
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def until(self, seen: Callable[[], object]) -> None:
        """Wait until this is so of what the screen got."""
        with self.driver.changed:
            assert self.driver.changed.wait_for(seen, WITHIN_S)

    def shown(self) -> list[str]:
        """What the screen got, in words."""
        return [words(message) for message in self.driver.messages]


def words(message: Message) -> str:
    if isinstance(message, Key):
        return message.key
    if isinstance(message, TypedAheadText | Paste):
        return f"{'ahead' if isinstance(message, TypedAheadText) else 'paste'} {message.text}"
    if isinstance(message, InputIgnored):
        return message.text or "noise"
    return type(message).__name__


@pytest.fixture(autouse=True)
def own_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual's driver takes over signals: those of this process stay as they are."""
    monkeypatch.setattr("signal.signal", lambda *_: None)


@asynccontextmanager
async def reading() -> AsyncIterator[Line]:
    """A driver that reads from a line."""
    begin, end = os.pipe()
    app = Watched()
    driver = PipeDriver(app, begin)
    thread = threading.Thread(target=driver.run_input_thread)
    thread.start()
    try:
        yield Line(driver, app.key_watch, end)
    finally:
        driver.exit_event.set()
        thread.join(WITHIN_S)
        for fileno in (begin, end):
            os.close(fileno)
    assert app.errors == []


@pytest.mark.parametrize(
    ("data", "read", "shown"),
    [
        ("j", ["j"], ["j"]),
        ("j\x1b[A", ["j", "up"], ["j", "up"]),
        ("j\x1b[20", ["j", "…"], ["j", "InputBegun"]),
        ("\xc3", ["…"], ["InputBegun"]),
        ("\x1b[200~two\rlines\x1b[201~", ["paste"], ["paste two\rlines"]),
        ("two\rlines", ["paste"], ["ahead two\rlines"]),
        ("\x1b]11;rgb:0/0/0\x07y", [NOISE, "y"], ["noise", "y"]),
        ("\x1b[1114112uj", [NOISE, "j"], [NOT_A_KEY, "j"]),
        ("\x1b[?62cj", [NOISE, "j"], ["noise", "j"]),
        ("\x1b[I\x1b[Oj", ["j"], ["AppFocus", "AppBlur", "j"]),
        (SIZE, [], ["Resize"]),
        ("\x1b[?2026;2$y", [NOISE], ["TerminalSupportsSynchronizedOutput"]),
        ("\x1b[?2026;0$y", [NOISE], ["noise"]),
        ("\x1b[?2048;2$y", [NOISE], ["InBandWindowResize"]),
        ("\x1b[20~", ["f9"], ["f9"]),
        ("\x1b[20;6~", ["f9"], ["f9"]),
        ("\x1b\x1b[20~", ["f9"], ["f9"]),
        ("\x1b[19~", ["f8"], ["f8"]),
        ("\x1b[19;5~", ["ctrl+f8"], ["ctrl+f8"]),
        ("\x1b[20~\x1b[20~", ["f9", "f9"], ["f9"]),
        ("4\x1b[20~ky", ["4", "f9", "k", "y"], ["4", "f9", WITH_THE_KILL_KEY]),
        (f"\x1b[20~{SIZE}k", ["f9", "k"], ["f9", "Resize", WITH_THE_KILL_KEY]),
    ],
)
async def test_the_watch_gets_all_keys_and_the_screen_what_it_is_to_have(
    data: str, read: list[str], shown: list[str]
) -> None:
    async with reading() as line:
        line.send(data)
        line.until(lambda: len(line.driver.messages) >= len(shown))
        assert line.shown() == shown
        line.until_ticked()
        assert [name for keys in line.watch.log for name in keys or ()] == read


async def test_a_size_that_the_terminal_reports_is_taken() -> None:
    async with reading() as line:
        line.send("\x1b[48;24;80:1;480;800t\x1b[48;24;80t\x1b[8;24;80t")
        line.until(lambda: line.driver.messages)
        (resize,) = line.driver.messages
        assert isinstance(resize, Resize)
        assert (resize.size, resize.pixel_size) == ((80, 24), (800, 480))


async def test_no_countdown_goes_on_while_escape_may_have_been_pressed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grammar, "ESCAPE_S", 0.5)
    async with reading() as line:
        line.send("\x1b")
        line.until(lambda: "escape" in line.shown())
        began = line.watch.log.index(["…"])
        log = [keys for keys in line.watch.log[began:] if keys != ["…"]]
        assert log[0] == ["escape"], "a tick would have gone on with it"


async def test_a_kill_key_whose_escape_was_given_out_is_torn_for_the_watch_and_whole_for_the_screen() -> None:
    async with reading() as line:
        line.send("\x1b")
        line.until(lambda: "escape" in line.shown())
        line.send("[20~")
        line.until(lambda: "f9" in line.shown())
        assert ["f9", TORN] in line.watch.log
        assert WITH_THE_KILL_KEY not in line.shown()


async def test_the_end_of_the_line_is_noted_and_hangs_up(monkeypatch: pytest.MonkeyPatch) -> None:
    signals: list[Any] = []
    monkeypatch.setattr("os.kill", lambda *how: signals.append(how))
    begin, end = os.pipe()
    app = Watched()
    driver = PipeDriver(app, begin)
    os.close(end)
    driver.run_input_thread()
    os.close(begin)
    assert app.key_watch.has_ended
    assert [number.name for _, number in signals] == ["SIGHUP"]


async def test_an_error_in_the_thread_is_handed_to_the_application(monkeypatch: pytest.MonkeyPatch) -> None:
    begin, end = os.pipe()
    app = Watched()
    driver = PipeDriver(app, begin)
    monkeypatch.setattr(app.key_watch, "keys_read", lambda keys: 1 / 0)
    os.write(end, b"j")
    driver.run_input_thread()
    for fileno in (begin, end):
        os.close(fileno)
    assert [type(error) for error in app.errors] == [ZeroDivisionError]
