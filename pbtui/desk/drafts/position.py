"""The word `unchanged` in place of an expected net position: the order is sent with the position that is read."""

from collections.abc import Mapping
from decimal import Decimal

from pbtui.desk.market.reading import Reading
from pbtui.desk.position_guard import PositionRef

GUARD = "expected_net_pos"
UNCHANGED = "unchanged"


def asks_position(texts: Mapping[str, str]) -> bool:
    """Return whether the net position is to be read for this draft."""
    return texts.get(GUARD, "").strip(" \t").casefold() == UNCHANGED


def with_any_position(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the texts with 0 in place of `unchanged`, to check the other fields before the position is read."""
    return {**texts, GUARD: "0"} if asks_position(texts) else dict(texts)


def why_not_known(ref: PositionRef | None, position: Reading[Decimal]) -> str:
    """Return why a draft has no position to expect; empty if it has one. `ref` is the position that it names."""
    if ref is None:
        return "needs the portfolio and the contract"
    if position.value is not None:
        return ""
    return f"is not known: {position.problem}" if position.problem else "is being read"
