"""What traders, colleagues and other participants do, drawn from the seed."""

import asyncio
from contextlib import suppress
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

from pbtui.api.clock import steady_s, utc_now
from pbtui.api.codes import ExecutionRestriction, ModifyAction, OrderSide
from pbtui.api.models import Order
from pbtui.api.reads.trades import TradeState
from pbtui.api.requests import OrderEntry, OrderModify, OrderModifyItem
from pbtui.desk.journal.writer import JournalUnusable
from pbtui.desk.kill.halt import Halt, HaltNotOnDisk, halt_here, read_halt
from pbtui.desk.kill.plan import plan_for
from pbtui.desk.kill.progress import KillView
from pbtui.desk.tickets.state import State
from pbtui.desk.tickets.ticket import ACTION_CODES, Action, Ticket, change_line, entry_line, new_token
from pbtui.desk.view import lists_all
from pbtui.settings.kill import KillAction
from pbtui.simulator.book.contracts import AREAS, Contract
from pbtui.simulator.calls.outcomes import ListOptions
from pbtui.simulator.http.control import COLLEAGUE
from pbtui.simulator.rejections import CallRefused, OrderRefused
from pbtui.simulator.rights import ADMIN
from tests.simulation.process import ProcessEnded, kill_steps
from tests.simulation.world import Station, World

TRADING_S = 12.0
"""How long traders and the market act; later they only wait."""
DECIDED_WITHIN_S = 60.0
RECALLS = "trade recalled"
_RECALLS_IN = 0.4
"""Share of the runs in which the exchange recalls trades."""
LAST_READ_WITHIN_S = 7.5
_MEAN_PAUSE_S = 1.2
CRASH, QUIT, RESEND = "crash", "quit with something away", "resend"
AT_ONCE = "fok or ioc"
_AT_ONCE = (ExecutionRestriction.FOK, ExecutionRestriction.IOC)
_KILLS, _KILLS_IN_TEAM = 0.6, 0.35
_ENTERS_THEN = 0.7
_IN_ONE_GO_S = 0.1
"""An entry so shortly before the kill may not have left yet."""


_WAYS = (6, 1, 2)
_STEPS = 0.25
"""Share of the changes that are one step of the price."""


def stepped(side: str, price: Decimal) -> Decimal:
    """The price one step away from the market."""
    return price - Decimal("0.50") if side == OrderSide.BUY else price + Decimal("0.50")


