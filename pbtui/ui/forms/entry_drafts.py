"""Results of the forms for new orders: orders to send, or what was typed, to go on with it in the other form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from pbtui.api.clock import utc_now
from pbtui.api.requests import OrderEntry
from pbtui.desk.tickets.ticket import WriteOptions


@dataclass(frozen=True)
class EntryDraft:
    """The orders to send and the options of their request.

    `texts` and `basket` are the texts of the fields and the orders of the basket, to open the form again with them.
    """

    entries: tuple[OrderEntry, ...]
    options: WriteOptions
    texts: Mapping[str, str]
    basket: tuple[OrderEntry, ...] = ()


@dataclass(frozen=True)
class KeptLine:
    """A line that was typed, when it changed last, and texts of fields that no line can say.

    `defaults` are the texts of what it does not name, as they were then; None for a line that was not typed. `zone` is
    that of its times; None for a line that is yet to be typed.
    """

    line: str = ""
    typed_at: datetime = field(default_factory=utc_now)
    unsaid: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] | None = None
    zone: ZoneInfo | None = None


@dataclass(frozen=True)
class AsLine:
    """Go on in a line with these texts of the fields, those that a new form begins with left out."""

    texts: Mapping[str, str]


@dataclass(frozen=True)
class AsForm:
    """Go on in the form of all fields with these texts."""

    texts: Mapping[str, str]
