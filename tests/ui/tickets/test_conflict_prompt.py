"""The prompt after a conflict: the three versions, and what each key returns."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from pbtui.api.codes import ExecutionRestriction, ModifyAction
from pbtui.api.models import Order
from pbtui.api.requests import OrderModify
from pbtui.desk.blotter.history import history_of
from pbtui.desk.market.reading import Reading
from pbtui.desk.position_guard import PositionChange
from pbtui.desk.tickets.conflict import Conflict
from pbtui.ui.tickets.conflict_prompt import ConflictChoice, ConflictPrompt
from tests.orders import an_order
from tests.ui.dialogs.prompt_under_test import (
    PENDING,
    PRODUCTION,
    press_rested,
    prompt_on,
)
from tests.ui.tickets.cases import (
    BERLIN,
    NOW,
)

pytestmark = pytest.mark.usefixtures("still_clock")

SEEN = an_order("6100000001", revision_no=3, txt="hedge", api_timestamp=NOW)
FILLED = replace(SEEN, action="PEXE", revision_no=4, quantity=Decimal(3), api_timestamp=NOW + timedelta(seconds=5))
MODIFIED = replace(
    FILLED,
    action="UMOD",
    revision_no=5,
    price=Decimal("46.00"),
    user_code="TRD002",
    api_timestamp=NOW + timedelta(seconds=7),
)
GONE = replace(
    MODIFIED, action="FEXE", state="IACT", revision_no=6, quantity=Decimal(0), api_timestamp=NOW + timedelta(seconds=9)
)
MINE = OrderModify(action=ModifyAction.MODI, price=Decimal("47.00"), ordr_exe_restriction=ExecutionRestriction.AON)


def a_conflict(
    *since: Order, mine: OrderModify = MINE, in_a_row: int = 1, position: PositionChange | None = None
) -> Conflict:
    revisions = history_of("6100000001", [SEEN, *since]).revisions[1:]
    return Conflict(SEEN.key, SEEN, mine, since[-1] if since else None, revisions, in_a_row, position)


def a_conflict_prompt(conflict: Conflict, position: tuple[int, int] = (1, 1)) -> ConflictPrompt:
    return ConflictPrompt(PRODUCTION, conflict, BERLIN, position=position)


@pytest.mark.parametrize(
    ("key", "choice"),
    [("m", ConflictChoice.REAPPLY), ("e", ConflictChoice.EDIT), ("escape", ConflictChoice.LEAVE)],
)
async def test_a_conflict_shows_the_three_versions_and_who_changed_what_when(key: str, choice: object) -> None:
    conflict = a_conflict(FILLED, MODIFIED)
    async with prompt_on(lambda: a_conflict_prompt(conflict, (2, 3))) as pilot:
        await pilot.until_shown(
            "PRODUCTION  house",
            "Conflict 2 of 3: order 6100000001",
            "Executed since you saw it: 2.0 MW",
            "Both changed to different values: price",
            "Re-applying would change: price 46.00 → 47.00",
            "price              45.10 per MWh    ≠ 46.00 per MWh    ≠ 47.00 per MWh",
            "quantity           5.0 MW           ≠ 3.0 MW             –",
            "restriction        not shown          not shown        ≠ AON",
            "22 Nov 13:05:07.000  modified by user (UMOD) · TRD002",
            "22 Nov 13:05:05.000  partly filled by the market (PEXE) · TRD001",
            "m Re-apply mine",
        )
        assert "text  " not in pilot.text()
        await press_rested(pilot, "enter", "y")
        assert pilot.result is PENDING
        await press_rested(pilot, key)
        assert pilot.result is choice


@pytest.mark.parametrize(
    ("since", "message"),
    [
        ((FILLED, MODIFIED, GONE), "The order ended: filled by the market (FEXE)"),
        ((), "The order was not found"),
    ],
)
async def test_a_change_is_not_re_applied_to_an_order_in_a_final_state(since: Sequence[Order], message: str) -> None:
    async with prompt_on(lambda: a_conflict_prompt(a_conflict(*since))) as pilot:
        await pilot.until_shown(message, "esc Leave it")
        assert not any(hint in pilot.text() for hint in ("m Re-apply", "e Edit", "Re-applying would"))
        await press_rested(pilot, "m", "e")
        assert pilot.result is PENDING


async def test_long_revision_numbers_are_shown_in_full() -> None:
    seen, now = replace(SEEN, revision_no=123456), replace(MODIFIED, revision_no=123467)
    conflict = Conflict(seen.key, seen, MINE, now, (), 1, None)
    async with prompt_on(lambda: a_conflict_prompt(conflict), size=(80, 24)) as pilot:
        await pilot.until_shown("you saw at rev", "now at rev", "123456", "123467", "you wanted")


async def test_an_order_with_repeated_conflicts_can_be_edited_or_left() -> None:
    async with prompt_on(lambda: a_conflict_prompt(a_conflict(FILLED, in_a_row=3))) as pilot:
        await pilot.until_shown("3 conflicts in a row", "e Edit")
        assert "m Re-apply" not in pilot.text()
        await press_rested(pilot, "m")
        assert pilot.result is PENDING
        await press_rested(pilot, "e")
        assert pilot.result is ConflictChoice.EDIT


async def test_a_quantity_that_ignores_what_was_executed_is_pointed_out() -> None:
    mine = OrderModify(action=ModifyAction.MODI, quantity=Decimal(6))
    async with prompt_on(lambda: a_conflict_prompt(a_conflict(FILLED, mine=mine))) as pilot:
        await pilot.until_shown("Re-applying opens your full 6.0 MW again")


async def test_a_change_that_the_order_already_has_is_not_re_applied() -> None:
    mine = OrderModify(action=ModifyAction.MODI, price=Decimal("46.00"))
    async with prompt_on(lambda: a_conflict_prompt(a_conflict(FILLED, MODIFIED, mine=mine))) as pilot:
        await pilot.until_shown("The order already is as you wanted it")
        await press_rested(pilot, "m")
        assert pilot.result is PENDING


ACTIVATION = OrderModify(action=ModifyAction.ACTI)
DEACTIVATED = replace(MODIFIED, action="UHIB", state="HIBE")


@pytest.mark.parametrize(
    ("mine", "shown"),
    [
        (ACTIVATION, "Re-applying would activate the order as it is now. To change it too, leave"),
        (OrderModify(action=ModifyAction.DELE), "Re-applying would delete the order as it is now"),
    ],
    ids=["activation", "deletion"],
)
@pytest.mark.parametrize("in_a_row", [1, 3])
async def test_another_state_is_re_applied_or_left_as_the_form_can_not_hold_it(
    mine: OrderModify, shown: str, in_a_row: int
) -> None:
    conflict = a_conflict(FILLED, DEACTIVATED, mine=mine, in_a_row=in_a_row)
    async with prompt_on(lambda: a_conflict_prompt(conflict)) as pilot:
        await pilot.until_shown(shown, "m Re-apply mine", "esc Leave it")
        counted = "3 conflicts in a row: the order changes faster than you can send. Re-apply"
        assert (counted in pilot.text()) == (in_a_row == 3)
        assert "Edit" not in pilot.text()
        await press_rested(pilot, "e")
        assert pilot.result is PENDING
        await press_rested(pilot, "m")
        assert pilot.result is ConflictChoice.REAPPLY


@pytest.mark.parametrize(
    ("mine", "now"),
    [(ACTIVATION, MODIFIED), (OrderModify(action=ModifyAction.DEAC), DEACTIVATED)],
    ids=["active", "deactivated"],
)
async def test_a_state_that_the_order_already_has_is_not_re_applied(mine: OrderModify, now: Order) -> None:
    async with prompt_on(lambda: a_conflict_prompt(a_conflict(FILLED, now, mine=mine))) as pilot:
        await pilot.until_shown("The order already is as you wanted it. There is nothing to re-apply", "esc Leave it")
        assert not any(hint in pilot.text() for hint in ("m Re-apply", "e Edit", "Re-applying would"))
        await press_rested(pilot, "m", "e")
        assert pilot.result is PENDING


GUARDED = OrderModify(action=ModifyAction.MODI, price=Decimal("47.00"), expected_net_pos=Decimal(3))


async def test_a_position_that_changed_is_shown_then_and_now() -> None:
    conflict = replace(a_conflict(mine=GUARDED, position=PositionChange(Decimal(3), Reading(Decimal(5)))), theirs=SEEN)
    async with prompt_on(lambda: a_conflict_prompt(conflict)) as pilot:
        await pilot.until_shown(
            "Conflict: your position has changed. The change of order 6100000001 was not",
            "Net position 3.0 MW expected, 5.0 MW now (+2.0 MW)",
            "Re-applying would change: price 45.10 → 47.00, only if net position is 5",
            "net position       3.0              ≠ 5.0                –",
        )
        await press_rested(pilot, "m")
        assert pilot.result is ConflictChoice.REAPPLY
    assert conflict.reapplied().request.wire()["changes"] == {"action": "MODI", "price": 47, "expectedNetPos": 5}


async def test_a_change_is_not_re_applied_without_a_known_position() -> None:
    unknown = PositionChange(Decimal(3), Reading(problem="no answer"))
    async with prompt_on(lambda: a_conflict_prompt(a_conflict(FILLED, mine=GUARDED, position=unknown))) as pilot:
        await pilot.until_shown(
            "Conflict: order 6100000001 has changed",
            "The net position now is not known: no answer. Re-applying is not possible",
            "e Edit",
        )
        assert "m Re-apply" not in pilot.text()
        await press_rested(pilot, "m")
        assert pilot.result is PENDING


@pytest.mark.parametrize(
    "position", [None, PositionChange(Decimal(3), Reading(Decimal(3)))], ids=["other guard", "back"]
)
async def test_an_order_that_has_not_changed_is_not_said_to_have_changed(position: PositionChange | None) -> None:
    conflict = replace(a_conflict(mine=GUARDED, position=position, in_a_row=3), theirs=SEEN)
    async with prompt_on(lambda: a_conflict_prompt(conflict)) as pilot:
        await pilot.until_shown(
            "Conflict: your change of order 6100000001 was refused. The order is",
            "3 conflicts in a row: your position changes faster than you can",
        )
        assert "has changed" not in pilot.text()
