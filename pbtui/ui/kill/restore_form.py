"""The restore list: the orders from before a kill, to choose those to activate again. None is chosen at first."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.binding import Binding, BindingType

from pbtui.api.models import Order
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.time_format import delivery_text
from pbtui.desk.formats.vocabulary import side_word
from pbtui.desk.kill.recovery.restore import RestoreLine
from pbtui.ui.dialogs.prompt import Venue, deliberate
from pbtui.ui.dialogs.reading_prompt import ReadingPrompt
from pbtui.ui.order.ticket_lines import SIDE_ROLES
from pbtui.ui.widgets.key_names import key_of
from pbtui.ui.widgets.lines import Line, Piece

_LINES_EACH = 2


class RestoreForm(ReadingPrompt[Sequence[Order]]):
    """A prompt that returns the chosen orders in their present state. Orders with an obstacle can't be chosen."""

    zone: ZoneInfo

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "choose", "Choose", id="restore.choose"),
        Binding("asterisk", "choose_all", "All", id="restore.all"),
        Binding("ctrl+s", "submit", "Preview", id="form.submit"),
        Binding("down,j", "move(1)", "Down", show=False, priority=True, id="pane.down"),
        Binding("up,k", "move(-1)", "Up", show=False, priority=True, id="pane.up"),
    ]

    def __init__(self, venue: Venue, lines: Sequence[RestoreLine], zone: ZoneInfo) -> None:
        self.lines = sorted(lines, key=_by_delivery)
        """The orders to choose from, as they are shown."""
        self.zone = zone
        self._cursor = 0
        self._chosen: set[str] = set()
        super().__init__(venue)

    @property
    def cursor_line(self) -> int | None:
        """The index of the first line of the order under the cursor. None without orders."""
        return _LINES_EACH * self._cursor if self.lines else None

    # ------------------------------------------------------------ its keys

    def action_move(self, step: int) -> None:
        """Move the cursor to another order."""
        self._cursor = min(max(self._cursor + step, 0), max(len(self.lines) - 1, 0))
        self.pane.reveal(_LINES_EACH * self._cursor + _LINES_EACH - 1)
        self.pane.reveal(_LINES_EACH * self._cursor)
        self.redraw()

    def action_choose(self) -> None:
        """Choose the order under the cursor, or undo that."""
        if self.lines:
            self._chosen ^= {line.before.key for line in [self.lines[self._cursor]] if not line.obstacle}
            self.action_move(1)

    def action_choose_all(self) -> None:
        """Choose all orders without an obstacle; if all are chosen, none."""
        free = {line.before.key for line in self.lines if not line.obstacle}
        self._chosen = set() if self._chosen == free else free
        self.redraw()

    @deliberate
    def action_submit(self) -> None:
        """Return the chosen orders."""
        orders = [line.present for line in self.lines if line.before.key in self._chosen and line.present is not None]
        if orders:
            self.dismiss(orders)
        else:
            self.show_note(
                f"No order is chosen. Press {key_of(self, 'restore.choose')} to choose the order under the cursor"
            )

    # ------------------------------------------------------------ what it says

    def head(self) -> Sequence[Piece]:
        """The number of orders, chosen ones, and those that can be activated."""
        free = sum(not line.obstacle for line in self.lines)
        return [
            (f"{len(self.lines)} orders from before the kill, {len(self._chosen)} chosen", "title"),
            (f"{free} can be activated again. The other orders show the reason why not.", "label"),
        ]

    def body(self, width: int) -> Sequence[Line]:
        """Two lines for each order: its figures, then portfolio, id and obstacle."""
        return [each for number, line in enumerate(self.lines) for each in (self._line(number, line), _names(line))]

    def _line(self, number: int, line: RestoreLine) -> Line:
        return list(self._pieces(number, line))

    def _pieces(self, number: int, line: RestoreLine) -> Iterator[Piece]:
        is_chosen, order = line.before.key in self._chosen, line.before
        yield "▸" if number == self._cursor else " ", "key"
        yield f"{'[x]' if is_chosen else '   ' if line.obstacle else '[ ]'} ", "key"
        if not isinstance(order, Order):
            yield "unreadable", "dim"
        else:
            role = "dim" if line.obstacle else "text"
            yield f"{side_word(order.side):<7}", role if line.obstacle else SIDE_ROLES.get(order.side, role)
            delivery = delivery_text(order.delivery_start, order.delivery_end, self.zone)
            where = f"{delivery or order.contract_name or ''}  {area_name(order.delivery_area)}"
            figures = f"{quantity_text(order.open_quantity_mw):>7} MW {price_text(order.price):>8}  {where}"
            yield figures, role


def _by_delivery(line: RestoreLine) -> tuple[bool, datetime, str]:
    """The orders that can be activated come first, each group by delivery."""
    start = line.before.delivery_start if isinstance(line.before, Order) else None
    return bool(line.obstacle), start or datetime.max.replace(tzinfo=UTC), line.before.key


def _names(line: RestoreLine) -> Line:
    order = line.present or line.before
    names = ("portfolio", order.portfolio_id), ("order", order.order_id or order.key)
    labelled = "  ".join(f"{what} {name}" for what, name in names if name)
    return [(f"     {labelled}  ", "label"), (line.obstacle, "warning")]
