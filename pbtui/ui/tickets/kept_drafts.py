"""Drafts of new orders that were not sent: one line and one basket, kept until they are sent or emptied."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from zoneinfo import ZoneInfo

from pbtui.api.requests import OrderEntry
from pbtui.desk.drafts.field_text import is_given
from pbtui.ui.forms.entry_drafts import KeptLine


class Slot(StrEnum):
    """Place of a draft that is kept."""

    LINE = "line"
    BASKET = "basket"


@dataclass(frozen=True)
class LinePage:
    """The line form, and what it begins with. `resends` is the token of the ticket that the order is sent again for."""

    kept: KeptLine
    resends: str | None = None


@dataclass(frozen=True)
class FormPage:
    """The form of all fields, and what it begins with. `zone` is that of the times in its texts.

    `slot` has the same draft, and is emptied when this one is sent. `is_touched` is set if something was typed before.
    """

    texts: Mapping[str, str]
    zone: ZoneInfo
    basket: tuple[OrderEntry, ...] = ()
    earlier_failure: str = ""
    resends: str | None = None
    slot: Slot | None = None
    is_touched: bool = False


class KeptDrafts:
    """Holds what the next new order begins with."""

    def __init__(self) -> None:
        self._line: LinePage | None = None
        self.basket: FormPage | None = None

    @property
    def line(self) -> LinePage:
        """The line that was kept, or an empty one."""
        return self._line or LinePage(KeptLine())

    def keep_line(self, page: LinePage) -> None:
        """Keep a line. An empty one that leaves nothing unsaid is none, and the order it was sent again for is gone."""
        is_empty = not is_given(page.kept.line) and not page.kept.unsaid
        self._line = None if is_empty else page

    def type_line(self, kept: KeptLine) -> None:
        """Keep what was typed into the line; it goes on to be sent again for the same ticket, until it is emptied."""
        self.keep_line(replace(self.line, kept=kept))

    def keep_basket(self, page: FormPage) -> None:
        """Keep a basket, in place of where it came from."""
        self.forget(page.slot)
        self.basket = replace(page, earlier_failure="", slot=Slot.BASKET, is_touched=False)

    def forget(self, slot: Slot | None) -> None:
        """Forget a draft, because it was sent or is kept elsewhere; nothing without a slot."""
        if slot is Slot.LINE:
            self._line = None
        elif slot is Slot.BASKET:
            self.basket = None
