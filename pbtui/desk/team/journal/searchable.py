"""The words by which a journal line in the store is found."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from msgspec import Struct

from pbtui.desk.journal.line import JournalEntry

_ORDERS = frozenset({"order_id", "initial_order_id", "parent_order_id", "order_ids", "orders", "known"})
_PORTFOLIOS = frozenset({"portfolio_id"})
_LONGEST = 200
"""The longest word that an index of PostgreSQL takes for certain, in characters."""


class Searchable(Struct, frozen=True):
    """Time, kind, ticket, portfolios and orders of a line. The ticket is empty if it has none."""

    at: datetime
    kind: str
    ticket: str = ""
    portfolios: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()


def searchable(entry: JournalEntry) -> Searchable:
    """The words of an entry, wherever they are in its facts, in alphabetical order."""
    ticket = entry.facts.get("ticket")
    orders: set[str] = set()
    portfolios: set[str] = set()
    _collect(entry.facts, orders, portfolios)
    return Searchable(
        entry.at,
        as_stored(entry.kind),
        as_stored(ticket) if isinstance(ticket, str) else "",
        tuple(sorted(portfolios)),
        tuple(sorted(orders)),
    )


def as_stored(word: str) -> str:
    """A word as the store has it: PostgreSQL has no NUL, and its indexes no long words."""
    return word[:_LONGEST].replace("\0", "\ufffd")


def _collect(value: Any, orders: set[str], portfolios: set[str]) -> None:
    if isinstance(value, dict):
        for name, each in value.items():
            if name in _ORDERS:
                orders.update(_texts(each))
            elif name in _PORTFOLIOS:
                portfolios.update(_texts(each))
            if isinstance(each, dict | list):
                _collect(each, orders, portfolios)
    elif isinstance(value, list):
        for each in value:
            _collect(each, orders, portfolios)


def _texts(value: Any) -> Iterator[str]:
    """A text, or the texts of a list; no empty ones."""
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, str) and each:
            yield as_stored(each)
