"""Texts of the kill prompt about one action: what it would withdraw, its scope, and what is outside."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from pbtui.desk.kill.plan import ACTION_TITLES, KillPlan, Reach
from pbtui.ui.widgets.folded_lines import folded
from pbtui.ui.widgets.lines import Line

_INDENT = 6
_TITLE_WIDTH = 23
_LABEL_WIDTH = 16
NOT_READ = "not read yet"


@dataclass(frozen=True, slots=True)
class Offer:
    """An action that the prompt offers. `reach` is None before the first read; `is_armed`: its key alone fires."""

    key: str
    plan: KillPlan
    reach: Reach | None
    is_armed: bool

    @property
    def title(self) -> str:
        """The name of the action in capitals."""
        return ACTION_TITLES[self.plan.action]

    @property
    def figures(self) -> str:
        """The number of orders and MW it would withdraw."""
        return NOT_READ if self.reach is None else str(self.reach)

    def banner(self, width: int) -> Iterator[Line]:
        """The action across the whole width, so that it is read first: its key, its name, and the figures."""
        role = "alarm" if self.is_armed else "title"
        typed = "" if self.is_armed else " · typed word needed"
        first = f"{_lead(self.key)}{self.title}{typed}"
        for text in ("", first, *(f"{' ' * _INDENT}{part}" for part in folded(self.figures, width - _INDENT - 1)), ""):
            yield [(text.ljust(width), role)]

    def details(self, outside: str, width: int) -> Iterator[Line]:
        """Its scope, the active orders outside, and its call."""
        yield from labelled("", "scope", self.plan.scope, width)
        yield from labelled("", "outside", outside, width)
        yield from labelled("", "call", self.plan.call, width)

    def short(self, width: int) -> Iterator[Line]:
        """The action among others: its key, its name and the figures, with the scope below."""
        first, *rest = folded(self.figures, width - cell_len(_lead(self.key)) - _TITLE_WIDTH)
        yield [(_lead(self.key), "key"), (self.title.ljust(_TITLE_WIDTH), "title"), (first, "text")]
        yield from ([(" " * (_INDENT + _TITLE_WIDTH) + part, "text")] for part in rest)
        yield from (
            [(" " * _INDENT + part, "label")]
            for part in folded(f"{self.plan.call} · {self.plan.scope}", width - _INDENT)
        )


def _lead(key: str) -> str:
    return f"   {key or ' '}  "


def labelled(key: str, label: str, text: str, width: int) -> Iterator[Line]:
    """A text with its label, and the key that changes it; wrapped below itself."""
    lead: Line = [(_lead(key), "key"), (label.ljust(_LABEL_WIDTH), "label")]
    indent = cell_len(_lead(key)) + _LABEL_WIDTH
    for part in folded(text, width - indent):
        yield [*lead, (part, "text")]
        lead = [(" " * indent, "label")]


def listed(offers: Sequence[Offer], width: int) -> Iterator[Line]:
    """The actions beside the armed one; each of them needs a typed word."""
    yield [("   Each of these needs a typed word:", "label")]
    for offer in offers:
        yield from offer.short(width)
