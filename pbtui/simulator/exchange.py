"""One simulated exchange: what each call changes, and how the market moves by itself.

The object is synchronous. `step(now)` moves it to the given time; it reads no clock of its own. The same seed, times
and calls give the same answers.

Decisions where the API document is silent:

- `DELETE /orders` also deletes hibernated and pre-arranged orders;
- `PUT /orders/status` treats an order in an unknown state as live; ACTI skips orders that would trade with an own
  order;
- an order carries the code of the user who changed it last.

`book/conditions.py` has those about a halted market.
"""

import contextlib
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pbtui.api.codes import ModifyAction, StatusAction
from pbtui.api.requests import OrderEntry, OrderModifyItem, UpdateStatus
from pbtui.simulator.book.ledger import OrderQuery
from pbtui.simulator.book.market import Market
from pbtui.simulator.book.own_order import OrderRevision, OwnOrder
from pbtui.simulator.book.rules import terms_as_they_stand
from pbtui.simulator.calls.entries import enter_list
from pbtui.simulator.calls.modifications import REMOVING, modify_list, reachable_orders
from pbtui.simulator.calls.outcomes import ListOptions, ListOutcome
from pbtui.simulator.life.algorithms import Algorithm, AlgorithmBots, algorithms_of_account
from pbtui.simulator.life.crowd import Crowd
from pbtui.simulator.life.own_account import AccountLife
from pbtui.simulator.life.returning_bot import ReturningBot
from pbtui.simulator.rejections import CallRefused, OrderRefused
from pbtui.simulator.rights import PORTFOLIOS, ApiKey

TICK = timedelta(milliseconds=250)
"""Time between two moves of the other market participants."""
LONGEST_CATCH_UP = timedelta(seconds=5)


@dataclass(frozen=True)
class KillFaults:
    """Faults of a call that removes orders.

    `spared_fraction` of the orders stay active. A bot re-enters one removed order every `returns_every_s` seconds.
    """

    spared_fraction: float = 0.0
    returns_every_s: float | None = None


NO_KILL_FAULTS = KillFaults()


