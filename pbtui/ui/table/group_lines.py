"""The line above each group of orders: its title and its sums."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from pbtui.desk.blotter.groups import GroupBy, GroupSum, SideSum, title_of
from pbtui.desk.blotter.own_orders import Row
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.ui.widgets.lines import Line, fitting

_ENERGY, _COUNT, _PRICE = 4, 3, 2
"""Ranks of what a narrow table leaves out: first the energy, then the number of orders, then the price. MW stay."""


def group_line(by: GroupBy, first: Row, sums: GroupSum, zone: ZoneInfo, width: int) -> Line:
    """Return the line of the group that the row is in. It is no order: the cursor and the marks pass over it."""
    orders = "1 order" if sums.orders == 1 else f"{sums.orders} orders"
    sections: list[tuple[int, Line]] = [
        (0, [(f" {title_of(by, first, zone)}", "title")]),
        (_COUNT, [(f"  {orders}", "label")]),
        *_side("▲", sums.buy, "buy"),
        *_side("▼", sums.sell, "sell"),
    ]
    if sums.unknown:
        sections.append((1, [(f"   {sums.unknown} not whole: a value is not known", "warning")]))
    return fitting(sections, width)


def _side(arrow: str, side: SideSum, role: str) -> Sequence[tuple[int, Line]]:
    if not side.quantity_mw:
        return ()
    price = "" if side.average_price is None else f" at {price_text(side.average_price)}"
    return (
        (0, [(f"   {arrow} {quantity_text(side.quantity_mw)} MW", role)]),
        (_ENERGY, [(f" {quantity_text(side.energy_mwh)} MWh", role)]),
        (_PRICE, [(price, role)]),
    )
