"""The fills of an order: by all its ids, inferred by its token, recalled, sealed."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from pbtui.api.reads.trades import AnyTrade, InternalTrade, Trade
from pbtui.api.structs import replace
from pbtui.desk.market.fills import FillIndex, Fills, OrderTrace, OwnSides, trace_of, unattributed_text
from tests.orders import an_order

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TEXT = "hedge pb#K7QX2A"


def bought(number: int, order_id: str | None, mw: str | None = "2", price: str | None = "45", **fields: Any) -> Trade:
    """A trade whose buyer is an own order."""
    return Trade(
        trade_id=f"9{number}",
        exec_time=NOON + timedelta(minutes=number),
        price=None if price is None else Decimal(price),
        quantity=None if mw is None else Decimal(mw),
        **{"buy_order_id": order_id, "buy_portfolio_id": "P1", "contract_id": "c14", "state": "ACTI", **fields},
    )


def matched(number: int, **fields: Any) -> InternalTrade:
    """An internal trade whose buyer was just sent, so that it has no id."""
    return InternalTrade(
        internal_trade_id=f"7{number}",
        exec_time=NOON + timedelta(minutes=number),
        price=Decimal(44),
        quantity=Decimal(1),
        **{"buy_portfolio_id": "P1", "buy_txt": TEXT, "contract_id": "c14", "sell_order_id": "30", **fields},
    )


def ids_of(fills: Fills) -> list[str]:
    return [fill.trade_id for fill in fills.each]


def test_the_fills_of_an_order_are_found_through_all_ids_of_its_chain() -> None:
    order = an_order("3", parent_order_id="2", initial_order_id="1")
    trades = [bought(4, "9"), bought(3, "3"), bought(2, "2"), bought(1, "1")]
    fills = FillIndex(OwnSides.of(trades)).of(trace_of([order]))
    assert ids_of(fills) == ["91", "92", "93"]
    assert [fill.order_id for fill in fills.each] == ["1", "2", "3"]


def test_an_internal_trade_without_the_id_is_found_by_the_token_and_is_inferred() -> None:
    order = an_order("3", txt=TEXT.upper())
    (fill,) = FillIndex(OwnSides.of([matched(1), bought(2, "9")])).of(trace_of([order])).each
    assert (fill.trade_id, fill.is_internal, fill.is_inferred, fill.order_id) == ("71", True, True, None)


@pytest.mark.parametrize(
    "fields",
    [{"buy_txt": "hedge"}, {"buy_txt": "pb#QQQQQQ"}, {"buy_portfolio_id": "P2"}, {"contract_id": "c15"}],
)
def test_an_internal_trade_of_other_terms_is_not_inferred(fields: dict[str, str]) -> None:
    assert not FillIndex(OwnSides.of([matched(1, **fields)])).of(trace_of([an_order("3", txt=TEXT)]))


def test_the_other_side_of_an_internal_trade_is_no_fill_of_the_order() -> None:
    seller = an_order("30", side="SELL", txt=TEXT)
    (fill,) = FillIndex(OwnSides.of([matched(1)])).of(trace_of([seller])).each
    assert (fill.side, fill.is_inferred) == ("SELL", False)


def test_a_trade_of_another_id_with_the_token_may_be_of_a_copy_and_can_not_be_attributed() -> None:
    order = an_order("3", parent_order_id="2", initial_order_id="1", txt=TEXT)
    fills = FillIndex(OwnSides.of([bought(1, "8", buy_txt=TEXT), bought(2, "3", buy_txt=TEXT)])).of(trace_of([order]))
    assert ids_of(fills) == ["92"]
    (fill,) = fills.unattributed
    assert (fill.order_id, fill.is_inferred) == ("8", True)
    words = "2.0 MW of order 8 with the same text cannot be attributed: another order has that text too"
    assert unattributed_text(fills) == words
    assert not fills.after(NOON + timedelta(minutes=1)).unattributed


def test_a_trade_without_an_id_counts_only_if_no_other_order_has_the_token() -> None:
    order, copy = an_order("3", txt=TEXT), an_order("8", txt=f"again {TEXT}")
    again = an_order("3b", parent_order_id="3", initial_order_id="3", txt=TEXT)
    alone = FillIndex(OwnSides.of([matched(1)]), [order, again]).of(trace_of([order]))
    assert (ids_of(alone), unattributed_text(alone)) == (["71"], "")
    copied = FillIndex(OwnSides.of([matched(1)]), [order, copy]).of(trace_of([order]))
    assert not copied
    assert unattributed_text(copied).startswith("1.0 MW with the same text cannot be attributed")


def test_an_order_of_which_no_id_is_known_has_the_trades_of_the_one_order_with_its_token() -> None:
    trace = OrderTrace(frozenset(), frozenset({"K7QX2A"}))
    assert ids_of(FillIndex(OwnSides.of([bought(1, "1", buy_txt=TEXT), bought(2, "1", buy_txt=TEXT)])).of(trace)) == [
        "91",
        "92",
    ]
    assert not FillIndex(OwnSides.of([bought(1, "1", buy_txt=TEXT), bought(2, "2", buy_txt=TEXT)])).of(trace)


def test_of_an_order_whose_ids_are_all_known_no_trade_of_another_id_is_inferred() -> None:
    trace = replace(trace_of([an_order("3", txt=TEXT)]), has_all_ids=True)
    trades: list[AnyTrade] = [bought(1, "8", buy_txt=TEXT), bought(2, "3", buy_txt=TEXT), matched(3)]
    fills = FillIndex(OwnSides.of(trades)).of(trace)
    assert (ids_of(fills), ids_of(Fills(fills.unattributed))) == (["92"], ["73"])


def test_sums_are_of_the_fills_that_count_and_recalled_ones_were_executed() -> None:
    trades = [bought(1, "1", "1", "40"), bought(2, "1", "3", "44"), bought(3, "1", "1", "50", state="RGRA")]
    fills = FillIndex(OwnSides.of(trades)).of(OrderTrace(frozenset({"1"})))
    assert (fills.counted.quantity_mw, fills.counted.average_price) == (Decimal(4), Decimal(43))
    assert (fills.recalled.quantity_mw, fills.quantity_mw) == (Decimal(1), Decimal(5))
    assert fills.is_sealed(Decimal(5))
    assert not fills.is_sealed(Decimal(4))
    assert not fills.is_sealed(Decimal(6)), "a report is missing"
    assert not fills.is_sealed(None)


def test_no_fill_is_no_mw_and_has_no_price() -> None:
    assert (Fills().quantity_mw, Fills().average_price, Fills().is_sealed(Decimal(0))) == (Decimal(0), None, True)


def test_what_could_not_be_read_is_in_no_sum() -> None:
    fills = FillIndex(OwnSides.of([bought(1, "1"), bought(2, "1", None)])).of(OrderTrace(frozenset({"1"})))
    assert (fills.quantity_mw, fills.average_price, fills.is_sealed(Decimal(2))) == (None, None, False)
    unpriced = FillIndex(OwnSides.of([bought(1, "1", price=None)])).of(OrderTrace(frozenset({"1"})))
    assert (unpriced.quantity_mw, unpriced.average_price) == (Decimal(2), None)


def test_the_oldest_fills_up_to_a_quantity() -> None:
    fills = FillIndex(OwnSides.of([bought(number, "1") for number in (3, 2, 1)])).of(OrderTrace(frozenset({"1"})))
    assert ids_of(fills.first(Decimal(4))) == ["91", "92"]
    assert ids_of(fills.first(Decimal(5))) == ["91", "92"]
    assert ids_of(fills.after(NOON + timedelta(minutes=1))) == ["92", "93"]
