"""Words for what the exchange says about trades, the market and the API key. An unknown code is shown as received."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from pbtui.api.reads.identity import ApiKeyDetails
from pbtui.api.reads.market import MarketMode, MarketState, MarketStatus
from pbtui.api.reads.trades import AnyTrade, InternalTrade, TradeState
from pbtui.desk.formats.time_format import age_text, local_time, moment_text
from pbtui.desk.formats.vocabulary import UNREADABLE

NOT_STATED = "not stated by this server"
QUOTA_IS_HIGH = Decimal("0.7")

_TRADE_STATES: Mapping[str, str] = {
    "RREQ": "recall asked",
    "RGRA": "recalled",
    "RREJ": "recall refused",
    "CREQ": "cancel asked",
    "CREJ": "cancel refused",
    "CNCL": "cancelled",
    "RSFA": "waits for approval",
}
_STATUSES: Mapping[str, str] = {
    MarketState.OK: "OK",
    MarketState.WARNING: "WARNING: the server reports a problem with the market",
    MarketState.FAILURE: "FAILURE: the market, or the connection to it, has failed",
    MarketState.LOGGED_OUT: "LOGGED OUT: the server is not logged in at the exchange",
}
_KEY_TYPES: Mapping[str, str] = {
    "MASTER_API_KEY": "master key",
    "TENANT_MASTER_API_KEY": "tenant master key",
    "STANDARD_API_KEY": "standard key",
    "SCHEDULING_API_KEY": "scheduling key",
    "ALGO_MANAGEMENT_API_KEY": "algorithm management key",
    "DEBUGGING_API_KEY": "debugging key",
}


def zoned_text(at: datetime | None, zone: ZoneInfo) -> str:
    """Return a time with the name of its zone: `22 Nov 13:00:05 CET`."""
    return "" if at is None else f"{moment_text(at, zone).removesuffix('Z')} {local_time(at, zone):%Z}"


def trade_kind(trade: AnyTrade) -> str:
    """Return who matched the trade, and its state if it is another one than active: `exchange, recalled`."""
    if isinstance(trade, InternalTrade):
        return trade_note(trade)
    if trade.why_unreadable("state"):
        return f"exchange, state {UNREADABLE}"
    note = trade_note(trade)
    return f"exchange, {note}" if note else "exchange"


def trade_note(trade: AnyTrade) -> str:
    """Return what sets the trade apart: that it is internal, or its state; empty for an active one of the exchange."""
    if isinstance(trade, InternalTrade):
        return "internal"
    if trade.why_unreadable("state"):
        return UNREADABLE
    state = trade.state or TradeState.ACTI
    return "" if state == TradeState.ACTI else _TRADE_STATES.get(state, state)


def status_words(status: MarketStatus) -> str:
    """Return the market's status in words."""
    if status.status is None:
        return _missing(status, "status")
    return _STATUSES.get(status.status, status.status)


def mode_words(status: MarketStatus, zone: ZoneInfo) -> str:
    """Return the server's mode in words, SAFE with the time since when."""
    if status.mode is None:
        return _missing(status, "mode")
    if status.mode != MarketMode.SAFE:
        return status.mode
    since = zoned_text(status.safe_mode_enabled_since, zone)
    return f"SAFE{f' since {since}' if since else ''}: trading was stopped at this server"


def quota_words(status: MarketStatus) -> str:
    """Return how much of the allowed order actions is used."""
    if status.order_action_quota is None:
        return _missing(status, "order_action_quota")
    used = f"{status.order_action_quota * 100:.1f} % of the allowed order actions are used"
    return f"{used}: little is left" if status.order_action_quota > QUOTA_IS_HIGH else used


def heartbeat_words(status: MarketStatus, zone: ZoneInfo, now: datetime) -> str:
    """Return the time of the last sign of life from the exchange, and its age."""
    if status.heartbeat_as_of is None:
        return _missing(status, "heartbeat_as_of")
    age_s = ((status.api_timestamp or now) - status.heartbeat_as_of).total_seconds()
    return f"{zoned_text(status.heartbeat_as_of, zone)}, {age_text(age_s)} before this answer"


def key_type_words(details: ApiKeyDetails) -> str:
    """Return the kind of key in words, with its code."""
    if details.type is None:
        return NOT_STATED
    return f"{_KEY_TYPES[details.type]} ({details.type})" if details.type in _KEY_TYPES else details.type


def rights_words(details: ApiKeyDetails) -> str:
    """Return what the key may do, what it may not do, and what the server does not state."""
    rights = (("read", details.can_read), ("trade", details.can_trade), ("send signals", details.can_signal))
    parts = (
        ("may", [words for words, given in rights if given]),
        ("may not", [words for words, given in rights if given is False]),
        ("not stated:", [words for words, given in rights if given is None]),
    )
    return "; ".join(f"{verb} {', '.join(words)}" for verb, words in parts if words)


def _missing(status: MarketStatus, name: str) -> str:
    unreadable = any(field.name == name for field in status.unreadable)
    return UNREADABLE if unreadable else NOT_STATED
