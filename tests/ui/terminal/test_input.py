"""What of the input is a key by itself, what is a burst, and what a key that sends needs: a moment of its own."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from pbtui.ui.terminal.input import Event, Ignored, Input, Pressed, TypedAhead
from tests.ui.terminal.noise import noise, pieces_of
from tests.ui.terminal.sequences import ANSWERS, REPORTS, Line, feed, names

MOMENT_S = 0.1
SENDS = {"y", "k", "K", "enter"}
KITTY_Y_AS_TEXT = b"\x1b[0;;121u"
KITTY_Y, ASKED_ON_ATTACH = b"\x1b[121;;121u", b"\x1bP>|kitty(0.36.4)\x1b\\"


def gaps(events: list[Event]) -> list[float]:
    return [round(event.gap_s, 6) for event in events if isinstance(event, Pressed)]


# ---------------------------------------------------------------- alone


@pytest.mark.parametrize("form", [b"y", KITTY_Y, "л".encode(), b"\r", b"\x1b[20~"])
def test_a_key_by_itself_has_the_gap_before_it(form: bytes) -> None:
    line = Line()
    line.feed([b"j"])
    assert gaps(line.feed([form], [0.5])) == [0.5]


@pytest.mark.parametrize("form", [KITTY_Y, "л".encode(), b"\x1b[20~"])
def test_a_torn_key_has_the_gap_before_its_beginning(form: bytes) -> None:
    for place in range(1, len(form)):
        line = Line()
        line.feed([b"j"])
        assert gaps(line.feed([form[:place], form[place:]], [0.5, 0.02])) == [0.5], place


@pytest.mark.parametrize("text", ["my", "only 5", "today", "yy", "y\r", "y\x1b[A", "é y", "y\xff"])
def test_keys_in_one_piece_have_no_gap(text: str) -> None:
    events = feed([text.encode("latin-1")])
    assert set(gaps(events)) <= {0.0}


@pytest.mark.parametrize("answer", [*ANSWERS, *(form for form in REPORTS if form[-1] not in "IOt")], ids=repr)
@pytest.mark.parametrize("order", [("{}y", 0), ("y{}", 0), ("{}y", 3), ("y{}", -3)])
def test_a_key_beside_an_answer_of_the_terminal_has_no_gap(answer: str, order: tuple[str, int]) -> None:
    form, place = order
    data = form.format(answer).encode()
    pieces = [data[:place], data[place:]] if place else [data]
    line = Line()
    line.feed([b"j"])
    assert gaps(line.feed(pieces, [5.0, 0.0])) == [0.0]
    assert gaps(line.feed([b"y"], [0.02])) == [0.02]
    assert gaps(line.feed([b"y"], [0.5])) == [0.5]


@pytest.mark.parametrize("report", ["\x1b[I", "\x1b[O", "\x1b[48;24;80;480;800t"])
def test_reports_of_focus_and_size_are_no_company(report: str) -> None:
    line = Line()
    line.feed([b"j"])
    assert gaps(line.feed([report.encode(), report.encode() + b"y"], [0.5, 0.5])) == [1.0]


def test_modifiers_that_are_pressed_before_a_key_are_no_company() -> None:
    line = Line()
    line.feed([b"j"])
    assert gaps(line.feed([b"\x1b[57441u", b"\x1b[107:75;2;75u"], [0.5, 0.1])) == [0.6]


def test_the_bytes_of_a_slow_line_follow_each_other_closely() -> None:
    assert gaps(feed([bytes([byte]) for byte in b"today"], [5.0] + [0.001] * 4))[1:] == [0.001] * 4


@settings(max_examples=150)
@example(noise=b"\x1b", key=KITTY_Y, comes_first=False)
@example(noise=b"\x1b", key=KITTY_Y_AS_TEXT, comes_first=False)
@given(
    st.binary(min_size=1, max_size=30), st.sampled_from([b"y", b"k", b"\r", KITTY_Y, KITTY_Y_AS_TEXT]), st.booleans()
)
def test_no_key_in_a_piece_with_other_bytes_is_alone(noise: bytes, key: bytes, comes_first: bool) -> None:
    assume(
        not noise.startswith((b"\x1b[", b"\x9b"))
    )  # may be a report, a modifier or a lock, beside which a key counts
    events = feed([key + noise if comes_first else noise + key])
    assert [each for each in events if isinstance(each, Pressed) and each.name in SENDS and each.gap_s > 0] == []


# ---------------------------------------------------------------- bursts


@pytest.mark.parametrize(
    ("pieces", "pauses_s", "text"),
    [
        ([b"buy\r\r\ramp\rDE1"], [], "buy\r\r\ramp\rDE1"),
        ([b"buy\r\r\ram", b"p\rDE1"], [0, 0.05], "buy\r\r\ramp\rDE1"),
        ([b"45.10\rq\ry\rd\rx\rside:sell\n"], [], "45.10\rq\ry\rd\rx\rside:sell\n"),
        ([b"side:buy price>50"], [], "side:buy price>50"),
        ([b"side:buy", b" "], [0, 0.09], "side:buy "),
        ("größer\tals\tλ".encode().split(b"|"), [], "größer\tals\tλ"),
    ],
)
def test_text_in_one_piece_is_typed_ahead(pieces: list[bytes], pauses_s: list[float], text: str) -> None:
    events = feed(pieces, pauses_s)
    assert all(isinstance(event, TypedAhead) for event in events)
    assert "".join(event.text for event in events if isinstance(event, TypedAhead)) == text


@pytest.mark.parametrize("text", [b"jjjjjjjjjjjj", b"\r\r\r\r", b"471", b"jk", b"45.10\r", b"\x7f\x7f\x7f"])
def test_keys_that_a_person_presses_in_a_row_are_keys(text: bytes) -> None:
    assert all(isinstance(event, Pressed) for event in feed([text]))


def test_a_burst_ends_where_a_control_key_begins() -> None:
    events = feed([b"45.10\rq\ry\x1b[20~"])
    assert [type(event) for event in events] == [TypedAhead, Pressed]
    assert names(events)[-1] == "f9"


# ---------------------------------------------------------------- a random line


def lone_keys(pieces: Sequence[bytes], pauses_s: Sequence[float]) -> int:
    """How many keys that send or fire came alone, before and after, as the desk counts it."""
    reader, now_s, last, found = Input(), 1_000.0, None, 0
    for piece, pause_s in zip(pieces, pauses_s, strict=True):
        if reader.due_s is not None and reader.due_s <= now_s + pause_s:
            reader.tick(reader.due_s)
        found += last is not None and pause_s > MOMENT_S / 2
        now_s += pause_s
        events = reader.feed(piece, now_s)
        alone = [each for each in events if isinstance(each, Pressed) and each.gap_s >= MOMENT_S]
        last = alone[0] if len(events) == 1 and alone and alone[0].name in SENDS else None
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_noise_sends_nothing_whatever_its_pieces(seed: int) -> None:
    chosen = random.Random(seed)  # noqa: S311 - a seed, no secret
    pieces = pieces_of(noise(4_000, seed), [1, 1, 2, 7, 64, 512], seed)
    pauses_s = [chosen.choice([0.0, 0.0005, 0.01, 0.04]) for _ in pieces]
    assert lone_keys(pieces, pauses_s) == 0
    assert lone_keys([b"y", b"j"], [1.0, 1.0]) == 1, "what is looked for can be seen"


def test_the_input_says_what_it_ignores_and_goes_on() -> None:
    events = feed([b"\xff", b"j"])
    assert [type(event) for event in events] == [Ignored, Pressed]
