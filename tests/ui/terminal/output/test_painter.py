"""The painter against a terminal emulator: after any sequence of pictures it shows the last of them."""

from collections.abc import Sequence
from typing import Any

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyte.graphics import FG_BG_256
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style

from pbtui.ui.terminal.output.cells import Cell, Pen, Row, blank_row, cells
from pbtui.ui.terminal.output.painter import Painter
from pbtui.ui.terminal.output.picture import Picture

COLUMNS, LINES = 30, 8
ALL = 1 << 30

STYLES = [
    "",
    "bold",
    "dim italic",
    "underline",
    "reverse",
    "strike red",
    "bold color(99) on color(22)",
    "color(99) on color(22)",
    "on color(22)",
    "bright_red on blue",
    "reverse underline on color(200)",
]
TEXTS = st.text(st.sampled_from("ab 1·─│▌€"), min_size=1, max_size=12) | st.sampled_from(
    ["漢字", "a漢", "é", "e\u0301x", " " * 14, "order 47110815", "한", "  x  "]
)
SEGMENTS = st.lists(st.tuples(TEXTS, st.sampled_from(STYLES)), max_size=6)


def row_of(segments: Sequence[tuple[str, str]], columns: int = COLUMNS) -> Row:
    """A row of these texts, filled up or cut off; half of a wide character at the end becomes a space."""
    row = cells([Segment(text, Style.parse(style)) for text, style in segments], ColorSystem.EIGHT_BIT)
    row = (row + blank_row(columns))[:columns]
    return (*row[:-1], blank_row(1)[0]) if row[-1].width == 2 else row


class Drawn(Picture, frozen=True):
    """A picture that is short in the words of a failure."""

    lines: Sequence[Sequence[tuple[str, str]]] = ()

    def __repr__(self) -> str:
        """The texts and styles."""
        return f"Drawn({self.lines}, {self.cursor})"


def drawn(lines: Sequence[Sequence[tuple[str, str]]], cursor: tuple[int, int] | None) -> Drawn:
    return Drawn(tuple(row_of(line) for line in lines), cursor, lines=lines)


PICTURES = st.builds(
    drawn,
    st.tuples(*[SEGMENTS] * LINES),
    st.none() | st.tuples(st.integers(0, COLUMNS - 1), st.integers(0, LINES - 1)),
)


class Terminal:
    """An emulator that looks as the driver leaves it: no line wrap."""

    def __init__(self, columns: int = COLUMNS, lines: int = LINES) -> None:
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self._stream.feed(b"\x1b[?7l")

    def feed(self, data: bytes) -> None:
        """Show it."""
        self._stream.feed(data)

    def rows(self) -> list[list[Any]]:
        """What is shown, as `as_shown` has it."""
        return [[_seen(self.screen.buffer[y][x]) for x in range(self.screen.columns)] for y in range(self.screen.lines)]


def _seen(cell: Any) -> tuple[Any, ...]:
    shows_fore = cell.data != " " or cell.reverse
    marks = (cell.underscore, cell.reverse, cell.strikethrough)
    text_marks = (cell.bold, cell.italics) if cell.data != " " else (False, False)
    return (cell.data, cell.fg if shows_fore else "", cell.bg, marks, text_marks)


NAMES = ["black", "red", "green", "brown", "blue", "magenta", "cyan", "white"]


def colour(code: str) -> str:
    """The emulator's name of a colour."""
    if not code:
        return "default"
    if ";" in code:
        return str(FG_BG_256[int(code.split(";")[2])])
    number = int(code)
    return ("bright" if number >= 90 else "") + NAMES[number % 10]


def as_shown(cell: Cell) -> tuple[Any, ...]:
    """A cell as the emulator has it."""
    attributes, fore, back = cell.pen
    reverse = "7" in attributes
    shows_fore = cell.text != " " or reverse
    marks = ("4" in attributes, reverse, "9" in attributes)
    text_marks = ("1" in attributes, "3" in attributes) if cell.text != " " else (False, False)
    return (cell.text, colour(fore) if shows_fore else "", colour(back), marks, text_marks)


