"""Exit codes of the commands that write: one table, in docs/commands.md too.

| code | when |
|---|---|
| 0 | every order is as wanted: CONFIRMED, PART FILLED, FILLED |
| 2 | nothing was sent: wrong usage, refused by pbtui, not confirmed, interrupted, or the server could not be reached |
| 3 | some orders are as wanted; what became of the others is known |
| 4 | the server refused: REJECTED |
| 5 | the result of an order is not known: UNKNOWN, SENT, REFUSED, NOT FOUND. Look before sending it again |
| 6 | somebody else changed the order before, or the position is not as expected: CONFLICT |
| 7 | an order is in the market, but not as wanted: DIFFERENT, TWICE |
| 8 | FILLED before it could be changed or taken out, or filled and not as wanted |
| 9 | NOT FILLED: a FOK or IOC order that traded nothing |

Of several orders, 5 and then 7 win over all others: they say that somebody has to look.
"""

from collections.abc import Iterable

from pbtui.desk.tickets.state import State
from pbtui.desk.tickets.ticket import TicketLine

DONE, NOT_SENT, PARTLY, REJECTED, UNKNOWN, CONFLICT = 0, 2, 3, 4, 5, 6
DIFFERENT, FILLED_INSTEAD, NOT_FILLED = 7, 8, 9

_CODES = {
    State.CONFIRMED: DONE,
    State.NOT_FOUND: UNKNOWN,
    State.DIFFERENT: DIFFERENT,
    State.TWICE: DIFFERENT,
    State.FILLED: FILLED_INSTEAD,
    State.PART_FILLED: FILLED_INSTEAD,
    State.NOT_FILLED: NOT_FILLED,
    State.CONFLICT: CONFLICT,
    State.REJECTED: REJECTED,
    State.NOT_SENT: NOT_SENT,
}
_FIRST = (UNKNOWN, DIFFERENT)
_THEN = (FILLED_INSTEAD, NOT_FILLED, CONFLICT, REJECTED, NOT_SENT)


def exit_code(lines: Iterable[TicketLine], *, has_conflicts: bool = False) -> int:
    """Return the exit code for these lines. `has_conflicts`: others were not sent because of what stands."""
    codes = {_code(line) for line in lines} | ({CONFLICT} if has_conflicts else set())
    for code in _FIRST:
        if code in codes:
            return code
    if DONE in codes:
        return DONE if codes == {DONE} else PARTLY
    return next((code for code in _THEN if code in codes), NOT_SENT)


def _code(line: TicketLine) -> int:
    if line.is_done:
        return DONE
    return UNKNOWN if line.is_open else _CODES[line.state]
