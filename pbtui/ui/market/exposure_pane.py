"""Pane with the exposure of 24 hours: a picture of the quarter-hours, and the one under the cursor in words."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.widget import Widget

from pbtui.api.clock import steady_s
from pbtui.desk.exposure.describe import contract_words, limit_words, outstanding_words, quarter_words
from pbtui.desk.exposure.positions import AreaPositions
from pbtui.desk.exposure.quarters import QUARTER, SHOWN, first_quarter, not_placed, quarters_of
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.filters.language import quoted
from pbtui.desk.formats.number_format import quantity_text
from pbtui.desk.formats.time_format import UTC_ZONE, age_text, clock_text, local_time
from pbtui.desk.market.reading import Reading
from pbtui.desk.view import DeskView
from pbtui.settings.profiles import Profile
from pbtui.ui.dialogs.prompt import Venue
from pbtui.ui.dialogs.reading_prompt import ReadingPane, ReadingPrompt
from pbtui.ui.market.subjects import ExposureSubject
from pbtui.ui.widgets.folded_lines import Fold, FoldedLines, folded
from pbtui.ui.widgets.lines import Line, Piece
from pbtui.ui.widgets.quarter_bars import LEGEND, Layout, Picture

READ_EVERY_S = 10.0
OLD_S = 30.0
"""Age from which the positions are said to be old."""
ROOM_AROUND_HEAD = 30
"""Screen height from which the head has an empty row above and below it."""
_WORDS, _WORDS_WITH_LEGEND = 5, 9
"""Rows below the picture, without and with the legend."""


class BarsPane(ReadingPane):
    """The picture and the words. It has the hardware cursor below the quarter-hour that the words are about."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l", "move(1)", "Next quarter-hour", show=False, id="exposure.next"),
        Binding("left,h", "move(-1)", "Previous quarter-hour", show=False, id="exposure.previous"),
    ]

    prompt: "ExposurePane"
    place = Offset()
    """Column and row of the mark below the quarter-hour."""

    @property
    def cursor_screen_offset(self) -> Offset:
        """The place of the hardware cursor."""
        return self.content_region.offset + self.place - Offset(0, self.top)

    @property
    def rows_around(self) -> int:  # type: ignore[override]
        """Rows that the body can't use; on a low screen the head has no empty rows around it."""
        return super().rows_around - 2 * (self.app.size.height < ROOM_AROUND_HEAD)

    def action_move(self, quarters: int) -> None:
        """Move the cursor by that many quarter-hours."""
        self.prompt.move(quarters)

    def action_scroll_by(self, lines: int) -> None:
        """Move the cursor to the quarter-hour above or below."""
        self.prompt.move(lines * self.prompt.across)

    def action_go_to_end(self, direction: int) -> None:
        """Move the cursor to the first quarter-hour, or to the last."""
        self.prompt.move(direction * SHOWN)


