"""`--filter` of `pbtui orders`: the filter language of the desk, with what it refers to read beside the orders."""

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import click

from pbtui.api.clock import utc_now
from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import Order
from pbtui.api.reads.client import ReadsClient, Unavailable
from pbtui.api.structs import replace
from pbtui.cli.access import RefusedByServer
from pbtui.cli.refusals import LocalRefusal
from pbtui.desk.blotter.command_lines import names_cursor
from pbtui.desk.blotter.order_terms import ORDER_FILTER
from pbtui.desk.blotter.own_orders import Row, Tab
from pbtui.desk.formats.filters.language import FilterError
from pbtui.desk.formats.filters.terms import Scene
from pbtui.desk.formats.time_format import UTC_ZONE
from pbtui.desk.journal.unfinished import left_over
from pbtui.desk.journal.writer import JournalUnusable
from pbtui.desk.kill.conditions.algorithms import NamedAlgorithms, algorithms_of
from pbtui.desk.market.gates import Gates
from pbtui.settings.profiles import Profile

AnyOrder = Order | UnreadableOrder


def valid_filter(_ctx: click.Context, _param: click.Parameter, text: str | None) -> str | None:
    """Return the text, which must be a filter. Raises BadParameter with the place of the fault below the text."""
    if text is None:
        return None
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
        ORDER_FILTER.parse(text, anything)
    except FilterError as error:
        mark = " " * error.start + "^" * max(error.end - error.start, 1)
        raise click.BadParameter(f"{error.reason}\n  {text}\n  {mark}") from None
    return text


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """A filter of orders, made anew for each list of them, because it may depend on the time."""

    text: str
    scene: Scene

    def test(self) -> Callable[[AnyOrder], bool]:
        """Return the filter as it is now."""
        holds = ORDER_FILTER.parse(self.text, replace(self.scene, now=utc_now())).test
        return lambda order: holds(Row(order.key, order, Tab.ACTIVE))

    @property
    def needs_reads(self) -> bool:
        """Return whether the filter needs reads of gate closures or algorithms besides the orders."""
        return not ORDER_FILTER.words_in(self.text).isdisjoint(("gate", "algo"))

    async def with_reads(self, reads: ReadsClient, profile: Profile) -> "OrderFilter":
        """Return the filter with the gate closures and algorithms that it refers to. Raises RefusedByServer."""
        words, scene = ORDER_FILTER.words_in(self.text), self.scene
        if "gate" in words:
            contracts = await reads.find_contracts(delivery_areas=profile.delivery_areas, delivery_from=utc_now())
            if isinstance(contracts, Unavailable):
                raise RefusedByServer(f"gate: {contracts}")
            scene = replace(scene, closes_at=Gates.of(contracts.elements.readable).closes_at)
        if "algo" in words:
            algorithms = await reads.get_algorithms()
            if isinstance(algorithms, Unavailable):
                raise RefusedByServer(f"algo: {algorithms}")
            scene = replace(scene, is_algorithm=NamedAlgorithms(algorithms_of(algorithms.elements.readable)))
        return replace(self, scene=scene)


def local_filter(text: str, profile: Profile) -> OrderFilter:
    """Return the filter with what this host knows. Raises LocalRefusal if the journal can't be read for `mine`."""
    tokens = None
    if "mine" in ORDER_FILTER.words_in(text):
        try:
            tokens = left_over(profile).tokens
        except (JournalUnusable, OSError) as error:
            raise LocalRefusal(f"mine: the journal can't be read: {error}") from None
    return OrderFilter(text, Scene(zone=ZoneInfo(profile.market_timezone), now=utc_now(), tokens=tokens))
