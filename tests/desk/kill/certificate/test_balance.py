"""The certificate of a kill adds up, and is sealed only if orders and trades show the same."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import Order
from pbtui.api.reads.trades import AnyTrade, InternalTrade, Trade
from pbtui.api.structs import replace
from pbtui.desk.kill.certificate.balance import PARTS, Certificate, Standing, TradesSeen, certificate_of
from pbtui.desk.kill.certificate.fate import Fate, OrderFate
from pbtui.desk.kill.certificate.words import certificate_facts, certificate_lines, summary
from pbtui.desk.market.fills import OwnSides
from tests.orders import an_order

READ_AT = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
SEEN_AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def before(order_id: str = "1", **fields: Any) -> Order:
    """An order as it was read before the kill."""
    return an_order(order_id, **{"initial_quantity": Decimal(5), "last_change_timestamp": SEEN_AT, **fields})


def fate(end: Fate, left: str | None, first: Order | None = None, **fields: Any) -> OrderFate:
    first = first or before()
    quantity = None if left is None else Decimal(left)
    last = before(**{"order_id": first.order_id, "state": "HIBE", "action": "UHIB", "quantity": quantity, **fields})
    return OrderFate(last, end, "", first)


def sold(mw: str, price: str = "45", order_id: str = "1", minute: int = 1, **fields: Any) -> Trade:
    """A trade of the order, after it was read."""
    return Trade(
        trade_id=f"9{minute}",
        price=Decimal(price),
        quantity=Decimal(mw),
        **{
            "exec_time": SEEN_AT + timedelta(minutes=minute),
            "buy_order_id": order_id,
            "buy_portfolio_id": "P1",
            "contract_id": "c14",
            "state": "ACTI",
            **fields,
        },
    )


def internally(mw: str) -> InternalTrade:
    return InternalTrade(
        internal_trade_id="71",
        exec_time=SEEN_AT + timedelta(minutes=2),
        price=Decimal(44),
        quantity=Decimal(mw),
        buy_order_id="1",
        contract_id="c14",
    )


def certificate(of: OrderFate, *trades: AnyTrade, **seen: Any) -> Certificate:
    return certificate_of({of.order.key: of}, TradesSeen(sides=OwnSides.of(trades), **{"read_at": READ_AT, **seen}))


def figures(found: Certificate) -> dict[str, Decimal]:
    (balance,) = found.balances
    return {name: mw for name in PARTS if (mw := getattr(balance, name))}


def test_a_deactivated_order_without_a_fill_is_sealed() -> None:
    found = certificate(fate(Fate.DEACTIVATED, "5"))
    assert found.standing is Standing.SEALED
    assert figures(found) == {"deactivated_mw": 5}
    assert list(certificate_lines(found)) == [
        "certificate SEALED: 1 order, 5.0 MW before = 5.0 deactivated + 0.0 unknown"
    ]


def test_a_fill_is_unknown_until_the_trades_show_it() -> None:
    part = fate(Fate.DEACTIVATED, "3")
    early = certificate(part)
    assert (early.standing, early.awaits_reports) == (Standing.PROVISIONAL, True)
    assert figures(early) == {"deactivated_mw": 3, "unknown_mw": 2}
    assert "1 order is not sealed: the order shows 2.0 MW traded, the trades show 0.0 MW" in list(
        certificate_lines(early)
    )
    whole = certificate(part, sold("2"))
    assert (whole.standing, whole.awaits_reports) == (Standing.SEALED, False)
    assert figures(whole) == {"deactivated_mw": 3, "traded_mw": 2}
    (line,) = list(certificate_lines(whole))[1:]
    assert line.startswith("traded while it was being killed: ▲ BUY 2.0 MW at 45.00, 20261122 15:00")
    assert line.endswith("order 1")


def test_a_filled_order_traded_all_that_was_open() -> None:
    full = fate(Fate.FILLED, "0", state="IACT", action="FEXE")
    found = certificate(full, sold("3", "44", minute=1), sold("1", "48", minute=2), internally("1"))
    assert found.standing is Standing.SEALED
    assert figures(found) == {"traded_mw": 4, "internal_mw": 1}
    (balance,) = found.balances
    assert (balance.traded_price, balance.internal_price) == (Decimal(45), Decimal(44))


def test_a_recalled_trade_is_named_and_does_not_count() -> None:
    found = certificate(fate(Fate.DELETED, "3"), sold("2", state="CNCL"))
    assert figures(found) == {"deleted_mw": 3, "recalled_mw": 2}
    assert found.standing is Standing.SEALED
    assert "2.0 MW recalled" in list(certificate_lines(found))[1]


def test_trades_of_before_it_was_read_and_of_other_orders_do_not_count() -> None:
    found = certificate(fate(Fate.DEACTIVATED, "5"), sold("2", minute=0), sold("2", order_id="2"))
    assert found.standing is Standing.SEALED
    assert figures(found) == {"deactivated_mw": 5}


def test_a_trade_of_an_order_with_a_copied_text_seals_no_other_order() -> None:
    text = "hedge pb#K7QX2A"
    ends = {each: fate(Fate.DEACTIVATED, "3", before(each, txt=text), txt=text) for each in ("1", "2")}
    found = certificate_of(ends, TradesSeen(sides=OwnSides.of([sold("2", buy_txt=text)]), read_at=READ_AT))
    assert found.standing is Standing.PROVISIONAL, "the trade of order 2 is not reported yet"
    assert (found.totals["traded_mw"], found.totals["unknown_mw"]) == (Decimal(2), Decimal(2))
    assert [balance.key for balance in found.traded] == ["1"]


def test_trades_that_show_more_than_the_order_are_named() -> None:
    found = certificate(fate(Fate.DEACTIVATED, "5"), sold("2"))
    assert found.standing is Standing.PROVISIONAL
    assert not found.awaits_reports, "no later report can change it"
    assert figures(found) == {"deactivated_mw": 5, "traded_mw": 2, "unknown_mw": -2}


@pytest.mark.parametrize(
    ("end", "why"),
    [
        (fate(Fate.STILL_ACTIVE, "5", state="ACTI", action="UADD"), "it is or may be active"),
        (fate(Fate.GONE, "5"), "its final state is not known"),
        (fate(Fate.DEACTIVATED, "5", order_id="2", parent_order_id="1"), "it was changed"),
        (fate(Fate.DEACTIVATED, "5", initial_quantity=Decimal(7)), "it was changed"),
        (fate(Fate.DELETED, "0"), "the order does not show how much of it traded"),
        (fate(Fate.DELETED, None), "the order does not show how much of it traded"),
        (OrderFate(UnreadableOrder("odd", "{}", order_id="1"), Fate.DELETED, "", before()), "it could not be read"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_order_is_not_sealed_while_its_figures_can_hide_a_fill(end: OrderFate, why: str) -> None:
    found = certificate(end)
    assert found.standing is Standing.PROVISIONAL
    assert found.balances[0].why_open.startswith(why)
    assert not found.awaits_reports


def test_nothing_is_sealed_before_all_trades_were_read() -> None:
    resting = fate(Fate.DEACTIVATED, "5")
    assert certificate(resting, read_at=None).standing is Standing.PROVISIONAL
    gap = certificate(resting, problem="the server sent 500 of 900")
    assert gap.standing is Standing.PROVISIONAL
    assert "not all trades are known: the server sent 500 of 900" in list(certificate_lines(gap))


def test_without_trades_the_figures_of_the_orders_stand_for_them() -> None:
    problem = "this server does not offer GET /trades (404: Not Found)"
    found = certificate(fate(Fate.DEACTIVATED, "3"), read_at=None, problem=problem, is_offered=False)
    assert found.standing is Standing.ORDERS_ALONE
    assert figures(found) == {"deactivated_mw": 3, "traded_mw": 2}
    lines = list(certificate_lines(found))
    assert lines[0] == (
        "certificate BY THE ORDERS ALONE: 1 order, 5.0 MW before = 3.0 deactivated + 2.0 traded + 0.0 unknown"
    )
    assert lines[1] == f"traded MW are by the orders' own figures, without prices: {problem}"
    assert "2.0 MW," in lines[2], "no price is named"


def test_what_traded_is_unknown_after_a_change_of_the_quantity() -> None:
    moved = fate(Fate.FILLED, "0", state="IACT", action="FEXE", order_id="2", initial_quantity=Decimal(1))
    assert (moved.traded_mw, "traded" in moved.words) == (None, False), "1 MW was open when it filled, not 5"
    found = certificate(moved, read_at=None, problem="not offered", is_offered=False)
    assert figures(found) == {"unknown_mw": 5}


def test_orders_of_unknown_mw_are_counted_apart() -> None:
    unread = UnreadableOrder("odd", "{}", order_id="2", state="ACTI")
    fates = {"1": fate(Fate.DEACTIVATED, "5"), "2": OrderFate(unread, Fate.UNKNOWN, "", unread)}
    found = certificate_of(fates, TradesSeen(read_at=READ_AT))
    assert summary(found).endswith("1 order, 5.0 MW before = 5.0 deactivated + 0.0 unknown, and 1 of unknown MW")


def test_orders_that_appeared_after_the_kill_are_added_up_apart() -> None:
    late = before("2", quantity=Decimal(3), initial_quantity=Decimal(3))
    last = before("2", quantity=Decimal(3), initial_quantity=Decimal(3), state="HIBE", action="UHIB")
    came = OrderFate(last, Fate.DEACTIVATED, "", late, late, is_new=True)
    found = certificate_of({"1": fate(Fate.DEACTIVATED, "5"), "2": came}, TradesSeen(read_at=READ_AT))
    assert found.standing is Standing.SEALED
    assert found.totals["before_mw"] == 5
    assert list(certificate_lines(found)) == [
        "certificate SEALED: 1 order, 5.0 MW before = 5.0 deactivated + 0.0 unknown",
        "appeared after the kill, not in this sum: 1 order, 3.0 MW when first read = 3.0 deactivated + 0.0 unknown",
    ]
    facts = certificate_facts(found)
    assert facts is not None
    assert ([each["key"] for each in facts["orders"]], [each["key"] for each in facts["arrivals"]]) == (["1"], ["2"])
    live = replace(came, order=late, fate=Fate.NEW_AFTER_KILL)
    active = certificate_of({"1": fate(Fate.DEACTIVATED, "5"), "2": live}, TradesSeen(read_at=READ_AT))
    assert active.standing is Standing.PROVISIONAL
    assert active.totals["active_mw"] == 0
    unread = certificate_of({"2": came}, TradesSeen(read_at=READ_AT), has_all_orders=False)
    assert list(certificate_lines(unread))[2].endswith(", or be among those that appeared after it")


def test_a_fill_from_before_the_trades_that_were_read_is_named_so_and_wanted() -> None:
    part = fate(Fate.DEACTIVATED, "3")
    cut = certificate(part, since=SEEN_AT + timedelta(minutes=20))
    assert cut.wanted_since == SEEN_AT
    (why,) = [balance.why_open for balance in cut.balances]
    assert why.endswith("the trades show 0.0 MW; those before 2026-11-22 12:20:00Z were not read")
    whole = certificate(part, since=SEEN_AT)
    assert whole.balances[0].why_open.endswith("the trades show 0.0 MW")
    assert certificate(part, sold("2"), since=SEEN_AT).wanted_since is None
    assert certificate(fate(Fate.GONE, "3")).wanted_since is None, "no trade can seal it"


def test_a_trade_whose_time_is_not_known_to_be_after_the_order_was_read_seals_nothing() -> None:
    part = fate(Fate.DEACTIVATED, "3")
    timeless = before(last_change_timestamp=None, api_timestamp=None)
    for found in (
        certificate(part, sold("2", exec_time=None)),
        certificate(fate(Fate.DEACTIVATED, "3", timeless), sold("2")),
    ):
        assert found.standing is Standing.PROVISIONAL, "the trade of before, and that of now is not reported yet"
        (balance,) = found.balances
        assert balance.why_open == "trades of it may be from before it was read: their times are not known"
    assert certificate(fate(Fate.DEACTIVATED, "5", timeless)).standing is Standing.SEALED


def test_a_trade_of_a_copied_text_is_not_counted_and_the_reason_says_so() -> None:
    text = "hedge pb#K7QX2A"
    mine = fate(Fate.DEACTIVATED, "3", before(txt=text), txt=text)
    internal = replace(internally("2"), buy_order_id=None, buy_portfolio_id="P1", buy_txt=text)
    assert certificate(mine, internal).standing is Standing.SEALED
    copy = fate(Fate.DEACTIVATED, "5", before("2", txt=text), txt=text)
    found = certificate_of({"1": mine, "2": copy}, TradesSeen(sides=OwnSides.of([internal]), read_at=READ_AT))
    (open_one,) = found.open
    assert open_one.key == "1"
    assert "2.0 MW with the same text cannot be attributed" in open_one.why_open


_mw = st.sampled_from(["0", "1", "3", "5", "8", None])
_ends = st.builds(fate, st.sampled_from(Fate), _mw)
_trades = st.lists(
    st.builds(sold, st.sampled_from(["1", "2"]), minute=st.integers(0, 3), state=st.sampled_from(["ACTI", "RGRA"]))
    | st.builds(internally, st.sampled_from(["1", "2"])),
    max_size=4,
)


@given(_ends, _trades, st.booleans())
def test_it_always_adds_up_and_sealed_leaves_nothing_unknown(
    end: OrderFate, trades: list[AnyTrade], is_offered: bool
) -> None:
    found = certificate(end, *trades, is_offered=is_offered)
    (balance,) = found.balances
    assert sum((getattr(balance, name) for name in PARTS), Decimal(0)) == balance.before_mw
    if found.standing is Standing.SEALED:
        assert balance.unknown_mw == 0
        assert not end.fate.is_live
