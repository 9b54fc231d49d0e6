"""Conflict prompt: the order as the trader saw it, as it is now, and as he wanted it, side by side."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import zip_longest
from typing import ClassVar
from zoneinfo import ZoneInfo

from rich.cells import cell_len
from textual.binding import Binding, BindingType

from pbtui.api.codes import ModifyAction, OrderState
from pbtui.desk.drafts.field_text import text_of
from pbtui.desk.formats.number_format import quantity_text
from pbtui.desk.formats.order_fields import FIELDS, GUARDS
from pbtui.desk.tickets.conflict import Conflict, Difference
from pbtui.ui.dialogs.prompt import Venue, deliberate
from pbtui.ui.dialogs.reading_prompt import ReadingPrompt
from pbtui.ui.order.field_values import field_text
from pbtui.ui.order.history_pane import revision_lines
from pbtui.ui.order.ticket_lines import change_words
from pbtui.ui.widgets.folded_lines import folded
from pbtui.ui.widgets.lines import Line, Piece

CHANGED = "≠ "
"""Mark in front of a value that differs from what the trader saw."""

_LABEL_WIDTH = 18
_WIDEST_VALUE = 32
_NONE: Piece = ("  –", "dim")
_VersionsRow = tuple[Piece, Piece, Piece, Piece]
"""A label, and what the three versions have there."""
_STATE_WANTED = {
    ModifyAction.ACTI: OrderState.ACTI,
    ModifyAction.DEAC: OrderState.HIBE,
    ModifyAction.DELE: OrderState.IACT,
}


class ConflictChoice(StrEnum):
    """The trader's decision."""

    REAPPLY = "re-apply"
    """Apply his own changes to the order as it is now."""
    EDIT = "edit"
    """Open a form with the order as it is now and his changes."""
    LEAVE = "leave"
    """Do nothing."""