class Trader:
    """One trader. The program may be killed or closed at any time; the trader then opens it again."""

    def __init__(self, world: World, name: str) -> None:
        self.name = name
        self._world = world
        self._lots = Random(f"trader {name} {world.seed}")
        self._ways = Random(f"ways {name} {world.seed}")
        """How the trader says what is drawn from the lots."""
        self._number = 0
        self._tasks: list[asyncio.Task[Ticket]] = []
        self._by_task: dict[asyncio.Task[Ticket], Station] = {}
        self._opening = asyncio.Lock()
        self._present: Station | None = None
        self.team: list[Trader] = []
        """The other traders of the team; empty without a team."""
        kills = self._lots.random() < (_KILLS if world.team is None else _KILLS_IN_TEAM)
        self._kill_at_s = self._lots.uniform(1.5, TRADING_S) if kills else None
        crashes = CRASH not in world.without and self._lots.random() < 0.4
        self._crash_at_s = self._lots.uniform(0.5, TRADING_S) if crashes else None
        self._crashes_in_kill = crashes and self._lots.random() < 0.3
        self._is_killing = False

    @property
    def _station(self) -> Station:
        assert self._present is not None
        return self._present

    async def living(self) -> Station:
        """The program that runs; it is opened again if it has ended."""
        async with self._opening:
            station = self._present
            if station is None:
                self._present = station = await self._world.open(self.name)
            while station.process.is_ended:
                await asyncio.sleep(self._lots.uniform(0.05, 4))
                self._present = station = await self._world.open(self.name)
        return station

    async def trade(self) -> None:
        """Act now and then, and fire the kill once in most runs; return when nothing is waited for any more."""
        killing = asyncio.create_task(self._kill_and_rearm(self._kill_at_s))
        for _ in range(self._lots.randint(2, 7)):
            await asyncio.sleep(self._lots.expovariate(1 / _MEAN_PAUSE_S))
            if self._world.loop.time() > TRADING_S:
                break
            await self.living()
            if self._crash_at_s is not None and self._world.loop.time() > self._crash_at_s:
                self._crash_soon()
            acts = {
                self._enter: 5,
                self._edit: 4,
                self._edit_many: 2,
                self._withdraw: 3,
                self._activate: 2,
                self._press_twice: 2,
                self._quit: 1,
                self._rearm_shown: 3 if self.team else 0,
            }
            act = self._lots.choices(list(acts), list(acts.values()))[0]
            with suppress(ProcessEnded):
                await act()
        await killing
        await self._wait_for_tickets()
        await self.living()

    def _crash_soon(self) -> None:
        self._crash_at_s = None
        tears_line = self._lots.random() if self._lots.random() < 0.3 else None
        self._station.process.kill_after(kill_steps(self._lots), tears_line)

    async def _wait_for_tickets(self) -> None:
        """Wait until each request has ended, or its program."""
        for task in self._tasks:
            station = self._by_task[task]
            await station.lives_until(task)

    # ------------------------------------------------------------ start and end

    async def _quit(self) -> None:
        """Close the desk, often with something away, and open it again. Not while a kill has no verdict."""
        if self._is_killing or QUIT in self._world.without:
            return
        async with self._opening:
            await self.close()
            await asyncio.sleep(self._lots.uniform(0.05, 4))
            self._present = await self._world.open(self.name)

    async def close(self) -> None:
        """Close the desk."""
        station = self._station
        if station.desk.writes_under_way:
            self._world.story.fault(QUIT)
        station.quits.set()
        await station.lives_until(station.running)
        if station.running.done():
            with suppress(ProcessEnded):
                station.running.result()

    async def finish(self) -> None:
        """Wait until the desk is sure of every write; send some again that were not found."""
        await self.decided()
        if self._resends():
            await self.decided()

    async def decided(self) -> None:
        """Wait until no write of the desk is open, or as long as a trader does; a desk that ended is opened again."""
        station = await self.living()
        ends_s = self._world.loop.time() + DECIDED_WITHIN_S
        while any(ticket.is_open for ticket in station.desk.view.tickets) and self._world.loop.time() < ends_s:
            await asyncio.sleep(1)
            station = await self.living()

    def _resends(self) -> bool:
        """Send the entries again of a ticket that was not found, as the form does; return whether there was one."""
        for ticket in self._station.desk.view.tickets:
            entries = [line.request for line in ticket.lines if isinstance(line.request, OrderEntry)]
            not_found = [line for line in ticket.lines if line.state is State.NOT_FOUND]
            if not entries or not not_found or self._station.desk.view.halted or self._lots.random() < 0.3:
                continue
            self._world.story.fault(RESEND)
            fresh = [entry.model_copy(update={"txt": self._name()}) for entry in entries]
            lines = tuple(entry_line(entry, new_token()) for entry in fresh)
            self._submit(Ticket(new_token(), Action.ADD, lines, utc_now(), resends=ticket.token))
            return True
        return False

    # ------------------------------------------------------------ tickets

    def _submit(self, ticket: Ticket, times: int = 1) -> None:
        station = self._station
        self._world.observer.submits(self.name, ticket)
        for _ in range(times):
            task = station.begin(station.desk.submit(ticket))
            self._by_task[task] = station
            self._tasks.append(task)

    def _name(self) -> str:
        self._number += 1
        return f"{self.name}{self._number}"

    async def _enter(self) -> None:
        self._submit(self._add())

    async def enter_soon(self) -> None:
        """Enter while a trader of the team fires, in some of these moments."""
        await asyncio.sleep(self._lots.uniform(0, _IN_ONE_GO_S))
        if self._lots.random() < _ENTERS_THEN and not self._station.process.is_ended:
            await self._enter()

    async def _press_twice(self) -> None:
        self._submit(self._add(), times=2)

    async def _edit(self) -> None:
        self._change(1)

    async def _edit_many(self) -> None:
        self._change(4)

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
            portfolio_id=lots.choice(self._world.profile.portfolios or ("DE1", "DE2", "FLEX")),
            **self._named(lots.choice(contracts[-6:])),
            delivery_area=lots.choice(self._world.profile.delivery_areas or [area.eic for area in AREAS[:4]]),
            side=side,
            quantity=Decimal(lots.randint(1, 200)).scaleb(-1),
            price=Decimal(lots.randint(-20000, -10000) if low else lots.randint(50000, 60000)).scaleb(-2),
            ordr_exe_restriction=self._restriction(),
            txt=self._name(),
        )

    def _named(self, contract: Contract) -> dict[str, Any]:
        """Name a contract by its id, its name or its delivery."""
        by_delivery = {"dlvry_start": contract.delivery_start, "dlvry_end": contract.delivery_end}
        ways: list[dict[str, Any]] = [
            {"contract_id": contract.contract_id},
            {"contract_name": contract.name},
            by_delivery,
        ]
        return self._ways.choices(ways, _WAYS)[0]

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
        """Draw a change. Mostly it has a text of its own, so that the exchange's history shows which change was made.

        One without is the same step at every desk.
        """
        lots = self._lots
        price, quantity = None, None
        if order.price is not None and lots.random() < 0.7:
            away = Decimal(lots.randint(1, 500)).scaleb(-2)
            price = order.price - away if order.side == "BUY" else order.price + away
        if lots.random() < 0.3:
            quantity = Decimal(lots.randint(1, 100)).scaleb(-1)
        if order.price is not None and self._ways.random() < _STEPS:
            return OrderModify(action=ModifyAction.MODI, price=stepped(order.side, order.price))
        return OrderModify(action=ModifyAction.MODI, price=price, quantity=quantity, txt=self._name())

    async def _withdraw(self) -> None:
        self._act(self._lots.choice([Action.DEACTIVATE, Action.DELETE]), self._drawn(3, self._active()))

    async def _activate(self) -> None:
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

    async def _kill_and_rearm(self, at_s: float | None) -> None:
        if at_s is None:
            return
        await asyncio.sleep(at_s - self._world.loop.time())
        await self.living()
        entering = [asyncio.create_task(other.enter_soon()) for other in self.team]
        if self._lots.random() < 0.5:
            await self._enter()
            await asyncio.sleep(self._lots.uniform(0, _IN_ONE_GO_S))
        await self._kill_to_a_verdict()
        if self._lots.random() < 0.25:
            await asyncio.sleep(self._lots.uniform(0.01, 5))
            await self._kill_to_a_verdict()
        if self._lots.random() < 0.7:
            await asyncio.sleep(self._lots.uniform(0.5, 8))
            await self._rearm()
        await asyncio.gather(*entering)

    async def _kill_to_a_verdict(self) -> None:
        """Fire; if the program is killed on the way, open it again, and mostly resume what it owes."""
        self._is_killing = True
        has_verdict = await self._kill(await self.living(), None)
        while not has_verdict:
            station = await self.living()
            halt = station.do(partial(read_halt, station.profile))
            if halt is None or not halt.is_fired or self._lots.random() < 0.2:
                break
            self._world.story.fault("resume")
            has_verdict = await self._kill(station, halt)
        self._is_killing = False

    async def _kill(self, station: Station, halt: Halt | None) -> bool:
        """Fire, or resume the kill of this halt, as the terminal's kill thread does, and wait for the verdict.

        Returns False if the program was killed before there was one.
        """
        if self._crashes_in_kill:
            self._crashes_in_kill = False
            self._crash_soon()
        try:
            station.do(lambda: self._fire(station, halt))
        except ProcessEnded:
            return False
        verdict = station.begin(_verdict(station))
        while not verdict.done() and not station.process.is_ended:
            left_s = self._world.observer.kills.decided_by_s(self.name) - self._world.loop.time()
            if left_s <= 0:
                break
            await station.lives_until(verdict, left_s)
        if station.process.is_ended:
            return False
        self._world.observer.kills.verdict(self.name, verdict.result() if verdict.done() else None)
        return True

    def _fire(self, station: Station, halt: Halt | None) -> None:
        action = self._lots.choices(list(KillAction), [6, 2, 1, 1])[0]
        plan = plan_for(station.profile, action)
        station.kill_began = asyncio.Event()
        known = [row.order for row in station.desk.view.blotter.active.values()]
        if halt is None:
            self._world.observer.halts(self.name, [plan], known)
        else:
            self._world.observer.halts(self.name, [kill.plan for kill in halt.kills], ())
        station.desk.halt("the kill switch was fired")
        station.pause_feed()
        attempt = len(station.kills) + 1
        if halt is None:
            knows_all = lists_all(plan, station.desk.view, station.profile, steady_s())
            fire = station.switch.fire(plan, known, guard="simulation", attempt=attempt, knows_all=knows_all)
            firing = station.begin(fire)
        else:
            firing = station.begin(station.switch.resume(halt, attempt=attempt))
        firing.add_done_callback(lambda _: station.resume_feed() if attempt == len(station.kills) else None)
        station.kills.append(firing)

    async def _rearm_shown(self) -> None:
        """Lift the halt that the desk shows, which may be that of another host whose kill still runs."""
        if self._station.desk.view.halted is not None and not self._is_killing:
            await self._rearm()

    async def _rearm(self) -> None:
        station = await self.living()
        station.do(station.switch.release)
        for kill in station.kills:
            if not await station.lives_until(kill):
                return
        try:
            await self._lift(station, station.desk.view.halted or station.do(partial(halt_here, "the own kill")))
        except (JournalUnusable, HaltNotOnDisk) as error:
            self._world.story.note(self.name, f"can't re-arm: {type(error).__name__}")
        except ProcessEnded:
            return

    async def _lift(self, station: Station, shown: Halt) -> None:
        """Lift the halt that is shown: in the team, here and on disk, as the terminal's desk thread does."""
        if self._world.team is not None:
            self._world.team.observer.means(station.host, shown)
            lifting = station.begin(station.desk.rearm_team("simulation", shown))
            lives = await station.lives_until(lifting)
            if lifting.done() and not lifting.cancelled():  # also if the program ended at the same moment
                lifting.result()
            if not lives:
                return
        station.do(lambda: station.desk.rearm("simulation", shown))
        if not shown.is_others:
            self._world.observer.rearms(self.name, self._world.beside(self.name))