def assert_shows(terminal: Terminal, picture: Picture) -> None:
    shown = terminal.rows()
    for y, row in enumerate(picture.rows):
        wanted = [as_shown(cell) for cell in row]
        seen = shown[y]
        for x, cell in enumerate(row):
            if cell.width == 0:  # the emulator gives the second half a style of its own
                wanted[x] = seen[x] = ("",)
            elif len(cell.text) > 1:  # and composes characters
                wanted[x] = (*wanted[x][1:],)
                seen[x] = (*seen[x][1:],)
        assert seen == wanted, f"line {y}"


@settings(max_examples=60)
@given(st.lists(PICTURES, min_size=1, max_size=5), st.booleans())
def test_the_terminal_shows_each_picture_in_turn(pictures: list[Picture], erases_with_colour: bool) -> None:
    terminal, painter = Terminal(), Painter(erases_with_colour)
    for picture in pictures:
        painted = painter.paint(picture, ALL)
        terminal.feed(painted.data)
        assert painted.is_all
        assert len(painted.data) == sum(painted.sizes.values())
        assert_shows(terminal, picture)
        if picture.cursor is not None:
            assert (terminal.screen.cursor.x, terminal.screen.cursor.y) == picture.cursor
        assert painter.paint(picture, ALL).data == b"", "nothing is sent twice"


@settings(max_examples=40)
@given(st.lists(PICTURES, min_size=2, max_size=4), st.integers(1, 120))
def test_a_frame_that_is_cut_off_goes_on_with_the_next(pictures: list[Picture], room: int) -> None:
    terminal, painter = Terminal(), Painter()
    for picture in pictures[:-1]:
        terminal.feed(painter.paint(picture, room).data)
    while not (painted := painter.paint(pictures[-1], room)).is_all:
        terminal.feed(painted.data)
    terminal.feed(painted.data)
    assert_shows(terminal, pictures[-1])


@settings(max_examples=30)
@given(PICTURES, PICTURES, st.lists(st.integers(0, 90), max_size=12))
def test_what_another_program_wrote_is_painted_over(before: Picture, after: Picture, junk: list[int]) -> None:
    terminal, painter = Terminal(), Painter()
    terminal.feed(painter.paint(before, ALL).data)
    terminal.feed(b"".join(b"\x1b[%d;%dHjunk" % (number % LINES + 1, number % COLUMNS + 1) for number in junk))
    painter.forget()
    terminal.feed(painter.paint(after, ALL).data)
    assert_shows(terminal, after)


LINE_TEXTS = st.lists(st.integers(0, 3), min_size=LINES + 4, max_size=LINES + 4)


@settings(max_examples=60)
@given(LINE_TEXTS, st.integers(-4, 4), st.integers(0, LINES - 1), st.integers(0, 99))
def test_scrolled_lines_are_shown_where_they_belong(texts: list[int], up: int, touched: int, number: int) -> None:
    def picture(first: int) -> Picture:
        rows = [row_of([(f"row {text} at {y}", STYLES[text])]) for y, text in enumerate(texts[first : first + LINES])]
        return Picture(tuple(rows))

    first = 4 if up < 0 else 0
    lines = [row_of([(f"{n} and {texts[n]}", STYLES[texts[n]])]) for n in range(LINES + 4)]
    before = Picture((row_of([("head", "bold")]), *lines[first : first + LINES - 2], row_of([("keys", "")])))
    moved = list(lines[first + up : first + up + LINES - 2])
    moved[touched % len(moved)] = row_of([(f"touched {number}", "reverse")])
    after = Picture((row_of([("head", "bold")]), *moved, row_of([("keys", "")])))
    terminal, painter = Terminal(), Painter()
    for each in (before, after, before, picture(0)):
        terminal.feed(painter.paint(each, ALL).data)
        assert_shows(terminal, each)


@given(PICTURES)
@settings(max_examples=20)
def test_another_size_is_sent_whole(picture: Picture) -> None:
    small = Picture(tuple(row_of([("x" * 50, "bold")], 20) for _ in range(5)))
    terminal, painter = Terminal(), Painter()
    terminal.feed(painter.paint(picture, ALL).data)
    terminal.screen.resize(5, 20)
    terminal.feed(b"\x1b[?7l" + painter.paint(small, ALL).data)
    assert_shows(terminal, small)


# ---------------------------------------------------------------- thrift