class ConflictPrompt(ReadingPrompt[ConflictChoice]):
    """Returns the choice. `position` is the number of this conflict and how many conflicts the list has."""

    zone: ZoneInfo

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave it", id="prompt.back"),
        Binding("m", "reapply", "Re-apply mine", id="conflict.reapply"),
        Binding("e", "edit", "Edit", id="conflict.edit"),
    ]

    def __init__(self, venue: Venue, conflict: Conflict, zone: ZoneInfo, *, position: tuple[int, int] = (1, 1)) -> None:
        super().__init__(venue)
        self._conflict = conflict
        self.zone = zone
        self._position = position

    # ------------------------------------------------------------ its keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether re-applying and editing are possible."""
        if action == "reapply":
            return self._conflict.why_not_reapplied is None and not self._must_be_edited and not self._is_as_wanted
        if action == "edit":
            return self._conflict.ended is None and self._can_be_edited
        return super().check_action(action, parameters)

    def action_leave(self) -> None:
        """Leave the order as it is now."""
        self.dismiss(ConflictChoice.LEAVE)

    @deliberate
    def action_reapply(self) -> None:
        """Return the choice to re-apply the trader's changes."""
        self.dismiss(ConflictChoice.REAPPLY)

    @deliberate
    def action_edit(self) -> None:
        """Return the choice to open the form."""
        self.dismiss(ConflictChoice.EDIT)

    # ------------------------------------------------------------ texts

    def head(self) -> Sequence[Piece]:
        """Return which order it is, what happened to it, and what re-applying would change."""
        number, count = self._position
        counted = f" {number} of {count}" if count > 1 else ""
        order, conflict = f"order {self._conflict.base.order_id}", self._conflict
        if conflict.has_changed:
            what = f"{order} has changed. Your change was not made"
        elif conflict.position is not None and conflict.position.has_changed:
            what = f"your position has changed. The change of {order} was not made"
        else:
            what = f"your change of {order} was refused. The order is as you saw it"
        return [(f"Conflict{counted}: {what}", "title"), *self._summary()]

    def _summary(self) -> Iterator[Piece]:
        conflict, executed_mw = self._conflict, self._conflict.executed_mw
        if executed_mw is None:
            yield "How much was executed since you saw it can't be read", "warning"
        elif executed_mw:
            yield f"Executed since you saw it: {quantity_text(executed_mw)} MW", "warning"
        if conflict.position is not None:
            words = str(conflict.position)
            yield f"{words[:1].upper()}{words[1:]}", "warning" if conflict.position.has_changed else "text"
        if why_not := conflict.why_not_reapplied:
            yield f"{why_not[:1].upper()}{why_not[1:]}. Re-applying is not possible", "alarm"
            return
        if self._is_as_wanted:
            yield "The order already is as you wanted it. There is nothing to re-apply", "good"
            return
        both = [FIELDS[difference.name].label for difference in conflict.differences if difference.overlaps]
        if both:
            yield f"Both changed to different values: {', '.join(both)}", "warning"
        if conflict.mine.quantity is not None and executed_mw:
            quantity = quantity_text(conflict.mine.quantity)
            yield f"Re-applying opens your full {quantity} MW again; executed MW are not subtracted", "warning"
        if conflict.is_hot:
            what = "the order" if conflict.has_changed else "your position"
            counted = f"{conflict.in_a_row} conflicts in a row: {what} changes faster than you can send"
            way = "Edit" if self._must_be_edited else "Re-apply"
            yield f"{counted}. {way} your change, or leave the order", "alarm"
        if not self._must_be_edited:
            yield self._effect(), "text"

    def _effect(self) -> str:
        """Return what re-applying would do. The form of a change has no activation, so that is not edited."""
        change = change_words(self._conflict.reapplied(), self.zone)
        if self._can_be_edited:
            return f"Re-applying would change: {change}"
        also = ". To change it too, leave it, and edit it in the table"
        is_activation = self._conflict.mine.action is ModifyAction.ACTI
        return f"Re-applying would {change} the order as it is now{also if is_activation else ''}"

    @property
    def _can_be_edited(self) -> bool:
        """Return whether the form of a change can hold what the trader wanted: values, and no other state."""
        return self._conflict.mine.action is ModifyAction.MODI

    @property
    def _must_be_edited(self) -> bool:
        return self._conflict.is_hot and self._can_be_edited

    @property
    def _is_as_wanted(self) -> bool:
        """Return whether the order already has the state and all values that the trader wanted."""
        theirs, wanted = self._conflict.theirs, _STATE_WANTED.get(self._conflict.mine.action)
        if wanted is not None and (theirs is None or theirs.state != wanted):
            return False
        return all(
            difference.mine == difference.theirs
            for difference in self._conflict.differences
            if difference.is_mine and difference.name not in GUARDS
        )

    def body(self, width: int) -> Sequence[Line]:
        """Return the three versions, and the revisions the trader had not seen, newest first."""
        value_width = min((width - _LABEL_WIDTH) // 3, _WIDEST_VALUE)
        lines: list[Line] = []
        for row in (self._heading(), *self._rows()):
            lines += _folded_row(row, value_width)
        lines += [[], [(" Changes since you saw it, newest first", "label")]]
        for revision in reversed(self._conflict.since):
            lines += revision_lines(revision, self.zone, width)
        if not self._conflict.since:
            lines.append([("      the history shows no changes", "dim")])
        return lines

    def _heading(self) -> _VersionsRow:
        seen, now = (
            f" at rev {order.revision_no}" if order is not None and order.revision_no is not None else ""
            for order in (self._conflict.base, self._conflict.theirs)
        )
        return ("", "label"), (f"  you saw{seen}", "label"), (f"  now{now}", "label"), ("  you wanted", "label")

    def _rows(self) -> Iterator[_VersionsRow]:
        conflict = self._conflict
        wanted = _STATE_WANTED.get(conflict.mine.action)
        if wanted is not None:
            now = conflict.theirs.state if conflict.theirs is not None else None
            yield self._row(Difference("state", conflict.base.state, now, wanted))
        for difference in conflict.differences:
            if difference.name != "state" or wanted is None:
                yield self._row(difference)

    def _row(self, difference: Difference) -> _VersionsRow:
        name, position = difference.name, self._conflict.position
        field = FIELDS[name]
        if name == "expected_net_pos" and position is not None:
            now, mark = position.now.value, CHANGED if position.has_changed else "  "
            shown = "  not known" if now is None else f"{mark}{quantity_text(now)}"
            role = "changed" if position.has_changed else "text"
            return (field.label, "label"), (f"  {quantity_text(position.expected_mw)}", "text"), (shown, role), _NONE
        if field.attribute is None:
            not_shown: Piece = ("  not shown", "dim")
            mine = (f"{CHANGED}{text_of(name, difference.mine, self.zone)}", "staged")
            return (field.label, "label"), not_shown, not_shown, mine
        label = (field.label, "title" if difference.overlaps else "label")
        base = self._value(name, difference.base)
        theirs, mine = ("  not found", "dim"), _NONE
        if self._conflict.theirs is not None:
            theirs = self._value(name, difference.theirs, "changed" if difference.is_theirs else "")
        if difference.is_mine:
            mine = self._value(name, difference.mine, "staged" if difference.mine != difference.base else "")
        return label, base, theirs, mine

    def _value(self, name: str, value: object, role_of_change: str = "") -> Piece:
        mark = CHANGED if role_of_change else "  "
        return f"{mark}{field_text(FIELDS[name], value, self.zone)}", role_of_change or "text"


def _folded_row(row: _VersionsRow, value_width: int) -> Iterator[Line]:
    """Return a label and three values, as high as the highest of them."""
    widths = (_LABEL_WIDTH, value_width, value_width, value_width)
    label, *values = row
    cells = [[f" {part}" for part in folded(label[0], _LABEL_WIDTH - 2)]]
    cells += [_folded_value(text, value_width - 1) for text, _ in values]
    for parts in zip_longest(*cells, fillvalue=""):
        line: list[Piece] = []
        for part, width, (_, role) in zip(parts, widths, row, strict=True):
            line += [(part, role), (" " * (width - cell_len(part)), "text")]
        yield line


def _folded_value(text: str, width: int) -> list[str]:
    """Wrap a value next to its mark."""
    mark, value = text[:2], text[2:]
    first, *rest = folded(value, width - 2)
    return [mark + first, *(f"  {part}" for part in rest)]
