"""What traders, colleagues and other participants do, drawn from the seed."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from decimal import Decimal
from random import Random

from pbtui.api.clock import utc_now
from pbtui.api.models import (
    ExecutionRestriction,
    ModifyAction,
    Order,
    OrderEntry,
    OrderModify,
    OrderModifyItem,
    OrderSide,
)
from pbtui.desk.journal.writer import JournalUnusable
from pbtui.desk.kill.halt import HaltNotOnDisk
from pbtui.desk.kill.plan import plan_for
from pbtui.desk.kill.view import KillView
from pbtui.desk.tickets.ticket import ACTION_CODES, Action, Ticket, change_line, entry_line, new_token
from pbtui.settings.kill import KillAction
from pbtui.simulator.book.contracts import AREAS
from pbtui.simulator.calls.outcomes import ListOptions
from pbtui.simulator.http.control import COLLEAGUE
from pbtui.simulator.rejections import CallRefused, OrderRefused
from tests.simulation.world import Station, World

TRADING_S = 20.0
"""How long traders and the market act; later they only wait."""
VERDICT_WITHIN_S = 135.0
"""Bound of a kill: the limits of its verdict, `verify_within_s` twice and the first batch, and some seconds."""
AT_ONCE = "fok or ioc"
_AT_ONCE = (ExecutionRestriction.FOK, ExecutionRestriction.IOC)
_IN_ONE_GO_S = 0.1
"""An entry so shortly before the kill may not have left yet."""
_ACTIONS = {"enter": 5, "edit": 4, "bulk": 2, "withdraw": 3, "activate": 2, "twice": 2}


class Trader:
    """One trader at a desk."""

    def __init__(self, world: World, station: Station) -> None:
        self._world = world
        self._station = station
        self._lots = Random(f"trader {station.name} {world.seed}")
        self._number = 0
        self._tasks: list[asyncio.Task[object]] = []
        self._kill_at_s = self._lots.uniform(2, TRADING_S) if self._lots.random() < 0.6 else None

    async def trade(self) -> None:
        """Act now and then, and fire the kill once in most runs; return when nothing is waited for any more."""
        if self._kill_at_s is not None:
            self._begin(self._kill_and_rearm(self._kill_at_s))
        for _ in range(self._lots.randint(2, 7)):
            await asyncio.sleep(self._lots.expovariate(1 / 2))
            if self._world.loop.time() > TRADING_S:
                break
            kind = self._lots.choices(list(_ACTIONS), list(_ACTIONS.values()))[0]
            acts: dict[str, Callable[[], None]] = {
                "enter": self._enter,
                "edit": lambda: self._change(1),
                "bulk": lambda: self._change(4),
                "withdraw": self._withdraw,
                "activate": self._activate,
                "twice": self._press_twice,
            }
            acts[kind]()
        await asyncio.gather(*self._tasks)

    def _begin(self, act: Coroutine[object, object, object]) -> None:
        self._tasks.append(asyncio.create_task(act))

    # ------------------------------------------------------------ tickets

    def _submit(self, ticket: Ticket, times: int = 1) -> None:
        self._world.observer.submits(self._station.name, ticket)
        for _ in range(times):
            self._begin(self._station.desk.submit(ticket))

    def _name(self) -> str:
        self._number += 1
        return f"{self._station.name}{self._number}"

    def _enter(self) -> None:
        self._submit(self._add())

    def _press_twice(self) -> None:
        self._submit(self._add(), times=2)

    def _add(self) -> Ticket:
        entries = [self._entry() for _ in range(self._lots.choice([1, 1, 1, 2, 3]))]
        return Ticket(new_token(), Action.ADD, tuple(entry_line(entry, new_token()) for entry in entries), utc_now())

    def _entry(self) -> OrderEntry:
        """Draw a new order: most rest far from the market, a few cross it."""
        lots = self._lots
        side = lots.choice([OrderSide.BUY, OrderSide.SELL])
        rests = lots.random() < 0.8
        low = rests == (side is OrderSide.BUY)
        contracts = list(self._world.exchange.market.calendar.listed.values())
        return OrderEntry(
            portfolio_id=lots.choice(["DE1", "DE2", "FLEX"]),
            contract_id=lots.choice(contracts[-6:]).contract_id,
            delivery_area=lots.choice(AREAS[:4]).eic,
            side=side,
            quantity=Decimal(lots.randint(1, 200)).scaleb(-1),
            price=Decimal(lots.randint(-20000, -10000) if low else lots.randint(50000, 60000)).scaleb(-2),
            ordr_exe_restriction=self._restriction(),
            txt=self._name(),
        )

    def _restriction(self) -> ExecutionRestriction | None:
        restriction = self._lots.choice(_AT_ONCE) if self._lots.random() < 0.15 else None
        return None if AT_ONCE in self._world.without else restriction

    def _change(self, most: int) -> None:
        orders = self._drawn(most, self._active())
        if not orders:
            return
        lines = [change_line(order, self._changes(order)) for order in orders]
        self._submit(Ticket(new_token(), Action.MODIFY, tuple(lines), utc_now()))

    def _changes(self, order: Order) -> OrderModify:
        """Draw a change. Its text is its own, so that the exchange's history shows which change was made."""
        lots = self._lots
        price, quantity = None, None
        if order.price is not None and lots.random() < 0.7:
            away = Decimal(lots.randint(1, 500)).scaleb(-2)
            price = order.price - away if order.side == "BUY" else order.price + away
        if lots.random() < 0.3:
            quantity = Decimal(lots.randint(1, 100)).scaleb(-1)
        return OrderModify(action=ModifyAction.MODI, price=price, quantity=quantity, txt=self._name())

    def _withdraw(self) -> None:
        self._act(self._lots.choice([Action.DEACTIVATE, Action.DELETE]), self._drawn(3, self._active()))

    def _activate(self) -> None:
        rows = self._station.desk.view.blotter.deactivated.values()
        self._act(Action.ACTIVATE, self._drawn(2, [row.order for row in rows]))

    def _act(self, action: Action, orders: list[Order]) -> None:
        if orders:
            lines = [change_line(order, OrderModify(action=ACTION_CODES[action])) for order in orders]
            self._submit(Ticket(new_token(), action, tuple(lines), utc_now()))

    def _active(self) -> list[object]:
        return [row.order for row in self._station.desk.view.blotter.active.values()]

    def _drawn(self, most: int, orders: list[object]) -> list[Order]:
        readable = [order for order in orders if isinstance(order, Order)]
        return self._lots.sample(readable, min(self._lots.randint(1, most), len(readable)))

    # ------------------------------------------------------------ the kill

    async def _kill_and_rearm(self, at_s: float) -> None:
        await asyncio.sleep(at_s - self._world.loop.time())
        if self._lots.random() < 0.5:
            self._enter()
            await asyncio.sleep(self._lots.uniform(0, _IN_ONE_GO_S))
        await self._kill()
        if self._lots.random() < 0.25:
            await asyncio.sleep(self._lots.uniform(0.01, 5))
            await self._kill()
        if self._lots.random() < 0.7:
            await asyncio.sleep(self._lots.uniform(0.5, 8))
            await self._rearm()

    async def _kill(self) -> None:
        """Fire, as the terminal's kill thread does, and wait for the verdict."""
        station = self._station
        action = self._lots.choices(list(KillAction), [6, 2, 1, 1])[0]
        station.kill_began = asyncio.Event()
        self._world.observer.halts(station.name)
        station.desk.halt("the kill switch was fired")
        station.desk.pause_feed()
        known = [row.order for row in station.desk.view.blotter.active.values()]
        plan = plan_for(station.profile, action)
        attempt = len(station.kills) + 1
        firing = asyncio.create_task(station.switch.fire(plan, known, guard="simulation", attempt=attempt))
        firing.add_done_callback(lambda _: station.desk.resume_feed())
        station.kills.append(firing)
        view = await _within(VERDICT_WITHIN_S, self._verdict())
        self._world.observer.verdict(station.name, None if view is None else view.phase, VERDICT_WITHIN_S)

    async def _verdict(self) -> KillView:
        await self._station.kill_began.wait()
        return await self._station.switch.verdict()

    async def _rearm(self) -> None:
        self._station.switch.release()
        await asyncio.gather(*self._station.kills)
        try:
            self._station.desk.rearm("simulation")
        except (JournalUnusable, HaltNotOnDisk) as error:
            self._world.story.note(self._station.name, f"can't re-arm: {type(error).__name__}")
        else:
            self._world.observer.rearms(self._station.name)