class ExposurePane(ReadingPrompt[str]):
    """Shows one portfolio in one area; returns the filter of the quarter-hour that the trader chose.

    `read` reads the positions in an area now. Quarter-hours begin with the present hour.
    """

    zone: ZoneInfo

    FOCUSABLE: ClassVar[Sequence[type[Widget]]] = (BarsPane,)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "filter", "Filter the orders", id="exposure.filter"),
        Binding("a", "switch_area(1)", "Next area", id="exposure.area"),
        Binding("A", "switch_area(-1)", "Previous area", show=False, id="exposure.previous_area"),
        Binding("p", "switch_portfolio(1)", "Next portfolio", id="exposure.portfolio"),
        Binding("P", "switch_portfolio(-1)", "Previous portfolio", show=False, id="exposure.previous_portfolio"),
        Binding("r", "read_now", "Read now", id="exposure.read"),
        Binding("X", "dismiss(None)", "Close", show=False, id="desk.exposure"),
    ]

    def __init__(
        self,
        venue: Venue,
        profile: Profile,
        view: DeskView,
        subject: ExposureSubject,
        read: Callable[[str], None],
        zone: ZoneInfo,
    ) -> None:
        self._profile = profile
        self._view = view
        self._read = read
        self.zone = zone
        self._delivery_area = subject.delivery_area or _first_with_positions(view, self._areas())
        self._portfolio_id = subject.portfolio_id or next(iter(self._portfolios()), "")
        self._asked_for = subject.delivery_start
        self._at = subject.delivery_start or view.now()
        self._layout = Layout(1, 1, SHOWN)
        self._follow()
        super().__init__(venue)

    def make_pane(self, fold: Fold, head: FoldedLines) -> ReadingPane:
        """Return a pane with a cursor."""
        pane = BarsPane(fold, head)
        pane.prompt = self
        return pane

    def on_mount(self) -> None:
        """Read the positions now, and then again and again."""
        super().on_mount()
        self.set_interval(READ_EVERY_S, self.action_read_now)
        self.action_read_now()

    def on_resize(self) -> None:
        """Draw for the new size."""
        self.set_class(self.app.size.height < ROOM_AROUND_HEAD, "-low")
        self.redraw()

    def take_view(self, view: DeskView) -> None:
        """Show the positions as they are now."""
        self._view = view
        self._show()

    # ------------------------------------------------------------ figures

    @property
    def _reading(self) -> Reading[AreaPositions]:
        return self._view.exchange.positions.get(self._delivery_area, Reading())

    def _areas(self) -> Sequence[str]:
        status = self._view.exchange.status.value
        listed = (status and status.available_delivery_area_ids) or ()
        return self._profile.delivery_areas or sorted({*self._view.exchange.positions, *listed}, key=area_name)

    def _portfolios(self) -> Sequence[str]:
        area = self._reading.value
        return self._profile.portfolios or (() if area is None else area.portfolios)

    def _follow(self) -> None:
        """Work out the figures of what is shown, and keep the cursor on its quarter-hour."""
        area = self._reading.value
        self._portfolio_id = self._portfolio_id or next(iter(self._portfolios()), "")
        self._limit = None if area is None else area.limits.get(self._portfolio_id)
        first = first_quarter(self._view.now(), self.zone)
        quarters = quarters_of(area, self._portfolio_id, first)
        self._cursor = min(max((self._at - first) // QUARTER, 0), SHOWN - 1)
        self._picture = Picture(
            quarters,
            [quarter.exceeds(self._limit) for quarter in quarters],
            self._cursor,
            is_read=area is not None and self._portfolio_id in area.portfolios,
        )

    def _show(self) -> None:
        self._follow()
        self.redraw()

    # ------------------------------------------------------------ keys

    @property
    def across(self) -> int:
        """Number of quarter-hours beside each other."""
        return self._layout.across

    def move(self, quarters: int) -> None:
        """Move the cursor by that many quarter-hours, within the limits."""
        index = min(max(self._cursor + quarters, 0), SHOWN - 1)
        self._asked_for = None
        self._at = self._picture.quarters[index].start
        self._show()
        self.pane.reveal(self._layout.place(index)[1])

    def action_read_now(self) -> None:
        """Read the positions in the area, and show how old they are."""
        if self._delivery_area:
            self._read(self._delivery_area)
        self._show()

    def action_switch_area(self, step: int) -> None:
        """Show another delivery area."""
        self._delivery_area = _after(self._delivery_area, self._areas(), step)
        self.action_read_now()

    def action_switch_portfolio(self, step: int) -> None:
        """Show another portfolio."""
        self._portfolio_id = _after(self._portfolio_id, self._portfolios(), step)
        self._show()

    def action_filter(self) -> None:
        """Close, and show the orders of this quarter-hour, portfolio and area."""
        terms = [f"delivery:{_filter_time(self._picture.quarters[self._cursor].start, self.zone)}"]
        named = (("area", area_name(self._delivery_area)), ("portfolio", self._portfolio_id))
        terms += [f"{field}={quoted(value)}" for field, value in named if quoted(value)]
        self.dismiss(" ".join(terms))

    # ------------------------------------------------------------ texts

    def head(self) -> Sequence[Piece]:
        """Return what is shown, when it was read, and what is missing."""
        reading, area = self._reading, self._reading.value
        where = " in ".join(filter(None, (self._portfolio_id, area_name(self._delivery_area))))
        read = f"read at {clock_text(reading.read_at, self.zone)}" if reading.read_at else "not read yet"
        scale = f"a full bar is {quantity_text(self._picture.full_bar_mw)} MW"
        title = ", ".join(filter(None, (f"Exposure of {where}" if where else "Exposure", read, scale)))
        return [(title, "title"), *((words, "warning") for words in self._missing(reading, area))]

    def _missing(self, reading: Reading[AreaPositions], area: AreaPositions | None) -> Sequence[str]:
        if not self._delivery_area:
            return ["No delivery area is known yet."]
        if area is None:
            return [f"Nothing is known here: {reading.problem}"] if reading.problem else []
        age_s, lost = reading.age_s(steady_s()) or 0, not_placed(area, self._portfolio_id)
        first, last = self._picture.quarters[0], self._picture.quarters[-1]
        is_shown = self._asked_for is None or first.start <= self._asked_for < last.end
        words = [
            "" if is_shown else "The selected delivery is not in these 24 hours.",
            f"The newest positions are missing: {reading.problem}" if reading.problem else "",
            f"These positions are {age_text(age_s // READ_EVERY_S * READ_EVERY_S)} old." if age_s >= OLD_S else "",
            "" if self._picture.is_read else "The server's answer does not name this portfolio.",
            f"{lost} positions or orders are not in the picture: their delivery could not be read." if lost else "",
        ]
        return [each for each in words if each]

    def body(self, width: int) -> Sequence[Line]:
        """Return the picture, and the quarter-hour under the cursor in words."""
        height = self.app.size.height
        has_legend = height >= ROOM_AROUND_HEAD
        least_words = _WORDS_WITH_LEGEND if has_legend else _WORDS
        self._layout = Layout.fitting(width, height - self.pane.rows_around - least_words - 1)
        assert isinstance(self.pane, BarsPane)  # noqa: S101 - see make_pane
        self.pane.place = Offset(*self._layout.place(self._cursor))
        words = [
            [(f" {line}", role)]
            for text, role in (*self._words(), *([("", "text"), (LEGEND, "dim")] if has_legend else []))
            for line in folded(text, max(width - 1, 1))
        ]
        words += [[]] * (least_words - len(words))
        return [*self._picture.lines(self._layout, self.zone), *words]

    def _words(self) -> Iterable[tuple[str, str]]:
        quarter = self._picture.quarters[self._cursor]
        exceeds = self._picture.exceeding[self._cursor]
        yield quarter_words(quarter, self.zone, is_read=self._picture.is_read), "title"
        for text, role in (
            (outstanding_words(quarter), "text"),
            (limit_words(quarter, self._limit), "bad" if exceeds else "text"),
            *((line, "text") for line in contract_words(quarter, self.zone)),
        ):
            if text:
                yield text, role


def _first_with_positions(view: DeskView, areas: Sequence[str]) -> str:
    """Return the first area with a position or an order; the first of all, if none has one."""
    known = ((area, view.exchange.positions.get(area, Reading()).value) for area in areas)
    busy = (area for area, value in known if value is not None and not value.is_empty)
    return next(busy, next(iter(areas), ""))


def _after(present: str, choices: Sequence[str], step: int) -> str:
    """Return the next or previous choice, around the end."""
    if present not in choices:
        return next(iter(choices), present)
    return choices[(choices.index(present) + step) % len(choices)]


def _filter_time(at: datetime, zone: ZoneInfo) -> str:
    """Return a time for a filter, with its offset, because the zone of the screen can change."""
    if zone == UTC_ZONE:
        return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M}Z"
    return local_time(at, zone).isoformat(timespec="minutes")
