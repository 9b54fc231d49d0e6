"""The store of a team fails in the middle of an entry, a bulk edit, a kill and a re-arm: what two desks say, how soon
the kill is at the exchange (aim 2 s), and whether anything is lost or doubled once the store is back.

The desk `north` acts, its exchange is slow while the store fails; `south` looks on from a terminal. The disk is full
only where this user may mount a small one (root). Some faults only: `PBTUI_BENCH_FAULTS="frozen,disk full"`.
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pbtui.api.clock import steady_s, utc_now
from pbtui.api.codes import ModifyAction
from pbtui.api.requests import OrderModify
from pbtui.cli.desk import desk_opener
from pbtui.cli.kill.opener import kill_opener
from pbtui.desk.desk import Desk
from pbtui.desk.kill.halt import HaltNotOnDisk
from pbtui.desk.kill.plan import plan_for
from pbtui.desk.kill.protocol.timing import Timing
from pbtui.desk.kill.switch import KillSwitch
from pbtui.desk.tickets.ticket import Action, Ticket, change_line
from pbtui.settings.key_text import Secret
from pbtui.settings.profiles import Profile
from pbtui.settings.team import TeamSettings
from tests.benchmarks.store_faults import PASSWORD, Store, running_store
from tests.desk.team.conftest import DESK
from tests.desk.tickets.test_executor import a_ticket, an_add, an_entry, away, limit_orders
from tests.end_to_end.host import Host
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.trader import trading_desk
from tests.exchange import RunningExchange, running_exchange

_WITHIN_S = 40.0
_SEEN_AFTER_S = 3.0
_SAID = re.compile(r"(NO TEAM STORE|HALTED|TRADING|halted|unreachable|can only be withdrawn).*")
_TIMING = Timing(watch_s=0, verify_within_s=4)
Fault = Callable[[], AsyncIterator[None]]


class Trial:
    """One desk that acts, headless, one that looks on, and what was found wrong."""

    def __init__(
        self, desk: Desk, switch: KillSwitch, profile: Profile, exchange: RunningExchange, store: Store
    ) -> None:
        self.desk, self.switch, self.profile = desk, switch, profile
        self.exchange, self.store = exchange, store
        self.faulty: list[str] = []

    # ------------------------------------------------------------ what is done while the store fails

    async def entry(self, begin: Callable[[], Coroutine[Any, Any, None]]) -> list[str]:
        """An entry is on the wire when the store fails; another follows."""
        ticket = await self._on_the_wire(self._new(), begin)
        return [_result(ticket), f"the next one: {_result(await self.desk.submit(self._new()))}"]

    async def bulk_edit(self, begin: Callable[[], Coroutine[Any, Any, None]]) -> list[str]:
        """Six orders are changed, each by a request of its own; the first is on the wire when the store fails."""
        rows = [self.desk.view.blotter.find(order.key) for order in limit_orders(self.exchange)[:6]]
        orders = [row.order for row in rows if row is not None]
        lines = [change_line(o, OrderModify(action=ModifyAction.MODI, price=away(o))) for o in orders]  # type: ignore[arg-type]
        return [_result(await self._on_the_wire(a_ticket(Action.MODIFY, *lines), begin))]

    async def kill(self, begin: Callable[[], Coroutine[Any, Any, None]]) -> list[str]:
        """The first request of a kill is on the wire when the store fails."""
        self.exchange.faults(hold={"value": True, "methods": ["PUT"]})
        return await self._kill(begin, lambda: asyncio.sleep(0))

    async def kill_without(self, begin: Callable[[], Coroutine[Any, Any, None]]) -> list[str]:
        """A kill is fired when the store is away."""
        await begin()
        return await self._kill(lambda: asyncio.sleep(0), lambda: asyncio.sleep(0))

    async def rearm(self, begin: Callable[[], Coroutine[Any, Any, None]]) -> list[str]:
        """The store fails while a halt is lifted."""
        await self._kill(lambda: asyncio.sleep(0), self._halted)
        rearming = asyncio.create_task(self._rearmed())
        await begin()
        return [await rearming]

    # ------------------------------------------------------------ hands

    def _new(self) -> Ticket:
        return an_add(an_entry(self.exchange))

    async def _on_the_wire(self, ticket: Ticket, begin: Callable[[], Coroutine[Any, Any, None]]) -> Ticket:
        self.exchange.forget_requests()
        self.exchange.faults(hold={"value": True, "methods": ["PUT", "POST"]})
        sending = asyncio.create_task(self.desk.submit(ticket))
        await _until(self.exchange.writes)
        await begin()
        self.exchange.faults()
        return await sending

    async def _kill(
        self, begin: Callable[[], Coroutine[Any, Any, None]], then: Callable[[], Coroutine[Any, Any, None]]
    ) -> list[str]:
        self.exchange.forget_requests()
        known = [row.order for row in self.desk.view.blotter.active.values()]
        fired_at, earlier = utc_now(), self.switch.view.attempt
        firing = asyncio.create_task(self.switch.fire(plan_for(self.profile), known))
        (first, *_) = await _until(self.exchange.writes)
        await begin()
        self.exchange.faults()
        await _until(lambda: self.switch.view.attempt > earlier)
        view = await self.switch.verdict()
        await then()
        self.switch.release()
        await firing
        took_s = (datetime.fromisoformat(first["received_at"]) - fired_at).total_seconds()
        self._check(took_s < 2, f"the kill took {took_s:.2f} s")
        return [f"at the exchange after {took_s * 1000:.0f} ms", view.headline, *view.problems, *view.notes]

    async def _halted(self) -> None:
        await _until(lambda: any(halt.token for halt in self.desk._halt.team.halts))

    async def _rearmed(self) -> str:
        """Lift the halt, and what that said."""
        shown = self.desk.view.halted
        if shown is None:
            return "not halted"
        try:
            await self.desk.rearm_team("looked at it", shown)
            left = self.desk.rearm("looked at it", shown)
        except HaltNotOnDisk as error:
            return f"not re-armed: {error}"
        return "re-armed" if left is None else f"re-armed; still halted: {left.reason}"

    # ------------------------------------------------------------ once the store is back

    async def reached_again(self) -> list[str]:
        """Wait until all is as it should be again. Returns how long the desk needed, and how open requests ended."""
        began_s = steady_s()
        await _until(lambda: not self.desk.view.team_problem)
        back_s = steady_s() - began_s
        open_tickets = [ticket.token for ticket in self.desk.view.tickets if ticket.is_open]
        for token in open_tickets:
            await self.desk.reconciled(token)
        await _until(lambda: self._open_sends() == 0)
        self._check_entries()
        return [f"reached again after {back_s:.1f} s"]

    async def calm(self) -> list[str]:
        """Lift every halt, and bring the orders back."""
        said = []
        self.desk._halt.read()
        await asyncio.sleep(_SEEN_AFTER_S)
        while self.desk.view.halted is not None:
            said.append(await self._rearmed())
            await asyncio.sleep(0.5)
        halts = self.store.ask("select token, count(*) from pbtui.halt group by token having count(*) > 1")
        self._check(not halts, f"halts that are there twice: {halts}")
        held = self.store.ask("select epoch from pbtui.halt where lifted_at is null")
        self._check(not held, f"halts that still hold: {held}")
        out = [order for order in self.exchange.orders(active_only=False, limit=500) if order["state"] == "HIBE"]
        for order in out:
            body = [{"order_id": order["order_id"], "revision_no": order["revision_no"], "changes": {"action": "ACTI"}}]
            answer = self.exchange.call("PUT", "/orders/list", json=body)
            self._check(answer.is_success, f"{order['order_id']} is not activated again: {answer.text}")
        return said

    def _open_sends(self) -> int:
        (row,) = self.store.ask("select count(*) from pbtui.send where ended_at is null and operator <> 'filler'")
        return int(str(row[0]))

    def _check_entries(self) -> None:
        """Each new order that was reported is at the exchange once, each other one is not."""
        texts = {
            str(o["initial_order_id"]): str(o.get("txt")) for o in self.exchange.orders(active_only=False, limit=500)
        }.values()
        for ticket in self.desk.view.tickets:
            for line in ticket.lines if ticket.action is Action.ADD else ():
                count = sum(str(line.key) in text for text in texts)
                self._check(count == int(line.is_done), f"{line.key} is {line.state} and {count} times there")

    def _check(self, holds: object, what: str) -> None:
        if not holds:
            self.faulty.append(what)


ACTIONS: dict[str, Callable[[Trial, Callable[[], Coroutine[Any, Any, None]]], Coroutine[Any, Any, list[str]]]] = {
    "entry": Trial.entry,
    "bulk edit": Trial.bulk_edit,
    "kill": Trial.kill,
    "kill while away": Trial.kill_without,
    "re-arm": Trial.rearm,
}


def _result(ticket: Ticket) -> str:
    """The states of the lines, and the reasons, each once."""
    states = [str(line.state) for line in ticket.lines]
    counted = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    reasons = dict.fromkeys(line.reason for line in ticket.lines if line.reason)
    return ": ".join([counted, *["; ".join(reasons)][: bool(reasons)]])


async def _until(seen: Callable[[], Any]) -> Any:
    async with asyncio.timeout(_WITHIN_S):
        while not (found := await asyncio.to_thread(seen)):  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.01)
    return found


def _on_screen(south: Terminal) -> list[str]:
    return [found[0].strip(" │┃") for line in south.lines() if (found := _SAID.search(line))]


async def one(trial: Trial, fault: str, action: str, south: Terminal) -> None:
    """Run one trial, and print what was said."""
    away = await asyncio.to_thread(trial.store.faults[fault])
    began_s = 0.0
    await asyncio.sleep(_SEEN_AFTER_S)  # some faults restart the server before, and an edit wants fresh orders
    await trial.reached_again()

    async def begin() -> None:
        nonlocal began_s
        await asyncio.to_thread(away.__enter__)
        began_s = steady_s()

    trial.faulty.clear()
    said = await ACTIONS[action](trial, begin)
    await asyncio.sleep(max(0.0, began_s + _SEEN_AFTER_S - steady_s()))
    seen, problem = _on_screen(south), trial.desk.view.team_problem
    await asyncio.to_thread(away.__exit__, None, None, None)
    back = await trial.reached_again()
    calmed = await trial.calm()
    print(f"\n  {fault}, {action}")
    for label, texts in (("north", [*said, problem]), ("south", seen), ("back", [*back, *calmed])):
        for text in filter(None, texts):
            print(f"    {label}: {text}")
    print(f"    {'; '.join(trial.faulty) or 'nothing lost, nothing doubled'}", flush=True)


@asynccontextmanager
async def acting(profile: Profile, key: str) -> AsyncIterator[tuple[Desk, KillSwitch]]:
    """A headless desk that has read the orders and the team, and its kill switch."""
    secret = Secret(key)
    async with desk_opener(profile, lambda: secret)(lambda view: None) as desk:
        running = asyncio.create_task(desk.run(reports_earlier=True))
        async with kill_opener(profile, lambda: secret, _TIMING)(lambda view: None, lambda: 0) as switch:
            await _until(lambda: desk.view.link.read_s is not None and desk.view.others)
            yield desk, switch
        running.cancel()


async def run(folder: Path, exchange: RunningExchange, store: Store) -> None:
    """Run all trials on one pair of desks."""
    north, south = (Host(folder / name, team_store=store.postgres.url(store.database, DESK)) for name in ("n", "s"))
    passwords = folder / "pgpass"
    passwords.write_text(f"*:*:*:{DESK}:{PASSWORD}\n")
    passwords.chmod(0o600)
    for host in (north, south):
        host.home.mkdir()
        host.variables["PGPASSFILE"] = str(passwords)
    os.environ.update(north.environment)
    profile = Profile(
        name="desk",
        base_url=exchange.base_url,
        read_only=False,
        poll_seconds=1.0,
        single_order_endpoint=True,
        team=TeamSettings(store=north.team_store),
    )
    wanted = [name.strip() for name in os.environ.get("PBTUI_BENCH_FAULTS", "").split(",") if name.strip()]
    with trading_desk(south, exchange) as terminal:
        async with acting(profile, exchange.keys["trader"]) as (desk, switch):
            trial = Trial(desk, switch, profile, exchange, store)
            for fault in wanted or store.faults:
                for action in ACTIONS:
                    await one(trial, fault, action, terminal)
        terminal.send("q")
        terminal.end()
    verified = south.run("journal", "verify", "--team")
    print(f"\n  pbtui journal verify --team, exit code {verified.returncode}:")
    print("    " + (verified.stdout + verified.stderr).decode().replace("\n", "\n    "))


def main() -> None:
    """Print the table."""
    with running_store() as store, running_exchange(orders=24) as exchange, TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder), exchange, store))


if __name__ == "__main__":
    main()