def sent(*pictures: Picture) -> bytes:
    """What is sent for the last picture."""
    painter = Painter()
    *_, last = (painter.paint(picture, ALL).data for picture in pictures)
    return last


def picture_of(*lines: Sequence[tuple[str, str]], cursor: tuple[int, int] | None = (0, 0)) -> Picture:
    """A picture of these lines and empty ones."""
    rows = [row_of(line) for line in lines]
    return Picture((*rows, *[blank_row(COLUMNS)] * (LINES - len(rows))), cursor)


def test_one_digit_costs_its_way_there_and_back() -> None:
    before = picture_of([("age 0.4 s", "")], [], [("›", "bold")], cursor=(0, 2))
    after = picture_of([("age 1.4 s", "")], [], [("›", "bold")], cursor=(0, 2))
    assert sent(before, after) == b"\x1b[;5H\x1b[m1\x1b[3H"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([("ab", "bold")], [("ac", "bold")], b"ac\r"),
        ([("a  b", "")], [("x  y", "")], b"x  y\r"),
        ([("one", "bold"), (" two", "bold")], [("1ne", "bold"), (" 2wo", "bold")], b"1ne 2\r"),
        ([("x", "red"), ("y", "red")], [("a", "red"), ("b", "red")], b"ab\r"),
        ([("abcdefgh" * 3, "")], [("", "")], b"\x1b[K"),
        ([("abcdefgh" * 3 + "z", "")], [(" " * 24 + "z", "")], b"\x1b[24X"),
    ],
)
def test_only_what_differs_is_sent(
    before: list[tuple[str, str]], after: list[tuple[str, str]], expected: bytes
) -> None:
    assert sent(picture_of(before), picture_of(after)) == expected


def test_lines_that_move_up_are_moved_by_the_terminal() -> None:
    def table(first: int) -> Picture:
        return picture_of([("head", "")], *[[(f"order number {n} of many", "")] for n in range(first, first + 5)])

    data = sent(table(1), table(2))
    assert data.startswith(b"\x1b[2;6r\x1bD\x1b[M\x1b[r")
    assert b"number 2" not in data
    assert len(data) < 60


def test_the_newest_lines_are_sent_first_and_no_more_than_there_is_room_for() -> None:
    rows = tuple(row_of([(f"line {y}", "")]) for y in range(LINES))
    painter = Painter()
    first = painter.paint(Picture(rows, changed=(1, 1, 1, 9, 1, 1, 1, 1)), 12)
    assert first.data == b"\x1b[4H\x1b[mline "
    assert not first.is_all
    assert painter.paint(Picture(rows, changed=(1, 1, 1, 9, 1, 1, 1, 1)), ALL).is_all


def test_of_lines_that_are_equally_new_that_of_the_focus_is_sent_first() -> None:
    rows = tuple(row_of([(f"line {y}", "")]) for y in range(LINES))
    painted = Painter().paint(Picture(rows, (0, 5), (1,) * LINES, ("",) * LINES), 12)
    assert painted.data == b"\x1b[6H\x1b[mline "


def test_bytes_are_counted_by_what_caused_them() -> None:
    picture = picture_of([("a", "")], [("b", "")])
    painted = Painter().paint(Picture(picture.rows, (3, 3), (1,) * LINES, ("status", "table", *[""] * 6)), ALL)
    assert set(painted.sizes) == {"status", "table", "", "cursor to the focus"}
    assert sum(painted.sizes.values()) == len(painted.data)


# ---------------------------------------------------------------- pens


@given(st.sampled_from(STYLES), st.sampled_from(STYLES), st.sampled_from(STYLES))
def test_a_pen_draws_as_its_style(first: str, second: str, third: str) -> None:
    terminal, painter = Terminal(), Painter()
    picture = picture_of([("one", first), ("two", second), ("three", third)])
    terminal.feed(painter.paint(picture, ALL).data)
    assert_shows(terminal, picture)


def test_a_space_has_the_pen_of_what_it_shows() -> None:
    (space,) = cells([Segment(" ", Style.parse("bold red on blue"))], ColorSystem.STANDARD)
    assert space.pen == Pen(back="44")
    assert cells([Segment(" ", Style.parse("green on blue"))], ColorSystem.STANDARD)[0] is space
