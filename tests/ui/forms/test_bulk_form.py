"""The form for one change of many orders."""

from decimal import Decimal
from functools import partial

import pytest

from pbtui.api.codes import ModifyAction
from pbtui.api.requests import OrderModify
from pbtui.ui.forms.bulk_form import BulkDraft, BulkForm
from pbtui.ui.forms.left_out import LeftOut
from tests.orders import an_order
from tests.ui.dialogs.prompt_under_test import PENDING, SIMULATION, press_rested, prompt_on
from tests.ui.tickets.cases import BERLIN, FIRST, SECOND

pytestmark = pytest.mark.usefixtures("still_clock")


def a_bulk_form(**texts: str) -> BulkForm:
    priceless = an_order("6100000003", price=None)
    return BulkForm(SIMULATION, BERLIN, [FIRST, SECOND, priceless], LeftOut(2), texts=texts)


async def test_one_change_is_shown_for_each_order_while_it_is_typed() -> None:
    async with prompt_on(a_bulk_form, size=(120, 40)) as pilot:
        await pilot.until_shown("Change 3 orders", "Not included: 2 marked orders hidden by the filter")
        await pilot.press(*"add", "space", "minus", *"10%")
        await pilot.until_shown(
            "-10 %, rounded to 0.01",
            "6100000001  price 5.00 → 4.50",
            "6100000002  price 81.07 → 72.96",
            "6100000003  ✗ left out: price is not known",
            "✗ Left out for the reasons above: 1",
            "2 of 3 orders will be changed",
        )
        assert pilot.text().index("6100000003") < pilot.text().index("6100000001")
        await press_rested(pilot, "ctrl+s")
        assert pilot.result == BulkDraft(
            (
                (FIRST, OrderModify(action=ModifyAction.MODI, price=Decimal("4.50"))),
                (SECOND, OrderModify(action=ModifyAction.MODI, price=Decimal("72.96"))),
            ),
            {"price": "add -10%", "quantity": "", "validity_date": "", "txt": ""},
        )


async def test_a_change_of_sign_is_pointed_out() -> None:
    async with prompt_on(lambda: a_bulk_form(price="add -6")) as pilot:
        await pilot.until_shown("price 5.00 → -1.00", "! the price changes its sign", "change sign: 1")


async def test_a_change_that_can_be_made_to_no_order_returns_nothing() -> None:
    async with prompt_on(a_bulk_form) as pilot:
        assert isinstance(pilot.prompt, BulkForm)
        for texts in ({"price": "5%"}, {"price": "set 45,10"}, {"quantity": "add -99"}, {}):
            pilot.prompt.fill(texts)
            await press_rested(pilot, "ctrl+s")
            assert pilot.result is PENDING


async def test_a_percentage_that_raises_some_prices_and_lowers_others_is_pointed_out() -> None:
    below = an_order("6100000004", price=Decimal("-6.00"))
    for orders, text, words in (
        ((FIRST, below), "+2%", "! +2 % raises 1 and lowers 1: it is of the price, also below 0"),
        ((FIRST, below), "-2%", "! -2 % raises 1 and lowers 1: it is of the price, also below 0"),
    ):
        form = partial(BulkForm, SIMULATION, BERLIN, orders, LeftOut(), texts={"price": text})
        async with prompt_on(form, size=(120, 40)) as pilot:
            await pilot.until_shown("2 of 2 orders will be changed", words)
    for alike, text in (([FIRST, SECOND], "+2%"), ([below], "+2%"), ([FIRST, below], "+1")):
        form = partial(BulkForm, SIMULATION, BERLIN, alike, LeftOut(), texts={"price": text})
        async with prompt_on(form, size=(120, 40)) as pilot:
            await pilot.until_shown("orders will be changed")
            assert "raises" not in pilot.text()
