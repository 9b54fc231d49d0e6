"""Picture of quarter-hours: bars of what is bought, sold, long and short, some hours beside each other. Pure.

Each bar stands in a row that is named, so that nothing depends on a colour: `·` is 0 MW, `?` is not known, and a blank
column has no contract.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import ROUND_CEILING, Decimal
from zoneinfo import ZoneInfo

from msgspec import Struct

from pbtui.desk.exposure.quarters import QUARTER, SHOWN, Quarter
from pbtui.desk.formats.time_format import hour_text, local_time
from pbtui.ui.widgets.lines import Line, Piece

LEGEND = "· 0 MW   ? not known   blank: no contract   ! limit exceeded, orders included"
_LABEL_WIDTH = 9
_HOURS = 12
_PER_HOUR = timedelta(hours=1) // QUARTER
_WIDEST_COLUMN, _HIGHEST_BAR = 2, 4
_ROWS_BESIDE_BARS = 2
"""The hours above the bars, and the marks below them."""
_LEVELS = " ▁▂▃▄▅▆▇█"


class Series(Struct, frozen=True):
    """A row of bars: its label, its role, and the MW of a quarter-hour in it; None if they are not known."""

    label: str
    role: str
    mw: Callable[[Quarter], Decimal | None]


def _long_mw(quarter: Quarter) -> Decimal | None:
    return None if quarter.net_mw is None else max(quarter.net_mw, Decimal(0))


def _short_mw(quarter: Quarter) -> Decimal | None:
    return None if quarter.net_mw is None else max(-quarter.net_mw, Decimal(0))


_SERIES = (
    Series("buying", "buy", lambda quarter: quarter.buy_mw),
    Series("long", "text", _long_mw),
    Series("short", "text", _short_mw),
    Series("selling", "sell", lambda quarter: quarter.sell_mw),
)


class Layout(Struct, frozen=True):
    """Columns of each quarter-hour, rows of the highest bar, and how many quarter-hours are beside each other."""

    column_width: int
    bar_height: int
    across: int

    @classmethod
    def fitting(cls, width: int, height: int) -> "Layout":
        """Return the layout for that many columns and rows: 12 hours beside each other, fewer if that is too wide."""
        room = max(width - _LABEL_WIDTH, _PER_HOUR)
        across = min(_HOURS, room // _PER_HOUR) * _PER_HOUR
        column_width = min(room // across, _WIDEST_COLUMN)
        blocks = -(-SHOWN // across)
        bar_height = (height // blocks - _ROWS_BESIDE_BARS) // len(_SERIES)
        return cls(column_width, min(max(bar_height, 1), _HIGHEST_BAR), across)

    @property
    def block_height(self) -> int:
        """Rows of the quarter-hours that are beside each other."""
        return self.bar_height * len(_SERIES) + _ROWS_BESIDE_BARS

    def place(self, index: int) -> tuple[int, int]:
        """Return column and row of the mark below a quarter-hour."""
        block, column = divmod(index, self.across)
        return _LABEL_WIDTH + column * self.column_width, (block + 1) * self.block_height - 1


class Picture(Struct, frozen=True):
    """The quarter-hours of a picture. `is_read` is not set while nothing of them is known; `cursor` is an index."""

    quarters: Sequence[Quarter]
    exceeding: Sequence[bool]
    cursor: int
    is_read: bool

    @property
    def full_bar_mw(self) -> Decimal:
        """MW of the highest possible bar: the highest one, rounded up to one digit, so that it seldom changes."""
        known = [mw for quarter in self.quarters for series in _SERIES if (mw := series.mw(quarter)) is not None]
        highest = max(known, default=Decimal(0))
        if not highest:
            return Decimal(1)
        return highest.quantize(Decimal(1).scaleb(highest.adjusted()), ROUND_CEILING)

    def lines(self, layout: "Layout", zone: ZoneInfo) -> list[Line]:
        """Return the lines of the picture."""
        count = len(self.quarters)
        blocks = [range(first, min(first + layout.across, count)) for first in range(0, count, layout.across)]
        return [line for block in blocks for line in self._block(block, layout, zone)]

    def _block(self, indices: range, layout: "Layout", zone: ZoneInfo) -> list[Line]:
        full_mw = self.full_bar_mw
        lines = [self._hours(indices, layout.column_width, zone)]
        for series in _SERIES:
            for row in reversed(range(layout.bar_height)):
                cells = [self._cell(index, series, row, full_mw, layout) for index in indices]
                lines.append([_label("" if row else series.label), *cells])
        marks = [self._mark(index, layout.column_width) for index in indices]
        return [*lines, [_label(""), *marks]]

    def _hours(self, indices: range, column_width: int, zone: ZoneInfo) -> Line:
        """Return the first day, the hours above their first quarter-hours, and the last day if it is another one."""
        text, starts = "", [self.quarters[index].start for index in indices]
        for number, start in enumerate(starts):
            if local_time(start, zone).minute == 0:
                text = f"{text:{number * column_width}}{hour_text(start, zone)}"
        first, last = (f"{local_time(start, zone):%d %b}" for start in (starts[0], starts[-1]))
        end = "" if last == first else f"  {last}"
        return [_label(first), (f"{text:{len(starts) * column_width}}{end}", "label")]

    def _cell(self, index: int, series: Series, row: int, full_mw: Decimal, layout: "Layout") -> Piece:
        quarter, column_width = self.quarters[index], layout.column_width
        mw = series.mw(quarter)
        if mw:
            levels = max(int(mw / full_mw * 8 * layout.bar_height), 1)
            return _LEVELS[min(max(levels - 8 * row, 0), 8)] * column_width, series.role
        sign, role = ("·", "dim") if mw is not None else ("?", "warning")
        is_drawn = row == 0 and (bool(quarter.positions) or not self.is_read)
        return (sign if is_drawn else "").ljust(column_width), role

    def _mark(self, index: int, column_width: int) -> Piece:
        if index == self.cursor:
            return "▲".ljust(column_width), "key"
        return ("!" if self.exceeding[index] else "").ljust(column_width), "bad"


def _label(text: str) -> Piece:
    return f" {text:<{_LABEL_WIDTH - 1}}", "label"
