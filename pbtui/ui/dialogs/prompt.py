"""The base class of all dialogs: a frame with the venue, escape to go back, and a pause before a key can confirm."""

import functools
import math
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Key, Paste, Resize, ScreenResume
from textual.screen import ModalScreen
from textual.widget import Widget

from pbtui.api.clock import steady_s
from pbtui.desk.blotter.exchange_clock import ExchangeClock
from pbtui.settings.profiles import Environment, Profile
from pbtui.ui.terminal.capability import is_too_small
from pbtui.ui.terminal.moment import MomentApp, when_alone
from pbtui.ui.terminal.sparing_screen import SparingScreen
from pbtui.ui.widgets.key_hints import KeyHints
from pbtui.ui.widgets.news_line import NewsLine

if TYPE_CHECKING:  # the first frame does without pydantic
    from pbtui.desk.view import DeskView

KEY_REST_S = 0.3
"""The pause without keys after a prompt has opened, before a key can send or confirm.

Without it, a paste or a held key could confirm a prompt that opens at the same time.
"""

TOO_SMALL = "The key was ignored: this terminal is too small. Enlarge it"
_TOO_SMALL_TITLE, _TOO_SMALL_SUBTITLE = Text(" Too small "), Text(" Enlarge it ")
TOO_SOON = "The key was ignored: it came too soon. Press it again"
NO_FIELD = "Pasted text was ignored: no input field is open"
HELD = "The key was ignored: it may still be held down. Press it again"
IN_COMPANY = "The key was ignored: it came together with other input. Press it again"

T = TypeVar("T")


class Venue(Struct, frozen=True):
    """The profile and the exchange that a prompt is about, whether its orders are real, and the exchange's clock."""

    profile: str
    exchange: str
    environment: Environment
    exchange_clock: ExchangeClock = ExchangeClock()

    @classmethod
    def of(cls, profile: Profile) -> Self:
        """The venue of a profile."""
        exchange = f"{profile.exchange} · {profile.tenant}" if profile.tenant else profile.exchange
        return cls(profile.name, exchange, profile.environment)

    def now(self) -> datetime:
        """Return the present time of the exchange's clock, as it was known when the prompt opened."""
        return self.exchange_clock.now()

    @property
    def title(self) -> str:
        """The title of the frame. The environment comes first, so that it is never cut off."""
        return f"{self.environment.value.upper()}  {self.profile} · {self.exchange}"


class Frame(Widget):
    """A vertical container.

    Textual's own containers have styles that depend on the focus inside them. With those, each move of the cursor
    restyles all children and repaints the whole screen.
    """


