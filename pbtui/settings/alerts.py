"""The alerts of a profile: which way each kind reaches the trader."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from msgspec import Meta, Struct

from pbtui.settings.decode import Bounds, check_fields


class AlertKind(StrEnum):
    """The subject of an alert; each is a key of the table."""

    FILL = "fill"
    """An order traded, or a trade was recalled."""
    REJECTION = "rejection"
    """An order or a change was refused: by the exchange, or because somebody else changed the order before."""
    LIMIT = "limit"
    """An order breaks a limit of the server."""
    UNKNOWN = "unknown"
    """It is not known what became of an order, or it is not as wanted."""
    LINK = "link"
    """The connection to the server was lost, or is back."""
    MARKET = "market"
    """The market halts, warns or is open again, or market operations do or announce something."""
    QUOTA = "quota"
    """More of the quota of order actions is used than `quota_share`."""
    FOREIGN_ORDER = "foreign_order"
    """An order is new that this profile did not enter."""
    GATE_CLOSING = "gate_closing"
    """An order is in the market `gate_closing_minutes` before its gate closes."""
    TEAM = "team"
    """Another desk of the team halted or re-armed."""
    TEAM_RESULT = "team_result"
    """A write of another desk of the team has a result."""


class Way(StrEnum):
    """A way by which an alert reaches the trader."""

    LINE = "line"
    """The line above the key hints."""
    LOG = "log"
    """The log of the run."""
    BELL = "bell"
    """The bell of the terminal, at most once a second."""
    TITLE = "title"
    """The number of alerts in the terminal's title, until the next key."""
    NOTIFY = "notify"
    """A notification of the desktop, at most one in five seconds."""
    COMMAND = "command"
    """The program of `command`, started at most once in five seconds."""


class NotificationForm(StrEnum):
    """The sequence by which a terminal is asked for a notification."""

    OSC9 = "osc9"
    """As iTerm2, WezTerm, kitty and Windows Terminal know it."""
    OSC777 = "osc777"
    """As foot, urxvt and Ghostty know it."""


Ways = Annotated[
    tuple[Way, ...], Meta(description=f'a list of {", ".join(Way)}, such as ["line", "log"], or [] for none')
]
_ON_SCREEN = (Way.LINE, Way.LOG)
_WITH_BELL = (*_ON_SCREEN, Way.BELL)


class AlertSettings(Struct, frozen=True, kw_only=True):
    """The table `[profiles.NAME.alerts]`. Raises ValueError for invalid values.

    Orders of others are in the log alone by default: on an account with algorithms they would fill the line.
    """

    fill: Ways = _ON_SCREEN
    rejection: Ways = _WITH_BELL
    limit: Ways = _ON_SCREEN
    unknown: Ways = _WITH_BELL
    link: Ways = _WITH_BELL
    market: Ways = _WITH_BELL
    quota: Ways = _ON_SCREEN
    foreign_order: Ways = (Way.LOG,)
    gate_closing: Ways = _ON_SCREEN
    team: Ways = _WITH_BELL
    team_result: Ways = _ON_SCREEN
    gate_closing_minutes: Annotated[int, Meta(ge=1, le=240, description="a whole number from 1 to 240")] = 10
    quota_share: Annotated[Decimal, Meta(description="a number from 0.1 to 1"), Bounds(0.1, 1)] = Decimal("0.7")

    notify_as: Annotated[NotificationForm, Meta(description="osc9 or osc777, in quotes")] = NotificationForm.OSC9
    command: Annotated[
        tuple[str, ...],
        Meta(min_length=1, description='a list of a program and its arguments, such as ["/usr/local/bin/page-me"]'),
    ] = ()

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.command and any(Way.COMMAND in self.ways_of(kind) for kind in AlertKind):
            raise ValueError('a kind of alert goes the way "command", but command is missing')

    def ways_of(self, kind: AlertKind) -> tuple[Way, ...]:
        """The ways of alerts of this kind."""
        ways: Any = getattr(self, kind)
        return tuple(ways)
