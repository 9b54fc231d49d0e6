"""The bytes of the bell, the title and the notifications, with texts of a hostile server."""

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbtui.settings.alerts import NotificationForm
from pbtui.ui.terminal.output.attention import Attention

OSC9, OSC777 = NotificationForm.OSC9, NotificationForm.OSC777
HOSTILE = "fill\x07\x1b]0;owned\x1b\\\x9c\x1b[2J Ü;x"
SAFE = "fill␇␛]0;owned␛\\�␛[2J ?;x"


class Wire:
    """What an `Attention` wrote."""

    def __init__(self, *, in_tmux: bool = False) -> None:
        self.texts: list[str] = []
        self.attention = Attention(self.texts.append, in_tmux=in_tmux)

    def text(self) -> str:
        """All of it, which is then forgotten."""
        text = "".join(self.texts)
        self.texts.clear()
        return text


def test_the_bell_is_one_byte() -> None:
    wire = Wire()
    wire.attention.ring()
    assert wire.text() == "\a"


def test_the_title_is_saved_once_and_restored_once() -> None:
    wire = Wire()
    wire.attention.restore_title()
    assert wire.text() == "", "nothing to restore"
    wire.attention.show_title("(1) pbtui test")
    assert wire.text() == "\x1b[22;2t\x1b]2;(1) pbtui test\a"
    wire.attention.show_title("(2) pbtui test")
    assert wire.text() == "\x1b]2;(2) pbtui test\a"
    wire.attention.restore_title()
    wire.attention.restore_title()
    assert wire.text() == "\x1b]2;\a\x1b[23;2t"


@pytest.mark.parametrize(
    ("form", "in_tmux", "written"),
    [
        (OSC9, False, f"\x1b]9;pbtui test: {SAFE}\a"),
        (OSC777, False, f"\x1b]777;notify;pbtui test;{SAFE.replace(';', ',')}\a"),
        (OSC9, True, f"\x1bPtmux;\x1b\x1b]9;pbtui test: {SAFE}\a\x1b\\"),
        (OSC777, True, f"\x1bPtmux;\x1b\x1b]777;notify;pbtui test;{SAFE.replace(';', ',')}\a\x1b\\"),
    ],
)
def test_a_notification_holds_no_control_of_the_text(form: NotificationForm, in_tmux: bool, written: str) -> None:
    wire = Wire(in_tmux=in_tmux)
    wire.attention.ask_for_notification(form, "pbtui test", HOSTILE)
    assert wire.text() == written


def test_a_long_text_is_cut() -> None:
    wire = Wire()
    wire.attention.ask_for_notification(OSC9, "pbtui test", "word " * 1000)
    assert len(wire.text()) < 250


@settings(max_examples=100)
@given(st.text(alphabet=st.characters(codec=None)), st.sampled_from(NotificationForm))
def test_no_text_ends_its_sequence_early(text: str, form: NotificationForm) -> None:
    wire = Wire()
    wire.attention.ask_for_notification(form, text, text)
    notified = wire.text()
    assert (notified.count("\x1b"), notified.count("\a")) == (1, 1)
    wire.attention.show_title(text)
    data = (notified + wire.text()).encode()
    assert b"\x9c" not in data
    screen = pyte.Screen(40, 3)
    pyte.ByteStream(screen).feed(data)
    assert not "".join(screen.display).strip(), "nothing of it is shown"