async def _within(seconds: float, wanted: Awaitable[KillView]) -> KillView | None:
    try:
        async with asyncio.timeout(seconds):
            return await wanted
    except TimeoutError:
        return None


async def market(world: World) -> None:
    """Let others trade with own orders, and a colleague change them, now and then."""
    lots = Random(f"market {world.seed}")
    rate_s = lots.choice([1.0, 3.0, 10.0])
    while world.loop.time() < TRADING_S:
        await asyncio.sleep(lots.expovariate(1 / rate_s))
        world.api.step()
        orders = sorted(world.exchange.market.ledger.live(), key=lambda order: order.number)
        if not orders:
            continue
        order = lots.choice(orders)
        kind = lots.choices(["fill", "part", "edit", "delete", "lose"], [3, 4, 2, 1, 0.3])[0]
        book = world.exchange.market.book(order.terms)
        if kind in ("fill", "part") and order in book:
            part_mw = min(Decimal(lots.randint(1, 20)).scaleb(-1), order.open_mw)
            volume_mw = order.open_mw if kind == "fill" else part_mw
            world.exchange.market.fill(order, volume_mw)
            world.story.fault("fill")
            world.story.note("market", f"takes {volume_mw} MW of {order.order_id}")
        elif kind == "lose":
            world.exchange.market.make_state_unknown(order)
            world.story.fault("state unknown")
            world.story.note("market", f"loses the state of {order.order_id}")
        elif kind in ("edit", "delete"):
            changes = (
                OrderModify(action=ModifyAction.MODI, txt="colleague")
                if kind == "edit"
                else OrderModify(action=ModifyAction.DELE)
            )
            item = OrderModifyItem(order_id=order.order_id, changes=changes)
            try:
                world.exchange.modify_orders(COLLEAGUE, [item], ListOptions(infer_order_revisions=True))
            except (CallRefused, OrderRefused):
                continue
            world.story.fault("colleague")
            world.story.note("colleague", f"{kind}s {order.order_id}")
        world.observer.exchange_changed()
