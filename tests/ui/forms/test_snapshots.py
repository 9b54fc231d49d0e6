"""How the forms look. `pytest --snapshot-update` draws them anew: look at the result."""

from collections.abc import Callable
from typing import Any

from textual.pilot import Pilot

from pbtui.desk.drafts.draft import read_entry
from tests.orders import DELIVERY_START
from tests.ui.forms.form_under_test import PRODUCTION, FormApp, FormPilot
from tests.ui.forms.test_order_form import AN_ENTRY, BERLIN, ORDER, a_change_form, an_entry_form

SnapCompare = Callable[..., bool]


def test_entry_form_with_problems_80x24(snap_compare: SnapCompare) -> None:
    in_basket = read_entry(AN_ENTRY, BERLIN, DELIVERY_START).entry
    texts = {**AN_ENTRY, "portfolio_id": "", "price": "45,10"}

    async def steps(pilot: Pilot[Any]) -> None:
        form = FormPilot(pilot)
        await form.until(lambda: form.form.has_rested)
        await form.submit()
        await form.press("shift+tab")

    app = FormApp(an_entry_form(venue=PRODUCTION, texts=texts, basket=[in_basket]))
    assert snap_compare(app, terminal_size=(80, 24), run_before=steps)


def test_change_form(snap_compare: SnapCompare) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        form = FormPilot(pilot)
        await form.type_into(price="4.51", type="iceberg", display_qty="7")
        form.form.follow(ORDER.key, "order 6100003841 is at revision 4: partly filled")
        await form.press("shift+tab")

    assert snap_compare(FormApp(a_change_form()), terminal_size=(160, 48), run_before=steps)
