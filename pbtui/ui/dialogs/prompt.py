"""What all dialogs have in common: where it will happen, the way back, and a rest before anything can be confirmed."""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Self, TypeVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Key, ScreenResume
from textual.screen import ModalScreen
from textual.widget import Widget

from pbtui.api.clock import steady_s
from pbtui.settings.profiles import Environment, Profile
from pbtui.ui.terminal.sparing_screen import SparingScreen
from pbtui.ui.widgets.key_hints import KeyHints

KEY_REST_S = 0.3
"""How long no key must come, once a prompt is on the screen, before one can send or confirm.

A paste, or a key held down, runs on into a prompt that opens meanwhile.
"""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Venue:
    """The profile and the exchange that a prompt is about, and whether its orders are real."""

    profile: str
    exchange: str
    environment: Environment

    @classmethod
    def of(cls, profile: Profile) -> Self:
        """The venue of a profile."""
        exchange = f"{profile.exchange} · {profile.tenant}" if profile.tenant else profile.exchange
        return cls(profile.name, exchange, profile.environment)

    @property
    def title(self) -> str:
        """What stands in the frame, the environment first: it is never cut off."""
        return f"{self.environment.value.upper()}  {self.profile} · {self.exchange}"


class Frame(Widget):
    """What is in it stands one below the other.

    None of Textual's containers: where a style of one depends on the focus within it, each move of the cursor gives all
    that is in it its styles anew and paints the whole screen.
    """


class Prompt(SparingScreen[T], ModalScreen[T]):
    """A framed dialog over the desk that returns a value, or None on the way back.

    Actions that send or confirm are `deliberate`, and none of them is bound to enter. Subclasses give the content:
    what is docked in the frame stays, the rest scrolls where the terminal is too low for it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", id="prompt.back"),
    ]

    def __init__(self, venue: Venue) -> None:
        super().__init__()
        self.venue = venue
        self._rested_s = math.inf
        self.set_class(venue.environment is Environment.PRODUCTION, "-production")

    def content(self) -> ComposeResult:
        """What is asked."""
        raise NotImplementedError

    def follow(self, key: str, what: str) -> None:
        """Say what became meanwhile of the order with this key; a prompt about no such order says nothing."""

    def compose(self) -> ComposeResult:
        """The content in its frame, and the keys."""
        with Frame(classes="frame") as frame:
            frame.border_title = Text(f" {self.venue.title} ")
            yield from self.content()
            yield KeyHints()

    # ------------------------------------------------------------ the rest

    @property
    def has_rested(self) -> bool:
        """Whether it is on the screen for long enough that a key is meant for it."""
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
        """Take no key that sends or confirms for another moment."""
        self._rested_s = max(self._rested_s, steady_s() + KEY_REST_S)


P = TypeVar("P", bound=Prompt[Any])


def deliberate(action: Callable[[P], None]) -> Callable[[P], None]:
    """An action that sends or confirms: no key reaches it before the prompt has rested."""

    @functools.wraps(action)
    def after_the_rest(prompt: P) -> None:
        if prompt.has_rested:
            action(prompt)

    return after_the_rest
