"""Algorithms that trade at the server, and their instances, under the vendor's names.

Every field may be missing and is then None, because releases differ. Unknown words of an enumeration are kept as text.
`unreadable` has the fields whose value could not be read; they are None too.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator

from pbtui.api.decoding.field_by_field import Nested
from pbtui.api.values import Id, Moment, Number, Text, UnreadableField, reply


class AlgoStatus(StrEnum):
    """Status of an instance."""

    IDLE = "IDLE"
    RUNNING = "RUNNING"
    FAILED = "FAILED"


class OnMissingHeartbeat(StrEnum):
    """Action of the server if a heartbeat is missing."""

    DO_NOTHING = "DO_NOTHING"
    DELETE_ORDERS = "DELETE_ORDERS"


class HeartbeatStatus(StrEnum):
    """Status that an instance reports about itself."""

    OK = "OK"
    FAILURE = "FAILURE"


@reply()
@dataclass(frozen=True, slots=True, kw_only=True)
class AlgoHeartbeat:
    """The newest report of an instance."""

    status: Text | None = None
    status_text: Text | None = None
    unreadable: tuple[UnreadableField, ...] = ()


@reply()
@dataclass(frozen=True, slots=True, kw_only=True)
class AlgoInstance:
    """An instance of an algorithm, which trades in its portfolios."""

    instance_id: Id | None = None
    exchange: Text | None = None
    tenant_id: Id | None = None
    portfolio_ids: tuple[Id, ...] | None = None
    status: Text | None = None
    started_at: Moment | None = None
    stopped_at: Moment | None = None
    stop_status_text: Text | None = None
    last_heartbeat_at: Moment | None = None
    heartbeat: Annotated[AlgoHeartbeat | None, BeforeValidator(Nested(AlgoHeartbeat))] = None
    unreadable: tuple[UnreadableField, ...] = ()


@reply()
@dataclass(frozen=True, slots=True, kw_only=True)
class AlgoDetails:
    """An algorithm and its running and recently ended instances."""

    algo_id: Id | None = None
    algo_name: Text | None = None
    algo_description: Text | None = None
    require_heartbeat_every_seconds: Number | None = None
    on_missing_heartbeat: Text | None = None
    image: Text | None = None
    instances: Annotated[tuple[AlgoInstance, ...] | None, BeforeValidator(Nested(AlgoInstance))] = None
    unreadable: tuple[UnreadableField, ...] = ()