async def _verdict(station: Station) -> KillView:
    await station.kill_began.wait()
    return await station.switch.verdict()


async def market(world: World) -> None:
    """Let others trade with own orders, and a colleague change them, now and then."""
    lots, ways = Random(f"market {world.seed}"), Random(f"colleague {world.seed}")
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
            changes = OrderModify(action=ModifyAction.DELE)
            if kind == "edit":
                steps = ways.random() < 0.5
                price, txt = (stepped(order.side, order.price), None) if steps else (None, "colleague")
                changes = OrderModify(action=ModifyAction.MODI, price=price, txt=txt)
            item = OrderModifyItem(order_id=order.order_id, changes=changes)
            try:
                world.exchange.modify_orders(COLLEAGUE, [item], ListOptions(infer_order_revisions=True))
            except (CallRefused, OrderRefused):
                continue
            world.story.fault("colleague")
            world.story.note("colleague", f"{kind}s {order.order_id}")
        world.observer.exchange_changed()


async def recalls(world: World) -> None:
    """Let the exchange recall or cancel trades, in some of the runs."""
    lots = Random(f"recalls {world.seed}")
    if RECALLS in world.without or lots.random() > _RECALLS_IN:
        return
    while world.loop.time() < TRADING_S:
        await asyncio.sleep(lots.expovariate(1 / 3.0))
        world.api.step()
        trades = [t for t in world.exchange.market.trades.external(ADMIN.portfolio_ids) if t.state is TradeState.ACTI]
        if trades and (trade := world.exchange.market.trades.get(lots.choice(trades).trade_id)) is not None:
            world.exchange.market.set_trade_state(trade, lots.choice([TradeState.RGRA, TradeState.CNCL]))
            world.story.fault(RECALLS)
            world.story.note("market", f"recalls trade {trade.trade_id}")
