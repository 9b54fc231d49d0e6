"""The market on the screen: quiet as long as it is as usual, in plain words otherwise."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from pbtui.api.reads.market import MarketStatus
from pbtui.desk.market.closures import COUNTS_FOR_S
from pbtui.desk.market.exchange import ExchangeView
from pbtui.desk.market.reading import Reading
from pbtui.desk.market.trades import Trades
from pbtui.ui.market.signs import market_signs
from tests.canned import canned_exchange
from tests.exchange import RunningExchange
from tests.ui.desk_under_test import a_desk_app, desk_on

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
AMP = "10YDE-RWENET---I"


def words(view: ExchangeView, now_s: float = 1.0) -> str:
    return "|".join(text.strip() for _, line in market_signs(view, now_s) for text, _ in line)


def a_view(**status: object) -> ExchangeView:
    return ExchangeView(status=Reading(MarketStatus(**status), NOW, 0.0))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("view", "shown"),
    [
        (ExchangeView(), ""),
        (a_view(status="OK", mode="NORMAL", order_action_quota=Decimal("0.7")), ""),
        (a_view(), ""),
        (a_view(status="WARNING"), "market WARNING"),
        (a_view(status="FAILURE_OF_THE_CONNECTION"), "market FAILURE OF THE …"),
        (a_view(status="LOGGED_OUT", mode="SAFE"), "SAFE MODE|market LOGGED OUT"),
        (a_view(status="OK", order_action_quota=Decimal("0.834")), "quota 83 %"),
        (ExchangeView(status=Reading(problem="not offered")), "not read: market status"),
        (
            ExchangeView(status=Reading(problem="not offered"), trades=Reading(problem="not offered")),
            "not read: market status, trades",
        ),
        (ExchangeView(trades=Reading(Trades(), NOW, 0.0, "internal trades are not offered")), ""),
        (ExchangeView(trades=Reading(Trades(), problem="trades are not offered")), "not read: trades"),
    ],
)
def test_only_what_is_not_as_usual_is_shown(view: ExchangeView, shown: str) -> None:
    assert words(view) == shown


def test_a_status_that_was_not_read_lately_is_not_shown() -> None:
    assert words(a_view(status="FAILURE"), COUNTS_FOR_S + 1) == ""


def test_a_status_that_can_no_longer_be_read_is_missed() -> None:
    view = ExchangeView(status=Reading(MarketStatus(status="OK"), NOW, 0.0, "not available (503)"))
    assert words(view, COUNTS_FOR_S) == ""
    assert words(view, COUNTS_FOR_S + 1) == "not read: market status"


async def test_the_desk_shows_the_market_its_messages_and_the_rights_of_the_key(exchange: RunningExchange) -> None:
    async with desk_on(a_desk_app(exchange.base_url, exchange.keys["reader"], read_only=False), (80, 24)) as desk:
        await desk.until_shown("LIVE", "READ-ONLY KEY")
        exchange.market(status="FAILURE", messages=["the matching system is down"])
        exchange.announce("MARKET_HALT\nat 13:00", severity="URG")
        await desk.until_shown(
            "market FAILURE",
            " market closed  orders can only be withdrawn: ",
            "system is down",
            "MARKET OPERATIONS (URG): MARKET_HALT",
        )
        assert "F9" in desk.lines()[-1]
        assert desk.lines()[0].startswith(" test "), "the exchange's name makes room, the profile's does not"
        exchange.market(mode="SAFE")
        await desk.until_shown("SAFE MODE")
        exchange.call("PUT", "/orders/list", json=[withdrawal(exchange)])
        exchange.market(order_actions_per_minute=1)
        await desk.until_shown("quota 100 %", "READ-ONLY KEY")


def a_wire_downtime(starts_in: timedelta, *areas: str) -> dict[str, Any]:
    """A downtime of one hour as the wire has it."""
    start = datetime.now(UTC) + starts_in
    end = start + timedelta(hours=1)
    return {
        "exchange": "epex",
        "start": start.isoformat(),
        "end": end.isoformat(),
        "areas": areas,
        "comment": "upgrade",
    }


async def test_a_downtime_is_news_and_is_shown_before_it_begins_and_while_it_lasts() -> None:
    with canned_exchange() as exchange:
        elsewhere = a_wire_downtime(timedelta(minutes=5), "10YDE-ENBW-----N")
        exchange.reads["/downtimes"] = [a_wire_downtime(timedelta(minutes=45.9)), elsewhere]
        profile: dict[str, Any] = {"delivery_areas": (AMP,)}
        async with desk_on(a_desk_app(exchange.base_url, **profile), (80, 24)) as desk:
            await desk.until_shown("downtime in 45 m", "DOWNTIME of epex from ")
        exchange.reads["/downtimes"] = [a_wire_downtime(timedelta(minutes=-5), AMP)]
        async with desk_on(a_desk_app(exchange.base_url, **profile), (160, 48)) as desk:
            await desk.until_shown(" DOWNTIME  ", "AMP: upgrade")


def withdrawal(exchange: RunningExchange) -> dict[str, Any]:
    """The body of a withdrawal of one of the trader's orders."""
    return {"order_id": exchange.orders()[0]["order_id"], "changes": {"action": "DEAC"}}
