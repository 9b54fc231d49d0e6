"""Fault plan: which calls go wrong, and how. Set at start by `--fault`, later by `PUT /_simulator/faults`.

The plan is a JSON object from fault name to value. A fault that is not named does not occur.

    latency               seconds to wait before the call is handled; a write happens even if the caller hangs up
    hold                  true: the call waits until the plan is replaced or cleared, and is handled then
    errors                {"500": 0.1, "503": 0.05}: rate by status; the call is answered with it and not handled
    drop_before_commit    rate; the connection is closed and the call is not handled
    drop_after_commit     rate; the call is handled, then the connection is closed without an answer
    garbage               html, truncated or not_json: replaces the body of a 2xx answer; broken_order or nan_price:
                          corrupts one order of the list
    slow_drip             bytes per second at which the body of the answer is sent
    stale_reads           seconds; `GET /orders` answers with the orders of that long ago
    late_trades           seconds between a trade and its report by `GET /trades` and `GET /internal-trades`
    spare_on_kill         fraction of the orders that a DEAC, a DELE, `DELETE /orders` or `PUT /orders/status` does not
                          change, although the answer reports success
    return_after_kill     seconds between two removed orders that a bot re-enters, until the plan changes
    unauthorized          true: every call gets 401

A value in an object can be limited: {"value": 1, "methods": ["PUT"], "paths": ["/orders/list"], "times": 2}. Paths are
globs on the path after the base URL ("/orders/*/history"); that of a call without an exchange begins with /v2/api.
`times` is the number of calls the fault applies to.
"""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated, Generic, Literal, TypeVar

import msgspec

Seconds = Annotated[float, msgspec.Meta(ge=0, le=3600)]
Pause = Annotated[float, msgspec.Meta(gt=0, le=3600)]
Rate = Annotated[float, msgspec.Meta(ge=0, le=1)]
Status = Annotated[str, msgspec.Meta(pattern="^[45][0-9][0-9]$")]
Garbage = Literal["html", "truncated", "not_json", "broken_order", "nan_price"]
BytesPerSecond = Annotated[float, msgspec.Meta(gt=0)]

_Value = TypeVar("_Value")


class Fault(msgspec.Struct, Generic[_Value], forbid_unknown_fields=True, omit_defaults=True):
    """One fault and the calls it applies to: all calls, unless methods, paths or times limit it."""

    value: _Value
    methods: tuple[Literal["GET", "POST", "PUT", "DELETE"], ...] = ()
    paths: tuple[str, ...] = ()
    times: Annotated[int, msgspec.Meta(ge=1)] | None = None

    def concerns(self, method: str, path: str) -> bool:
        """Return whether the fault can apply to that call."""
        return (
            self.times != 0
            and (not self.methods or method in self.methods)
            and (not self.paths or any(fnmatchcase(path, pattern) for pattern in self.paths))
        )

    def spend(self) -> None:
        """Count one call the fault was applied to."""
        if self.times is not None:
            self.times -= 1


