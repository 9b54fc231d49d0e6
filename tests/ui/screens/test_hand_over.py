"""The hand-over on the screen: the report with what was not read, a note, and taking over by name."""

import pytest

from pbtui.desk.journal.chain import read_journal
from pbtui.desk.journal.writer import Kind, journal_files
from pbtui.ui.forms.short_form import ShortForm
from tests.canned import a_wire_order, canned_exchange
from tests.ui.desk_under_test import OWNER, DeskPilot, a_desk_app, desk_on

pytestmark = pytest.mark.real_time


async def submit(desk: DeskPilot) -> None:
    """Submit the form on the screen, after its pause."""
    form = desk.app.screen
    assert isinstance(form, ShortForm)
    await desk.until(lambda: form.has_rested)
    await desk.press("ctrl+s")


async def test_a_trader_reads_the_shift_leaves_a_note_and_another_one_takes_over() -> None:
    with canned_exchange(a_wire_order("7", price=61.5)) as exchange:
        async with desk_on(a_desk_app(exchange.base_url), (80, 48)) as desk:
            await desk.until_shown("LIVE", "61.50")
            await desk.press("H")
            await desk.until_shown("no take-over is recorded", "Open orders: 1 active", "at 61.50")
            assert "NOT READ: gate closures: " in desk.text()
            await desk.press("n", *"look", "space", *"here")
            await desk.until_shown("A note for whoever takes over", "look here")
            await submit(desk)
            await desk.until_shown("Notes (1)", ": look here")
            await desk.press("t")
            await desk.until_shown("Take over from ")
            await submit(desk)
            await desk.until_shown("the name is empty")
            await desk.press(*"Ann")
            await submit(desk)
            await desk.until_shown("Ann took over", "no order was changed")
            await desk.press("H")
            await desk.until_shown("since Ann took over", ": look here")
            await desk.press("H")
            await desk.until(lambda: "since Ann" not in desk.text())
    [path] = journal_files(OWNER)
    taken = [entry for entry in read_journal(path).entries if entry.kind == Kind.TAKE_OVER]
    assert [(entry.facts["name"], len(entry.facts["report_sha256"])) for entry in taken] == [("Ann", 64)]
