"""Calls without an exchange, at `/v2/api`: trades and internal trades of several exchanges, and downtimes.

They concern the exchanges that were called since the start. Parameters with several values are plural.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from pbtui.simulator.exchange import Exchange
from pbtui.simulator.http.answers import Answer
from pbtui.simulator.http.faults import CallFaults
from pbtui.simulator.http.trades import Received, page_of, received
from pbtui.simulator.http.wire import Query, invalid
from pbtui.simulator.rejections import CallRefused
from pbtui.simulator.rights import ApiKey

_SINGULAR = {"portfolio_ids": "portfolio_id", "contract_ids": "contract_id"}
_OF_ONE_EXCHANGE = ("portfolio_id", "contract_id", "delivery_area", "ordId", "clOrdrId")
"""Parameters that only the calls of one exchange have."""


class Downtime(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A scheduled downtime in its wire format."""

    exchange: str
    start: datetime
    end: datetime
    areas: tuple[str, ...] = ()
    comment: str = ""


@dataclass(frozen=True)
class CallOfAll:
    """One request without an exchange. `path` begins with `v2` and `api`."""

    exchanges: Sequence[Exchange]
    downtimes: Sequence[Downtime]
    method: str
    path: tuple[str, ...]
    query: Query
    key: ApiKey


def answer_call_of_all(call: CallOfAll, call_faults: CallFaults) -> Answer:
    """Answer the call. Raises CallRefused (404) for one that is not known."""
    match call.method, call.path[2:]:
        case "GET", ("downtimes",):
            return Answer.of_json(_downtimes(call))
        case "GET", ("trades" | "internal-trades",):
            query = call.query.renamed(_SINGULAR, without=_OF_ONE_EXCHANGE)
            wanted = query.texts("exchanges")
            found: list[Received] = []
            for exchange in call.exchanges:
                if not wanted or exchange.name in wanted:
                    is_internal = call.path[-1] == "internal-trades"
                    found += received(exchange, query, call.key, call_faults, is_internal=is_internal)
            return page_of(found, query)
    raise CallRefused(404, f"no exchange at this address, and no such call without one: /{'/'.join(call.path)}")


def _downtimes(call: CallOfAll) -> list[Downtime]:
    query = call.query
    exchanges = query.texts("exchange")
    start, end, at = query.moment("from"), query.moment("to"), query.moment("active_at")
    if at is not None and (start or end):
        raise invalid("active_at cannot be combined with from or to")
    return [
        downtime
        for downtime in call.downtimes
        if (not exchanges or downtime.exchange in exchanges)
        and (start is None or downtime.end > start)
        and (end is None or downtime.start < end)
        and (at is None or downtime.start <= at < downtime.end)
    ]
