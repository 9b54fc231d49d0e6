"""Drafts that are kept: what belongs to a draft goes with it, and nothing of it comes back with another order."""

from decimal import Decimal
from zoneinfo import ZoneInfo

from pbtui.api.codes import OrderSide
from pbtui.api.requests import OrderEntry
from pbtui.ui.forms.entry_drafts import KeptLine
from pbtui.ui.tickets.kept_drafts import FormPage, KeptDrafts, LinePage, Slot

BERLIN = ZoneInfo("Europe/Berlin")
ORDER = OrderEntry(side=OrderSide.BUY, quantity=Decimal(5), price=Decimal(3), portfolio_id="DE1")


def test_a_line_is_kept_with_the_ticket_that_it_is_sent_again_for_until_it_is_emptied() -> None:
    kept = KeptDrafts()
    kept.keep_line(LinePage(KeptLine("buy 5", unsaid={"account_id": "P"}), "T1"))
    kept.type_line(KeptLine("buy 50", unsaid={"account_id": "P"}))
    assert (kept.line.kept.line, kept.line.resends) == ("buy 50", "T1")
    kept.type_line(KeptLine(" "))
    kept.type_line(KeptLine("sell 1"))
    assert (kept.line.kept.line, kept.line.kept.unsaid, kept.line.resends) == ("sell 1", {}, None)


def test_a_line_that_says_nothing_is_kept_for_what_it_can_not_say() -> None:
    kept = KeptDrafts()
    kept.keep_line(LinePage(KeptLine("", unsaid={"account_id": "P"}), "T1"))
    assert kept.line.resends == "T1"
    kept.keep_line(LinePage(KeptLine(""), "T1"))
    assert kept.line.resends is None
    assert kept.line.kept.unsaid == {}


def test_a_line_that_became_a_basket_is_kept_once() -> None:
    kept = KeptDrafts()
    kept.keep_line(LinePage(KeptLine("buy 5"), "T1"))
    kept.keep_basket(FormPage({"price": "3"}, BERLIN, (ORDER,), "REJECTED", "T1", Slot.LINE, is_touched=True))
    assert kept.line.kept.line == ""
    assert kept.basket == FormPage({"price": "3"}, BERLIN, (ORDER,), "", "T1", Slot.BASKET)


def test_what_was_sent_is_forgotten_and_nothing_else() -> None:
    kept = KeptDrafts()
    kept.keep_basket(FormPage({}, BERLIN, (ORDER,)))
    kept.keep_line(LinePage(KeptLine("sell 1")))
    kept.forget(None)
    assert kept.basket is not None
    kept.forget(Slot.LINE)
    assert kept.line.kept.line == ""
    assert kept.basket.basket == (ORDER,)


def test_a_basket_that_was_sent_leaves_the_line() -> None:
    kept = KeptDrafts()
    kept.keep_basket(FormPage({}, BERLIN, (ORDER,)))
    kept.keep_line(LinePage(KeptLine("sell 1")))
    kept.forget(Slot.BASKET)
    assert kept.basket is None
    assert kept.line.kept.line == "sell 1"
