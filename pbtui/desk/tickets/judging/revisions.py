"""A change, and what the revisions of its order show: whether it was made, and what has traded since."""

from dataclasses import dataclass
from decimal import Decimal

from pbtui.api.models import Order
from pbtui.api.requests import OrderModifyItem
from pbtui.desk.blotter.traded_quantity import is_quantity_changed
from pbtui.desk.tickets.evidence import Refusal
from pbtui.desk.tickets.judging.candidates import is_cut_of
from pbtui.desk.tickets.judging.case import Case, executed_mw, is_filled, version_of
from pbtui.desk.tickets.judging.wanted import TRADED_ACTIONS, Wanted

NOTHING_MW = Decimal(0)
_FIRST_REVISION = 1


@dataclass(frozen=True, slots=True)
class Change:
    """A change and its case. `base` is the order as the trader saw it."""

    case: Case
    item: OrderModifyItem
    base: Order | None
    wanted: Wanted

    @property
    def shows_in_terms(self) -> bool:
        """Return whether the change shows in a field besides the quantity. True if the earlier order is not known."""
        return (
            self.base is None or self.base.state != self.wanted.state or bool(self.wanted.term_differences(self.base))
        )

    @property
    def shows_in_quantity(self) -> bool:
        """Return whether the change shows in the open quantity. True if the earlier order is not known."""
        return self.base is None or self.wanted.quantity_mw != self.base.open_quantity_mw

    @property
    def is_answered_as_wanted(self) -> bool:
        """Return whether the answer shows the change made."""
        answered = (order for order in self.case.answered if isinstance(order, Order))
        return self.case.is_accepted and any(not self.wanted.differences(order, NOTHING_MW) for order in answered)

    def may_be_ours(self, order: Order) -> bool:
        """Return whether a revision that is as wanted may be this change: not if the server refused this very change.

        Somebody else's can look the same. A new text of its own shows that it was made all the same. One error for a
        list may be about another order of it.
        """
        if isinstance(self.case.end, Refusal) and self.case.end.is_of_list:
            return True
        return self.case.failure is None or self.is_marked(order)

    def is_marked(self, order: Order) -> bool:
        """Return whether a revision has the text of this change, which the order did not have before."""
        text = self.item.changes.txt
        return _has_text(order, text) and not (self.base is not None and _has_text(self.base, text))

    @property
    def seen(self) -> tuple[str | None, int | None]:
        """The id and the revision that the trader saw: of the request, where it names one."""
        order_id, revision_no = version_of(self.base)
        return order_id, revision_no if self.item.revision_no is None else self.item.revision_no

    @property
    def later(self) -> list[Order] | None:
        """The revisions after the one the trader saw; None without a history that has that one.

        The history of an earlier id ends with that id, so the longest one counts.
        """
        longest: list[Order] | None = None
        for read in self.case.histories:
            after = read.history.after(*self.seen)
            if after is not None:
                shown = [revision.order for revision in after if revision.replaced_by is None]
                longest = shown if longest is None or len(shown) >= len(longest) else longest
        return longest

    def up_to(self, order: Order) -> list[Order] | None:
        """The revisions after the one the trader saw, up to this one; None without a history that has both."""
        versions = [version_of(later) for later in self.later or ()]
        return (self.later or [])[: versions.index(version_of(order)) + 1] if version_of(order) in versions else None

    @property
    def is_made_in_part(self) -> bool:
        """Return whether a later revision has every changed term, though not the quantity that was wanted."""
        has_terms = any(not self.wanted.term_differences(order) for order in self.later or ())
        return self.shows_in_terms and self.shows_in_quantity and self.base is not None and has_terms

    def traded_since_seen(self, order: Order) -> Decimal | None:
        """Return the MW traded from the order that the trader saw up to this one, by a history that has both."""
        base, later = self.base, self.up_to(order)
        return None if base is None or later is None else executed_mw(later, base.open_quantity_mw, base)


def _has_text(order: Order, text: str | None) -> bool:
    shown = order.txt or ""
    return bool(text and shown.strip()) and is_cut_of(shown, text or "")


# ---------------------------------------------------------------- what traded since the change


def traded_mw_since(change: Change, order: Order) -> Decimal | None:
    """Return the MW traded since the change; None if they may have traded before it, or not at all.

    After a fill the open quantity alone does not show whether the quantity was changed: by this change, or after it by
    somebody else. The history shows it, else the answer.
    """
    wanted_mw, open_mw = change.wanted.quantity_mw, order.open_quantity_mw
    if order.action not in TRADED_ACTIONS or wanted_mw is None:
        return NOTHING_MW
    revisions = change.up_to(order)
    if revisions is not None:
        return _traded_in(change, revisions)
    left_mw = NOTHING_MW if is_filled(order) else open_mw
    if left_mw is None or _is_of_other_quantity(change, order) or _may_be_cut(change, order):
        return None
    is_known = change.is_answered_as_wanted or _is_entered_as_wanted(change, order)
    if is_known or (change.shows_in_terms and not change.shows_in_quantity):
        return max(wanted_mw - left_mw, NOTHING_MW)
    return None


def _traded_in(change: Change, revisions: list[Order]) -> Decimal | None:
    """Return the MW traded since the revision that shows the change, or the one that was entered by it and traded.

    A change of the price alone counts from what the trader saw.
    """
    for index, order in enumerate(revisions):
        if not change.wanted.differences(order, NOTHING_MW):
            return executed_mw(revisions[index + 1 :], order.open_quantity_mw, order)
        if order.action in TRADED_ACTIONS and _is_entered_as_wanted(change, order):
            return executed_mw(revisions[index:], change.wanted.quantity_mw)
    base = change.base
    if base is None or change.shows_in_quantity:
        return None
    return executed_mw(revisions, base.open_quantity_mw, base)


def _is_entered_as_wanted(change: Change, order: Order) -> bool:
    """Return whether the entered quantity shows that the change was made: of another id, or another one than before.

    A change gives most orders another id, which counts as entered with the quantity of that moment.
    """
    before_mw = None if change.base is None else change.base.initial_quantity
    is_new = order.order_id != change.seen[0] or before_mw not in (None, order.initial_quantity)
    return is_new and order.initial_quantity == change.wanted.quantity_mw


def _is_of_other_quantity(change: Change, order: Order) -> bool:
    """Return whether somebody changed the quantity after this change, or it was not the one to change it."""
    if order.order_id != change.seen[0]:
        return order.initial_quantity not in (None, change.wanted.quantity_mw)
    return change.base is not None and not change.shows_in_quantity and is_quantity_changed(change.base, order)


def _may_be_cut(change: Change, order: Order) -> bool:
    """Return whether somebody may have cut the quantity after this change, which makes one revision or another id."""
    order_id, seen_no = change.seen
    made_no = _FIRST_REVISION if order.order_id != order_id else None if seen_no is None else seen_no + 1
    return change.case.may_be_cut(order, entered_no=made_no)


def has_more_than_wanted(change: Change, order: Order) -> bool:
    """Return whether more is open than was wanted, so that the quantity is surely another one."""
    wanted_mw, open_mw = change.wanted.quantity_mw, order.open_quantity_mw
    return None not in (wanted_mw, open_mw) and (open_mw or 0) > (wanted_mw or 0)
