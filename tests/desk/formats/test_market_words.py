"""Words for trades, the market and the key: known codes, unknown ones, and what is missing."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from pbtui.api.reads.identity import ApiKeyDetails
from pbtui.api.reads.market import MarketStatus
from pbtui.api.reads.trades import AnyTrade, InternalTrade, Trade
from pbtui.api.values import UnreadableField
from pbtui.desk.formats.market_words import (
    NOT_STATED,
    heartbeat_words,
    key_type_words,
    mode_words,
    quota_words,
    rights_words,
    status_words,
    trade_kind,
    zoned_text,
)

AT = datetime(2026, 11, 22, 12, 0, 5, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
NOTHING = MarketStatus()
BROKEN = MarketStatus(
    unreadable=tuple(
        UnreadableField(name, "7", "is odd") for name in ("status", "mode", "order_action_quota", "heartbeat_as_of")
    )
)


def test_a_time_has_its_zone() -> None:
    assert zoned_text(AT, BERLIN) == "22 Nov 13:00:05 CET"
    assert zoned_text(AT, ZoneInfo("UTC")) == "22 Nov 12:00:05 UTC"
    assert zoned_text(None, BERLIN) == ""


@pytest.mark.parametrize(
    ("trade", "kind"),
    [
        (Trade(), "exchange"),
        (Trade(state="ACTI"), "exchange"),
        (Trade(state="RGRA"), "exchange, recalled"),
        (Trade(state="CNCL"), "exchange, cancelled"),
        (Trade(state="NEW1"), "exchange, NEW1"),
        (Trade(unreadable=(UnreadableField("state", "7", "is odd"),)), "exchange, state unreadable"),
        (InternalTrade(), "internal"),
    ],
)
def test_a_trade_says_who_matched_it_and_whether_it_was_recalled(trade: AnyTrade, kind: str) -> None:
    assert trade_kind(trade) == kind


def test_what_is_missing_is_not_called_well() -> None:
    for status, words in ((NOTHING, NOT_STATED), (BROKEN, "unreadable")):
        assert status_words(status) == words
        assert mode_words(status, BERLIN) == words
        assert quota_words(status) == words
        assert heartbeat_words(status, BERLIN, AT) == words


def test_the_market_in_words() -> None:
    assert status_words(MarketStatus(status="OK")) == "OK"
    assert status_words(MarketStatus(status="LOGGED_OUT")).startswith("LOGGED OUT: ")
    assert status_words(MarketStatus(status="NEW1")) == "NEW1"
    assert mode_words(MarketStatus(mode="NORMAL"), BERLIN) == "NORMAL"
    assert mode_words(MarketStatus(mode="SAFE"), BERLIN) == "SAFE: trading was stopped at this server"
    since = MarketStatus(mode="SAFE", safe_mode_enabled_since=AT)
    assert mode_words(since, BERLIN).startswith("SAFE since 22 Nov 13:00:05 CET: ")
    assert (
        quota_words(MarketStatus(order_action_quota=Decimal("0.7"))) == "70.0 % of the allowed order actions are used"
    )
    assert quota_words(MarketStatus(order_action_quota=Decimal("0.701"))).endswith("used: little is left")
    beat = MarketStatus(heartbeat_as_of=AT, api_timestamp=AT + timedelta(seconds=3))
    assert heartbeat_words(beat, BERLIN, AT) == "22 Nov 13:00:05 CET, 3.0 s before this answer"


def test_rights_that_are_not_stated_are_not_given() -> None:
    assert rights_words(ApiKeyDetails(can_read=True, can_trade=False)) == (
        "may read; may not trade; not stated: send signals"
    )
    assert key_type_words(ApiKeyDetails(type="STANDARD_API_KEY")) == "standard key (STANDARD_API_KEY)"
    assert [key_type_words(ApiKeyDetails(type=kind)) for kind in ("NEW", None)] == ["NEW", NOT_STATED]
