"""The filter of `pbtui orders` and `pbtui export`."""

from collections.abc import Callable
from dataclasses import dataclass

import click

from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import Order
from pbtui.cli.reads.row_filter import RowFilter, known_here, valid_text
from pbtui.desk.blotter.order_terms import ORDER_FILTER
from pbtui.desk.blotter.own_orders import Row, Tab
from pbtui.settings.profiles import Profile

AnyOrder = Order | UnreadableOrder


@dataclass(frozen=True, slots=True)
class OrderFilter(RowFilter[Row]):
    """A filter of orders."""

    def test_of_orders(self) -> Callable[[AnyOrder], bool]:
        """Return the filter as it is now."""
        holds = self.test()
        return lambda order: holds(Row(order.key, order, Tab.ACTIVE))


def valid_filter(_ctx: click.Context, _param: click.Parameter, text: str | None) -> str | None:
    """Return the text, which must be a filter of orders. Raises BadParameter."""
    return None if text is None else valid_text(text, ORDER_FILTER)


def local_filter(text: str, profile: Profile) -> OrderFilter:
    """Return the filter with what this host knows. Raises LocalRefusal if the journal can't be read for `mine`."""
    return OrderFilter(text, ORDER_FILTER, known_here(text, ORDER_FILTER, profile))
