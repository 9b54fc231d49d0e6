"""How the prompts look. `pytest --snapshot-update` draws them again; look at the result."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pbtui.api.codes import ModifyAction
from pbtui.api.requests import OrderModify
from pbtui.desk.blotter.history import history_of
from pbtui.desk.limits import LimitCheck
from pbtui.desk.tickets.conflict import Conflict
from pbtui.desk.tickets.ticket import Action, Ticket, WriteOptions, change_line
from pbtui.ui.forms.left_out import LeftOut
from pbtui.ui.tickets.conflict_prompt import ConflictPrompt
from pbtui.ui.tickets.preview import TicketPreview
from tests.orders import an_order
from tests.ui.dialogs.prompt_under_test import PRODUCTION, SIMULATION, PromptApp

SnapCompare = Callable[..., bool]

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 12, 5, tzinfo=UTC)
SEEN = an_order("6100000001", revision_no=3, txt="hedge", api_timestamp=NOW)


SINCE: list[dict[str, Any]] = [
    {"action": "PEXE", "quantity": Decimal(3), "api_timestamp": NOW + timedelta(seconds=5)},
    {
        "action": "UMOD",
        "price": Decimal("46.00"),
        "user_code": "TRD002",
        "api_timestamp": NOW + timedelta(seconds=7.25),
    },
    {"action": "FEXE", "state": "IACT", "quantity": Decimal(0), "api_timestamp": NOW + timedelta(seconds=9)},
]


def a_conflict(revisions: int) -> Conflict:
    """The trader's price and text met so many revisions of others: a partial fill, a new price, the rest filled."""
    orders = [SEEN]
    for fields in SINCE[:revisions]:
        orders.append(replace(orders[-1], revision_no=3 + len(orders), **fields))
    mine = OrderModify(action=ModifyAction.MODI, price=Decimal("47.00"), txt="hedge of the wind park")
    return Conflict(SEEN.key, SEEN, mine, orders[-1], history_of("6100000001", orders).revisions[1:])


def test_conflict(snap_compare: SnapCompare) -> None:
    prompt = ConflictPrompt(SIMULATION, a_conflict(2), BERLIN, position=(2, 3))
    assert snap_compare(PromptApp(lambda: prompt), terminal_size=(160, 48))


def test_conflict_with_an_order_that_ended_80x24(snap_compare: SnapCompare) -> None:
    prompt = ConflictPrompt(PRODUCTION, a_conflict(3), BERLIN)
    assert snap_compare(PromptApp(lambda: prompt), terminal_size=(80, 24))


def test_preview_with_warnings_80x24(snap_compare: SnapCompare) -> None:
    sell = an_order("6100000002", side="SELL", price=Decimal("81.07"), quantity=Decimal("12.5"), txt="wind")
    changes = (
        change_line(SEEN, OrderModify(action=ModifyAction.MODI, price=Decimal("-45.10"))),
        change_line(sell, OrderModify(action=ModifyAction.MODI, quantity=Decimal(95), txt="wind and sun")),
    )
    check = LimitCheck(
        warnings=(
            "order 6100000001: price 45.10 -> -45.10: the sign differs from the order's present value",
            "order 6100000002: 95.0 MW is close to this profile's limit of 100.0 MW (max_quantity_mw)",
        )
    )
    ticket = Ticket("7K3QX2", Action.MODIFY, changes, NOW, WriteOptions(internal_trading=False))
    prompt = TicketPreview(SIMULATION, ticket, check, BERLIN, left_out=LeftOut(3))
    assert snap_compare(PromptApp(lambda: prompt), terminal_size=(80, 24))