class Exchange:
    """One exchange: its market, the other participants, and all own orders of the account."""

    def __init__(self, name: str, now: datetime, *, seed: int = 1, orders: int = 0, churn: float = 0.0) -> None:
        self.name = name
        self.market = Market(name, now)
        self.returning_bot = ReturningBot(self.market)
        self.algorithms: list[Algorithm] = algorithms_of_account(now) if orders and churn else []
        self._algorithm_bots = AlgorithmBots(self.market)
        self._churn = churn
        self._crowd = Crowd(self.market, seed)
        self._account_life = AccountLife(self.market, self._crowd, seed=seed, orders=orders)
        self._random = random.Random(seed)  # noqa: S311 - a simulator draws no secrets
        self._ticked_at = now
        self._advance(now)
        self._account_life.seed()
        self.market.ledger.encode_live()

    def step(self, now: datetime) -> None:
        """Move the exchange to `now`: list and close contracts, end validities, let the other participants trade.

        After a pause longer than LONGEST_CATCH_UP, only the last LONGEST_CATCH_UP is simulated.
        """
        if self._churn:
            self._ticked_at = max(self._ticked_at, now - LONGEST_CATCH_UP)
            while self._ticked_at + TICK <= now:
                self._ticked_at += TICK
                self._advance(self._ticked_at)
                if not self.market.conditions.is_trading:
                    continue
                self._crowd.trade_a_little()
                self._account_life.tick(self._churn * TICK.total_seconds())
        self._advance(now)
        if self.market.conditions.is_trading:
            self.returning_bot.step()
            self._algorithm_bots.step(self.algorithms)

    def _advance(self, now: datetime) -> None:
        for contract in self.market.step(now):
            self._crowd.close_books(contract)

    # ------------------------------------------------------------ reading

    def own_orders(self, query: OrderQuery) -> list[OwnOrder]:
        """Return the orders that match the query, oldest first."""
        return self.market.ledger.select(query)

    def own_orders_as_of(self, query: OrderQuery, moment: datetime) -> list[OrderRevision]:
        """Return the orders that matched the query at an earlier moment, oldest first."""
        return self.market.ledger.select_as_of(query, moment)

    def history(self, key: ApiKey, order_id: str) -> list[OrderRevision]:
        """Return every revision of the order, those under earlier ids first.

        Raises CallRefused (404) if the order is unknown or its portfolio is out of the key's reach.
        """
        order = self.market.ledger.get(order_id)
        if order is None or order.terms.portfolio_id not in key.portfolio_ids:
            raise CallRefused(404, f"order {order_id} is not known at {self.name}")
        return self.market.ledger.history(order)

    # ------------------------------------------------------------ lists

    def add_orders(self, key: ApiKey, entries: Sequence[OrderEntry], options: ListOptions) -> ListOutcome:
        """Enter new orders."""
        key.require_trading()
        self.market.conditions.require_trading()
        key.require_portfolios(entry.portfolio_id for entry in entries)
        for entry in entries:
            if PORTFOLIOS[entry.portfolio_id].read_only:
                raise CallRefused(403, f"portfolio {entry.portfolio_id} is read-only: no orders can be entered in it")
        self.market.order_counts.count((entry.portfolio_id for entry in entries), self.market.now)
        self._account_life.resume({entry.portfolio_id for entry in entries})
        return enter_list(self.market, key.user, entries, options)

    def modify_orders(
        self, key: ApiKey, items: Sequence[OrderModifyItem], options: ListOptions, faults: KillFaults = NO_KILL_FAULTS
    ) -> ListOutcome:
        """Change, activate, deactivate or delete single orders."""
        key.require_trading()
        if not all(item.changes.action in REMOVING for item in items):
            self.market.conditions.require_trading()
        orders = reachable_orders(self.market, key, items)
        self.market.order_counts.count((order.terms.portfolio_id for order in orders), self.market.now)
        actions = list(zip(orders, [item.changes.action for item in items], strict=True))
        self._account_life.resume({o.terms.portfolio_id for o, action in actions if action is ModifyAction.ACTI})
        in_scope = [order for order, action in actions if action in REMOVING and order.is_live]
        spared = self._draw_spared(in_scope, faults)
        try:
            return modify_list(self.market, key.user, orders, items, options, spared)
        finally:  # part of the list may be changed even if the answer is an error
            self._after_removal(in_scope, faults)

    # ------------------------------------------------------------ mass actions

    def delete_orders(
        self,
        key: ApiKey,
        portfolio_ids: frozenset[str],
        delivery_areas: frozenset[str],
        faults: KillFaults = NO_KILL_FAULTS,
    ) -> list[OwnOrder]:
        """Delete every order of these portfolios, limited to the given areas if any; return the deleted orders."""
        key.require_trading()
        key.require_portfolios(portfolio_ids)
        in_scope = [
            order
            for order in self._live_and_hibernated()
            if order.terms.portfolio_id in portfolio_ids
            and (not delivery_areas or order.terms.delivery_area in delivery_areas)
        ]
        spared = self._draw_spared(in_scope, faults)
        deleted = [order for order in in_scope if order not in spared]
        self._count_actions(len(deleted))
        live = [order for order in deleted if order.is_live]
        for order in deleted:
            self.market.delete(order, key.user)
        self._after_removal(live, faults)
        return deleted

    def update_status(self, key: ApiKey, wanted: UpdateStatus, faults: KillFaults = NO_KILL_FAULTS) -> None:
        """Change the state of every order at the exchange, in all portfolios and tenants."""
        key.require_trading()
        if not key.sees_everything:
            raise CallRefused(
                403, f"the key {key.name!r} does not reach all portfolios, so it cannot change the whole account"
            )
        action = wanted.order_mod_type
        affected = [order for order in self._live_and_hibernated() if _concerns(wanted, order)]
        live = [order for order in affected if order.is_live]
        if action is StatusAction.ACTI:
            self._activate_all(key, affected)
            return
        self._count_actions(len(affected))
        spared = self._draw_spared(live if action is StatusAction.DEAC else affected, faults)
        for order in affected:
            if order in spared:
                continue
            if action is StatusAction.DELE:
                self.market.delete(order, key.user)
            elif order.is_live:
                self.market.hibernate(order, key.user)
        self._after_removal(live, faults)

    def _count_actions(self, actions: int) -> None:
        self.market.conditions.quota.count(actions, self.market.now)

    def _live_and_hibernated(self) -> list[OwnOrder]:
        return [*self.market.ledger.live(), *self.market.ledger.hibernated()]

    def _activate_all(self, key: ApiKey, orders: Sequence[OwnOrder]) -> None:
        self.market.conditions.require_trading()
        self._count_actions(len(orders))
        for order in orders:
            if not order.is_live:
                self._activate(key, order)

    def _activate(self, key: ApiKey, order: OwnOrder) -> None:
        self._account_life.resume({order.terms.portfolio_id})
        with contextlib.suppress(OrderRefused):
            self.market.replace(order, terms_as_they_stand(order), key.user)

    def _draw_spared(self, orders: Sequence[OwnOrder], faults: KillFaults) -> frozenset[OwnOrder]:
        return frozenset(self._random.sample(orders, math.ceil(len(orders) * faults.spared_fraction)))

    def _after_removal(self, in_scope: Sequence[OwnOrder], faults: KillFaults) -> None:
        removed = [order for order in in_scope if not order.is_live]
        if not removed:
            return
        exposed = {order.terms.portfolio_id for order in self.market.ledger.live() if not order.terms.pre_arranged}
        self._account_life.pause({order.terms.portfolio_id for order in removed} - exposed)
        if faults.returns_every_s is not None:
            self.returning_bot.start(removed, faults.returns_every_s)
        self._algorithm_bots.start(self.algorithms, removed)


def _concerns(wanted: UpdateStatus, order: OwnOrder) -> bool:
    product = order.terms.contract.product.name
    return (wanted.incl_pre_arranged or not order.terms.pre_arranged) and (
        not wanted.prod_name or product in wanted.prod_name
    )
