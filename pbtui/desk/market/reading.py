"""The newest value that a read brought, and why a newer one is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from pbtui.api.reads.calls import ListRead, Unavailable, ValueRead

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """One read, repeated. `value` is None before the first success.

    `read_at` and `requested_s` (steady clock) are the time when the newest value was requested. `problem` says why the
    newest read brought nothing: the server does not offer it, the key may not make it, or it failed; empty if it did.
    """

    value: T | None = None
    read_at: datetime | None = None
    requested_s: float | None = None
    problem: str = ""

    def age_s(self, now_s: float) -> float | None:
        """Return the age of the value in seconds; None if there is none."""
        return None if self.requested_s is None else now_s - self.requested_s


def reading_of(found: ValueRead[Any] | ListRead[Any] | Unavailable) -> Reading[Any]:
    """Return the reading of an answer: the elements of a list that could be read; no value if it is not offered."""
    from pbtui.api.reads.calls import Unavailable, ValueRead  # the first frame does without pydantic

    if isinstance(found, Unavailable):
        return Reading(problem=str(found))
    value = found.value if isinstance(found, ValueRead) else found.elements.readable
    return Reading(value, found.answer.requested_at, found.answer.requested_s)
