"""`--filter` of the lists: the filter language of the desk, with what it refers to read beside the rows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Generic, Self, TypeVar
from zoneinfo import ZoneInfo

import click

from pbtui.api.answer import Answer
from pbtui.api.clock import utc_now
from pbtui.api.reads.client import ReadsClient, Unavailable
from pbtui.api.structs import replace
from pbtui.cli.access import RefusedByServer
from pbtui.cli.refusals import LocalRefusal
from pbtui.desk.blotter.exchange_clock import ExchangeClock
from pbtui.desk.formats.filters.cursor_word import names_cursor
from pbtui.desk.formats.filters.language import FilterError, FilterFields
from pbtui.desk.formats.filters.terms import Scene
from pbtui.desk.formats.time_format import UTC_ZONE
from pbtui.desk.journal.unfinished import left_over
from pbtui.desk.journal.writer import JournalUnusable
from pbtui.desk.kill.conditions.algorithms import NamedAlgorithms, algorithms_of
from pbtui.desk.market.gates import Gates
from pbtui.desk.storage.problem import problem_of
from pbtui.settings.profiles import Profile

AnyRow = TypeVar("AnyRow")


def valid_text(text: str, fields: FilterFields[Any]) -> str:
    """Return the text, which must be a filter. Raises BadParameter with the place of the fault below the text."""
    if not text.strip():
        raise click.BadParameter("it is empty")
    anything = Scene(
        zone=UTC_ZONE,
        now=utc_now(),
        contract="any",
        closes_at=lambda order: None,
        tokens=frozenset(),
        is_algorithm=lambda names, portfolio_id: False,
    )
    if names_cursor(text):
        raise click.BadParameter("contract: there is no cursor here; write contract=ID")
    try:
        fields.parse(text, anything)
    except FilterError as error:
        mark = " " * error.start + "^" * max(error.end - error.start, 1)
        raise click.BadParameter(f"{error.reason}\n  {text}\n  {mark}") from None
    return text


@dataclass(frozen=True, slots=True)
class RowFilter(Generic[AnyRow]):
    """A filter of rows, made anew for each list of them, because it may depend on the time.

    `exchange_clock` is what answers show of the clock that ages and gates go by.
    """

    text: str
    fields: FilterFields[AnyRow]
    scene: Scene
    exchange_clock: ExchangeClock = field(default_factory=ExchangeClock)

    def after(self, *answers: Answer) -> Self:
        """Return the filter after more answers."""
        return replace(self, exchange_clock=reduce(ExchangeClock.after, answers, self.exchange_clock))

    def by(self, exchange_clock: ExchangeClock) -> Self:
        """Return the filter by this clock."""
        return replace(self, exchange_clock=exchange_clock)

    def test(self) -> Callable[[AnyRow], bool]:
        """Return the filter as it is now."""
        return self.fields.parse(self.text, replace(self.scene, now=self.exchange_clock.now())).test

    @property
    def needs_reads(self) -> bool:
        """Return whether the filter needs reads of gate closures or algorithms besides the rows."""
        return not self.fields.words_in(self.text).isdisjoint(("gate", "algo"))

    async def with_reads(self, reads: ReadsClient, profile: Profile) -> Self:
        """Return the filter with the gate closures and algorithms that it refers to. Raises RefusedByServer."""
        words, scene, clock = self.fields.words_in(self.text), self.scene, self.exchange_clock
        if "gate" in words:
            contracts = await reads.find_contracts(delivery_areas=profile.delivery_areas, delivery_from=clock.now())
            if isinstance(contracts, Unavailable):
                raise RefusedByServer(f"gate: {contracts}")
            clock = clock.after(contracts.answer)
            scene = replace(scene, closes_at=Gates.of(contracts.elements.readable).closes_at)
        if "algo" in words:
            algorithms = await reads.get_algorithms()
            if isinstance(algorithms, Unavailable):
                raise RefusedByServer(f"algo: {algorithms}")
            scene = replace(scene, is_algorithm=NamedAlgorithms(algorithms_of(algorithms.elements.readable)))
        return replace(self, scene=scene, exchange_clock=clock)


def known_here(text: str, fields: FilterFields[Any], profile: Profile) -> Scene:
    """Return what this host knows for a filter. Raises LocalRefusal if the journal can't be read for `mine`."""
    tokens = None
    if "mine" in fields.words_in(text):
        try:
            tokens = left_over(profile).tokens
        except (JournalUnusable, OSError) as error:
            raise LocalRefusal(f"mine: the journal can't be read: {problem_of(error)}") from None
    return Scene(zone=ZoneInfo(profile.market_timezone), now=utc_now(), tokens=tokens)