class Prompt(SparingScreen[T], ModalScreen[T]):
    """A framed dialog over the desk that returns a value, or None if the trader goes back.

    Actions that confirm are `deliberate`, those that send are `alone`, and none of these is bound to enter. `SENDING`
    are the names of the latter. They do nothing in a terminal that is too small to show what they send, unless the
    prompt `sends_unseen`. Subclasses provide the content: docked widgets stay in place, the others scroll if the
    terminal is too low.
    """

    SENDING: ClassVar[frozenset[str]] = frozenset()
    sends_unseen = False

    zone: ZoneInfo | None = None
    """The zone of the times in the prompt, named in its frame; None if it shows none."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", id="prompt.back"),
    ]

    def __init__(self, venue: Venue) -> None:
        super().__init__()
        self.venue = venue
        self._rested_s = math.inf
        self.set_class(venue.environment is Environment.PRODUCTION, "-production")

    def content(self) -> ComposeResult:
        """The widgets of the dialog."""
        raise NotImplementedError

    def follow(self, key: str, what: str) -> None:
        """Show a change of the order with this key, if the prompt is about it. `what` describes the change."""

    def name_editors(self, words: str) -> None:
        """Show who else has orders of the prompt open in a form; nobody if the words are empty."""

    def show_in(self, zone: ZoneInfo) -> None:
        """Show times in another zone from now on, if the prompt shows any."""
        if self.zone is not None:
            self.zone = zone
            if self.is_mounted:
                self._entitle(self.query_one(Frame))

    def take_view(self, view: "DeskView") -> None:
        """Show what the desk has published since the prompt was opened, if the prompt shows any of it."""

    def show_note(self, text: str) -> None:
        """Show why input was ignored, above the key hints, until the next key."""
        for line in self.query(NewsLine):  # none any more while the prompt is being closed
            line.show_note(text)

    def compose(self) -> ComposeResult:
        """The content, a line for news, and the key hints in a frame."""
        with Frame(classes="frame") as frame:
            self._entitle(frame)
            yield from self.content()
            yield NewsLine()
            yield KeyHints()

    # ------------------------------------------------------------ a terminal that is too small

    @property
    def is_unseen(self) -> bool:
        """Return whether what the prompt sends can't be seen, so that it does not send."""
        return not self.sends_unseen and is_too_small(self.app.size)

    @on(Resize)
    def _entitle_again(self) -> None:
        for frame in self.query(Frame):
            self._entitle(frame)

    def _entitle(self, frame: Frame) -> None:
        """Name the venue and the zone in the frame, or that the terminal is too small: nothing else of it is seen."""
        if self.SENDING and self.is_unseen:
            frame.border_title, frame.border_subtitle = _TOO_SMALL_TITLE, _TOO_SMALL_SUBTITLE
        else:
            frame.border_title = Text(f" {self.venue.title} ")
            frame.border_subtitle = None if self.zone is None else Text(f" times in {self.zone.key} ")

    # ------------------------------------------------------------ the pause

    @property
    def has_rested(self) -> bool:
        """Return whether the pause is over, so that a key can send or confirm."""
        return steady_s() >= self._rested_s

    @on(ScreenResume)
    def _rest(self) -> None:
        self._rested_s = math.inf
        self.call_after_refresh(self._begin_rest)

    def _begin_rest(self) -> None:
        self._rested_s = steady_s() + KEY_REST_S

    @on(Key)
    def _rest_on(self) -> None:
        if not self.has_rested:
            self.rest_anew()

    def rest_anew(self) -> None:
        """Start the pause again."""
        self._rested_s = max(self._rested_s, steady_s() + KEY_REST_S)

    def when_alone(self, act: Callable[[], object], refuse: Callable[[], object]) -> None:
        """Act once it is certain that the key came alone; else refuse. A prompt that is no longer shown does not act.

        The kill prompt is replaced when the thread that reads the keys has fired by the same key.
        """
        when_alone(self.app, lambda: self.app.screen is self and act(), refuse)

    def show_why_ignored(self) -> None:
        """Show why a key that did not come alone was ignored."""
        is_held = isinstance(self.app, MomentApp) and self.app.newest_may_be_repeat
        self.show_note(HELD if is_held else IN_COMPANY)

    # ------------------------------------------------------------ input that is not understood

    @on(Key)
    def _clear_note(self) -> None:
        for line in self.query(NewsLine):
            line.show_note("")

    @on(Paste)
    def _ignore_paste(self) -> None:
        self.show_note(NO_FIELD)

    @on(Key)
    def _name_the_wanted_key(self, event: Key) -> None:
        """Say which key sends, if a letter of another script or case was pressed that does nothing."""
        letter = event.character
        if not self.SENDING or letter is None or not letter.isalpha() or event.key in self.active_bindings:
            return
        wanted = [
            (key, self.app.get_key_display(active.binding), active.binding.description)
            for key, active in self.active_bindings.items()
            if active.enabled and active.binding.show and active.binding.action in self.SENDING
        ]
        for key, shown, description in wanted[:1] if not letter.isascii() else wanted:
            if not letter.isascii():
                self.show_note(f"{letter} was ignored. {description}: press {shown} on a Latin keyboard layout")
            elif letter.swapcase() == key:
                self.show_note(f"{letter} was ignored. {description}: press {shown}. Is Caps Lock on?")


P = TypeVar("P", bound=Prompt[Any])


def deliberate(action: Callable[[P], None]) -> Callable[[P], None]:
    """Decorator for an action that confirms: before the pause is over it says that it was ignored."""

    @functools.wraps(action)
    def after_the_pause(prompt: P) -> None:
        if prompt.has_rested:
            action(prompt)
        else:
            prompt.show_note(TOO_SOON)

    return after_the_pause


def alone(action: Callable[[P], None]) -> Callable[[P], None]:
    """Decorator for an action that sends: `deliberate`, and only if its key came alone and the prompt can be seen."""
    act = deliberate(action)

    @functools.wraps(action)
    @deliberate
    def after_its_moment(prompt: P) -> None:
        if prompt.is_unseen:
            prompt.show_note(TOO_SMALL)
            return
        prompt.when_alone(lambda: act(prompt), prompt.show_why_ignored)

    return after_its_moment
