"""What stands as a file: read back, it is what stands."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from pbtui.api.models import Order
from pbtui.desk.plan.csv_text import csv_text, read_csv
from pbtui.desk.plan.difference import UNCHANGED, plan
from pbtui.desk.plan.exported import EXPORTED, exported
from pbtui.desk.plan.standing import Standing
from pbtui.desk.plan.toml_text import read_toml, toml_text
from pbtui.desk.plan.wanted import read_wanted
from pbtui.settings.profiles import Environment
from tests.desk.plan.reading import BERLIN, NOW
from tests.orders import an_order

TEXT = some.text(max_size=12) | some.sampled_from(["=1+1", "-1", "'=x", " blank", 'a"b', "a;b\tc", "x pb#ABC234", "é́"])
PRICE = some.decimals(-9999, 9999, places=2) | some.decimals(-99, 99, places=4)
MW = some.decimals(0, 999, places=1) | some.decimals(0, 999, places=3)
TIME = some.datetimes(datetime(1990, 1, 1), datetime(9999, 12, 31), timezones=some.just(UTC))  # noqa: DTZ001
NEAR = some.integers(0, 1000).map(
    lambda quarters: datetime(2026, 10, 24, tzinfo=UTC) + timedelta(minutes=15 * quarters)
)
FIELDS: dict[str, some.SearchStrategy[Any]] = {
    "revision_no": some.none() | some.integers(-1, 10**9),
    "state": some.sampled_from(["ACTI", "HIBE", "UNKW", "ODD"]),
    "side": some.sampled_from(["BUY", "SELL", "ODD"]),
    "price": some.none() | PRICE,
    "quantity": some.none() | MW,
    "hidden_quantity": some.none() | MW,
    "display_quantity": some.none() | MW,
    "peak_price_delta": some.none() | PRICE,
    "type": some.none() | some.sampled_from(["O", "I", "B", "X"]),
    "delivery_area": some.sampled_from(["10YDE-RWENET---I", "10YDE-RWENET---J", "AMP", "here"]) | TEXT,
    "delivery_start": some.none() | NEAR | TIME,
    "delivery_end": some.none() | NEAR | TIME,
    "valid_until": some.none() | NEAR | TIME,
    "pre_arranged": some.none() | some.booleans(),
    **{name: some.none() | TEXT for name in ("txt", "portfolio_id", "contract_id", "contract_name", "location")},
    **{name: some.none() | TEXT for name in ("account_id", "strategy_id", "unit_id", "pre_arranged_acct")},
}
ORDERS = some.lists(
    some.builds(lambda name, fields: an_order(name, **fields), TEXT | some.just("1"), some.fixed_dictionaries(FIELDS)),
    max_size=4,
    unique_by=lambda order: order.order_id,
)


@settings(max_examples=60, deadline=None)
@given(ORDERS, some.sampled_from(["csv", "toml"]), some.sampled_from(["Europe/Berlin", "America/New_York", "UTC"]))
def test_an_export_that_is_read_back_differs_in_nothing(orders: list[Order], kind: str, zone_name: str) -> None:
    zone = ZoneInfo(zone_name)
    rows = [row for row in (exported(order, zone) for order in orders) if row is not None]
    records = read_csv(csv_text(EXPORTED, rows)) if kind == "csv" else read_toml(toml_text(EXPORTED, rows))
    wanted = read_wanted(records.rows, zone, NOW, Environment.TEST)
    assert (records.problems, wanted.problems) == ([], [])
    found = plan(wanted, Standing(orders), zone, NOW)
    assert [(row.what, row.reason) for row in found.rows] == [(UNCHANGED, "")] * len(rows)
    assert found.not_named == len(orders) - len(rows)


def test_an_order_in_words() -> None:
    order = an_order("7", txt="=x", validity_date=None, valid_until=datetime(2026, 11, 22, 13, tzinfo=UTC))
    assert csv_text(EXPORTED, [exported(order, BERLIN) or {}]).splitlines() == [
        "order_id,revision_no,state,side,quantity,price,dlvry_start,dlvry_end,contract_id,contract_name,delivery_area,"
        "portfolio_id,type,display_qty,ppd,validity_date,txt,location,account_id,strategy_id,unit_id,pre_arranged,"
        "pre_arranged_acct",
        "7,1,active,BUY,5.0,45.10,2026-11-22T15:00:00+01:00,2026-11-22T16:00:00+01:00,,,AMP,P1,O,,,"
        "2026-11-22T14:00:00+01:00,'=x,,,,,,",
    ]


@pytest.mark.parametrize("until", [None, datetime(2026, 11, 22, 13, tzinfo=UTC)])
def test_a_row_without_its_id_is_a_new_order_of_the_same_contract(until: datetime | None) -> None:
    texts = exported(an_order("7", valid_until=until), BERLIN)
    assert texts is not None
    copied = {name: text for name, text in texts.items() if name not in ("order_id", "revision_no")}
    (row,) = read_wanted(read_csv(csv_text(tuple(copied), [copied])).rows, BERLIN, NOW, Environment.TEST).entries
    assert (row.entry.price, row.entry.quantity) == (Decimal("45.10"), Decimal(5))
    assert row.entry.dlvry_start == an_order("7").delivery_start
    assert (row.entry.validity_res, row.entry.validity_date) == (until and "GTD", until)
