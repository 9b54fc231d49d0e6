"""The newest value that a read brought, and why a newer one is missing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

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
