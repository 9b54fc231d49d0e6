"""Processor time to filter, group and sort many orders and to switch the view: between a key and the rows it shows.

Aim: 10 000 orders within one frame of 16 ms, 100 000 within 200 ms. Above 5 000 it is done beside the screen's thread.
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

from pbtui.desk.blotter.groups import GroupBy, RunningSum, key_of
from pbtui.desk.blotter.order_terms import ORDER_FILTER
from pbtui.desk.blotter.own_orders import Row, Tab
from pbtui.desk.formats.filters.terms import Scene
from pbtui.ui.table.order_columns import COLUMNS, DELIVERY
from pbtui.ui.table.sorting.arrangement import Arrangement, Grouping, every_row
from pbtui.ui.terminal.closing import collect_new_garbage_only
from tests.orders import an_order

NOW = datetime(2026, 11, 22, 11, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
SCENE = Scene(zone=ZoneInfo("Europe/Berlin"), now=NOW, tokens=frozenset({"000001"}))
FILTERS = (
    "side:buy",
    "area:amp,tng price>50",
    "delivery>18:00",
    "age>5m or mw>3",
    "mine",
    "txt~7 !p1",
    "txt~^algo.*7$",
    "lgo",
    "~ag",
)
AIMS_MS = {10_000: 16, 100_000: 200}
ROUNDS = 7


def main() -> None:
    """Print the least time of some rounds, and which are over the aim."""
    collect_new_garbage_only()
    price = next(column for column in COLUMNS if column.title == "Price")
    for count in AIMS_MS:
        rows = _rows(count)
        arrange = Arrangement(DELIVERY, COLUMNS).following(rows, DELIVERY, every_row).following
        for text in FILTERS:
            _measure(count, f"filter {text}", partial(_filter, arrange, rows, text))
        for by in GroupBy:
            grouping = Grouping(key_of(by), RunningSum)
            _measure(count, f"group by {by}", partial(arrange, rows, DELIVERY, every_row, grouping))
        _measure(count, "sort by price", partial(arrange, rows, price, every_row))
        buys = ORDER_FILTER.parse("side:buy price>50", SCENE).test
        by_area = Grouping(key_of(GroupBy.AREA), RunningSum)
        _measure(count, "view: buys by area and price", partial(arrange, rows, price, buys, by_area))


def _filter(arrange: Callable[..., object], rows: Mapping[str, Row], text: str) -> None:
    arrange(rows, DELIVERY, ORDER_FILTER.parse(text, SCENE).test)


def _measure(count: int, what: str, act: Callable[[], object]) -> None:
    times_ms = []
    for _ in range(ROUNDS):
        began_s = time.process_time()
        act()
        times_ms.append((time.process_time() - began_s) * 1000)
    over = "  over the aim" if min(times_ms) > AIMS_MS[count] else ""
    print(f"{count:>7} orders  {what:<32} {min(times_ms):6.1f} ms{over}")


def _rows(count: int) -> Mapping[str, Row]:
    return {
        str(number): Row(
            str(number),
            an_order(
                str(number),
                txt=f"Algo {number} pb#{number:06}",
                price=Decimal(number % 200) / 2 + 40,
                portfolio_id=f"P{number % 4}",
                side=("BUY", "SELL")[number % 2],
                delivery_area=("10YDE-RWENET---I", "10YDE-EON------1")[number % 3 == 0],
                delivery_start=NOW + QUARTER * (number % 96),
                delivery_end=NOW + QUARTER * (number % 96 + 1),
            ),
            Tab.ACTIVE,
        )
        for number in range(count)
    }
