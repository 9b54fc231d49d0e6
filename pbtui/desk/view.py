"""The view of the desk: one immutable value with everything the UI and the command line show."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from pbtui.api.models import Order
from pbtui.api.structs import replace
from pbtui.desk.blotter.events import OrderNews
from pbtui.desk.blotter.link import Link, LinkState
from pbtui.desk.blotter.own_orders import Blotter
from pbtui.desk.kill.halt import Halt
from pbtui.desk.kill.plan import KillPlan, Reach, is_bounded
from pbtui.desk.limits import TradingConditions, why_only_withdraw
from pbtui.desk.market.closures import why_market_closed
from pbtui.desk.market.exchange import ExchangeView
from pbtui.desk.tickets.ticket import Ticket
from pbtui.settings.profiles import Profile

if TYPE_CHECKING:  # a desk without a team does without it
    from pbtui.desk.team.lone import Lone, LoneReport
    from pbtui.desk.team.presence import OtherDesk
    from pbtui.desk.team.skew import Skew
    from pbtui.desk.team.store import HaltRecord, RearmRequest


@dataclass(frozen=True, slots=True)
class DeskView:
    """The desk at one moment.

    `elsewhere` is the number of active orders that were read outside the profile's delivery areas. `active_gap` and
    `inactive_gap` describe missing active and inactive orders; empty if none is missing. `past_count` is that of
    `OrdersView`, None as well if no orders are read. `tickets` are those of this run, oldest first. `halted` is set
    while a halt, by this desk or another one of the profile, forbids to enter, change or activate orders. `last_kill`
    is the halt of the newest kill that this run has seen, also after it was lifted. `unrecorded` names what the
    journal of this run lacks; empty if nothing. `notes` are sentences for the trader about what an earlier run left,
    `earlier` the tickets of earlier runs whose results another program has read. `events` are the newest events of
    own orders that no ticket explains, oldest first. `exchange` is what was read besides orders. `own_tokens` are the
    tokens of the orders that this profile entered here, as far back as the journal is read; None before that.
    `team_problem` says since when and why the store of the team can't be reached; empty if it can, or if there is
    none. `cut_loose` is the command for a shell that cuts the profile loose from it. `others` are the other desks of
    the team that are open; None if that is not known, or if there is no team. `requests` are those of operators who ask
    a second person to confirm a re-arm, also of this desk. `team_halts` are the halts that others of the team began,
    the newest first; None before the team was read. `team_lifted` are those that others lifted last, oldest first.
    `lone` is set while the profile is cut loose from its team at this host; `lone_reports` are those of hosts that
    were. `team_skew` is the difference of this clock to the store's, None before it is known.
    """

    link: Link
    blotter: Blotter = field(default_factory=Blotter)
    elsewhere: int = 0
    active_gap: str = ""
    inactive_gap: str = ""
    past_count: int | None = None
    tickets: tuple[Ticket, ...] = ()
    trading_is_on: bool = False
    key_may_not_trade: bool = False
    journal_problem: str | None = None
    unrecorded: str = ""
    halted: Halt | None = None
    last_kill: Halt | None = None
    notes: tuple[str, ...] = ()
    events: tuple[OrderNews, ...] = ()
    earlier: tuple[Ticket, ...] = ()
    exchange: ExchangeView = field(default_factory=ExchangeView)
    own_tokens: frozenset[str] | None = None
    team_problem: str = ""
    cut_loose: str = ""
    requests: "tuple[RearmRequest, ...]" = ()
    lone: "Lone | None" = None
    lone_reports: "tuple[LoneReport, ...]" = ()
    team_skew: "Skew | None" = None
    others: "tuple[OtherDesk, ...] | None" = None
    team_halts: "tuple[HaltRecord, ...] | None" = None
    team_lifted: "tuple[HaltRecord, ...]" = ()

    @property
    def all_tickets(self) -> tuple[Ticket, ...]:
        """The tickets to show, oldest first."""
        return (*self.earlier, *self.tickets)

    @property
    def listed(self) -> tuple[Order, ...]:
        """The active and the deactivated orders that can be read."""
        rows = (*self.blotter.active.values(), *self.blotter.deactivated.values())
        return tuple(row.order for row in rows if isinstance(row.order, Order))

    @property
    def ended(self) -> tuple[Order, ...]:
        """The orders that have ended, as far as it was read how."""
        rows = (row for row in self.blotter.recent.values() if row.final_state is None)
        return tuple(row.order for row in rows if isinstance(row.order, Order))

    def now(self) -> datetime:
        """Return the present time of the exchange's clock: what it closes and what it stamps goes by that."""
        return self.link.exchange_clock.now()

    def why_only_withdraw(self, now_s: float) -> str | None:
        """Return why orders can only be withdrawn now; None if they can also be entered, changed and activated."""
        return why_only_withdraw(
            TradingConditions(
                link=self.link.state(now_s),
                data_age_s=self.link.age_s(now_s),
                trading_is_on=self.trading_is_on,
                key_may_not_trade=self.key_may_not_trade,
                journal_problem=self.journal_problem,
                halted=None if self.halted is None else self.halted.words,
                market_closed=why_market_closed(self.exchange, now_s),
                team_problem="" if self.lone else self.team_problem,
                cut_loose=self.cut_loose,
            )
        )


def lists_all(plan: KillPlan, view: DeskView, profile: Profile, now_s: float) -> bool:
    """Return whether the view lists every active order in scope of the plan that the key can see.

    The list must be complete, recent and not narrower than the plan. An older list may lack orders that another
    program has entered since.
    """
    if view.active_gap or view.link.state(now_s) not in (LinkState.LIVE, LinkState.FAILING):
        return False
    portfolios, areas = profile.portfolios, profile.delivery_areas
    if plan.action.is_account_wide:
        return not portfolios and not areas
    return is_bounded(plan.portfolios, portfolios) and is_bounded(plan.delivery_areas, areas)


def lists_deactivated(plan: KillPlan, view: DeskView, profile: Profile) -> bool:
    """Return whether the desk has read all deactivated orders that a plan covers."""
    if view.inactive_gap or view.past_count is not None or plan.action.is_account_wide:
        return False
    return is_bounded(plan.portfolios, profile.portfolios) and is_bounded(plan.delivery_areas, profile.delivery_areas)


def reach_of(plan: KillPlan, view: DeskView | None, profile: Profile) -> Reach | None:
    """Return how many listed orders and MW a kill would withdraw; None before the first read.

    The totals of the blotter are used if every order is in scope; otherwise the orders are counted. The blotter lists
    the portfolios and areas of the profile alone, so the figures of a plan that goes further are minimums.
    """
    if view is None or view.link.read_s is None:
        return None
    blotter = view.blotter
    deactivated = [row.order for row in blotter.deactivated.values()] if plan.action.deletes else []
    goes_further = (
        not plan.action.is_account_wide
        and bool(profile.delivery_areas)
        and (not plan.delivery_areas or not set(plan.delivery_areas) <= set(profile.delivery_areas))
    )
    covers_areas = plan.action.is_account_wide or plan.delivery_areas in ((), profile.delivery_areas)
    if covers_areas and plan.spares_nothing:
        totals = blotter.totals
        return Reach(
            len(blotter.active),
            totals.buy_mw + totals.sell_mw,
            totals.uncounted,
            plan.count_deactivated(deactivated),
            plan.action.is_account_wide or goes_further,
        )
    reach = plan.count((row.order for row in blotter.active.values()), deactivated)
    return replace(reach, is_least=reach.is_least or goes_further)