class FaultPlan(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """All faults by name."""

    latency: Fault[Seconds] | None = None
    hold: Fault[Literal[True]] | None = None
    errors: Fault[dict[Status, Rate]] | None = None
    drop_before_commit: Fault[Rate] | None = None
    drop_after_commit: Fault[Rate] | None = None
    garbage: Fault[Garbage] | None = None
    slow_drip: Fault[BytesPerSecond] | None = None
    stale_reads: Fault[Pause] | None = None
    late_trades: Fault[Seconds] | None = None
    spare_on_kill: Fault[Rate] | None = None
    return_after_kill: Fault[Pause] | None = None
    unauthorized: Fault[Literal[True]] | None = None


def read_plan(faults: object) -> FaultPlan:
    """Return the plan that a JSON object describes. Raises ValueError with the reason if it is not valid."""
    if not isinstance(faults, Mapping):
        raise ValueError("a fault plan must be a JSON object from fault name to value")  # noqa: TRY004 - it is outside input
    wrapped = {
        name: value if isinstance(value, Mapping) and "value" in value else {"value": value}
        for name, value in faults.items()
    }
    try:
        plan = msgspec.convert(wrapped, FaultPlan)
    except msgspec.ValidationError as error:
        raise ValueError(f"the fault plan is not valid: {error}") from error
    if plan.errors and sum(plan.errors.value.values()) > 1:
        raise ValueError("the fault plan is not valid: the rates of errors add up to more than 1")
    return plan


def read_fault_options(options: Sequence[str]) -> FaultPlan:
    """Return the plan from NAME=VALUE texts, where VALUE is JSON or a plain word. Raises ValueError with the reason."""
    faults: dict[str, object] = {}
    for option in options:
        name, equals, value = option.partition("=")
        if not equals:
            raise ValueError(f"{option!r} is not NAME=VALUE")
        try:
            faults[name] = msgspec.json.decode(value)
        except msgspec.DecodeError:
            faults[name] = value
    return read_plan(faults)


@dataclass(frozen=True, kw_only=True)
class CallFaults:
    """Faults drawn for one call."""

    latency_s: float = 0.0
    is_held: bool = False
    error_status: int | None = None
    dropped_before_commit: bool = False
    dropped_after_commit: bool = False
    garbage: Garbage | None = None
    drip_bytes_per_s: float | None = None
    stale_s: float | None = None
    late_trades_s: float | None = None
    spared_fraction: float = 0.0
    returns_every_s: float | None = None
    unauthorized: bool = False


class Faults:
    """The plan in force and its random draws."""

    def __init__(self, plan: FaultPlan, seed: int) -> None:
        self.plan = plan
        self.replaced = asyncio.Event()
        """Set when another plan replaces this one."""
        self._random = random.Random(f"faults {seed}")  # noqa: S311 - a simulator draws no secrets

    def replace(self, plan: FaultPlan) -> None:
        """Put another plan in force and release the calls that the present one holds."""
        self.plan = plan
        self.replaced.set()
        self.replaced = asyncio.Event()

    def draw(self, method: str, path: str, *, kills: bool) -> CallFaults:
        """Draw the faults of one call and count down `times`. `kills`: whether the call removes orders."""
        plan = self.plan
        reads_orders = (method, path) == ("GET", "/orders")
        reads_trades = method == "GET" and path.removeprefix("/v2/api") in ("/trades", "/internal-trades")
        return CallFaults(
            latency_s=self._drawn(plan.latency, method, path) or 0.0,
            is_held=self._drawn(plan.hold, method, path) is not None,
            error_status=self._error_status(method, path),
            dropped_before_commit=self._hit(plan.drop_before_commit, method, path),
            dropped_after_commit=self._hit(plan.drop_after_commit, method, path),
            garbage=self._drawn(plan.garbage, method, path),
            drip_bytes_per_s=self._drawn(plan.slow_drip, method, path),
            stale_s=self._drawn(plan.stale_reads, method, path) if reads_orders else None,
            late_trades_s=self._drawn(plan.late_trades, method, path) if reads_trades else None,
            spared_fraction=(self._drawn(plan.spare_on_kill, method, path) or 0.0) if kills else 0.0,
            returns_every_s=self._drawn(plan.return_after_kill, method, path) if kills else None,
            unauthorized=self._drawn(plan.unauthorized, method, path) is not None,
        )

    def _drawn(self, fault: Fault[_Value] | None, method: str, path: str) -> _Value | None:
        if fault is None or not fault.concerns(method, path):
            return None
        fault.spend()
        return fault.value

    def _hit(self, fault: Fault[float] | None, method: str, path: str) -> bool:
        if fault is None or not fault.concerns(method, path) or self._random.random() >= fault.value:
            return False
        fault.spend()
        return True

    def _error_status(self, method: str, path: str) -> int | None:
        fault = self.plan.errors
        if fault is None or not fault.concerns(method, path):
            return None
        lot = self._random.random()
        for status, rate in fault.value.items():
            if lot < rate:
                fault.spend()
                return int(status)
            lot -= rate
        return None
