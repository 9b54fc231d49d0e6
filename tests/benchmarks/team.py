"""Twenty desks on one exchange and one PostgreSQL, each in its own process: 300 halts in the middle of their writing,
then 30 kills with pbtui's kill switch, which reads until it is verified.

A send is missed if it was registered before a halt, had not ended when the halt began, and is not among those that the
halt names: a kill would not wait for it. Beside the statement of pbtui stands a naive one, which looks at the halt and
registers in one statement without a lock. Registrations last from the call to the answer, and a halt until the desk's
view has it. After each verified kill nothing may be active at the exchange until the re-arm. PostgreSQL writes to the
disk at each commit (fsync). With other numbers: `PBTUI_BENCH_HALTS=20`, and
`PBTUI_BENCH_KILLS=300`, each of which takes seconds.
"""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from pbtui.api.clock import steady_s
from pbtui.desk.team.opening import participant_of
from pbtui.desk.team.postgres import PostgresStore
from pbtui.desk.team.store import HaltRecord, WantedHalt
from pbtui.settings.profiles import Profile
from tests.benchmarks.team_kills import Kills, p50_and_p99
from tests.desk.team.conftest import DESK, OWNER, Postgres, new_postgres
from tests.exchange import RunningExchange, running_exchange

DESKS = 20
HALTS = int(os.environ.get("PBTUI_BENCH_HALTS", "300"))
KILLS = int(os.environ.get("PBTUI_BENCH_KILLS", "30"))
_MISSED = """\
select count(*), count(distinct h.epoch) from pbtui.halt h join pbtui.send s using (server)
where s.registered_at < h.lifted_at and (s.ended_at is null or s.ended_at > h.halted_at)
    and s.id <> all (h.sends_before)
"""


class Halts:
    """Halts that are put into the store alone."""

    def __init__(self, store: PostgresStore) -> None:
        self._store = store

    async def begin(self, number: int) -> HaltRecord:
        """Begin one."""
        return await self._store.halt(WantedHalt(f"k{number}", "benchmark"))

    async def lift(self, halt: HaltRecord) -> None:
        """Lift it."""
        await self._store.rearm(halt.epoch, "benchmark")


async def run(
    postgres: Postgres, exchange: RunningExchange, statement: str, kills_of: Callable[[str], Kills] | None = None
) -> None:
    """Begin and lift the halts among desks that register with this statement, and print a line of the table."""
    url = postgres.url(postgres.new_database(), DESK)
    store = PostgresStore(url, participant_of(Profile(name="bench", base_url=exchange.base_url)), 30)
    kills = None if kills_of is None else kills_of(url)
    halts = kills or Halts(store)
    count = HALTS if kills is None else KILLS
    await store.register("PUT /orders/list", "first")  # makes the row of the account, which the naive statement needs
    await store.end("first", "answered")
    command = (sys.executable, "-m", "tests.benchmarks.team_desk", url, exchange.base_url, exchange.keys["trader"])
    orders = [order for order in exchange.orders() if not order.get("pre_arranged")][:DESKS]
    folder = os.environ["XDG_STATE_HOME"]
    other_host = {**os.environ, "XDG_STATE_HOME": f"{folder}/desks", "XDG_RUNTIME_DIR": f"{folder}/desks"}
    desks = [
        await asyncio.create_subprocess_exec(
            *command, order["order_id"], statement, stdin=PIPE, stdout=PIPE, limit=2**24, env=other_host
        )
        for order in orders
    ]
    await asyncio.gather(*(_line(desk) for desk in desks))
    random = Random(1)  # noqa: S311 - pauses
    took_s: list[float] = []
    seen_s: list[float] = []
    for number in range(count):
        await asyncio.sleep(random.uniform(0.05, 0.2))
        began_s = steady_s()
        halt = await halts.begin(number)
        took_s.append(steady_s() - began_s)
        seen = await asyncio.gather(*(_sees(desk, halt.epoch) for desk in desks))
        seen_s += [at_s - began_s for at_s in seen]
        await halts.lift(halt)
    await store.close()
    ends: Counter[str] = Counter()
    registered_s: list[float] = []
    for desk in desks:
        assert desk.stdin is not None
        desk.stdin.close()
        last = await _last(desk)
        registered_s += last["took_s"]
        ends.update(last["ends"])
        await desk.wait()
    with psycopg.connect(url.replace(f"//{DESK}@", f"//{OWNER}@")) as owner:
        missed, in_halts = owner.execute(_MISSED).fetchall()[0]
    times = "  ".join(map(_times, (took_s, seen_s, registered_s)))
    print(f"  {statement if kills is None else 'kills':<8} {f'{missed}, in {in_halts} of {count} halts':>24}  {times}")
    if kills is not None:
        await kills.close()
        print(f"           {kills.words}")
    print(f"           {len(orders)} desks: {', '.join(f'{count} {how}' for how, count in ends.most_common())}")


async def _line(desk: Process) -> dict[str, Any]:
    assert desk.stdout is not None
    line: dict[str, Any] = json.loads(await desk.stdout.readline())
    return line


async def _sees(desk: Process, epoch: int) -> float:
    """When the desk saw this halt."""
    while (line := await _line(desk)).get("epoch") != epoch:
        pass
    return float(line["seen_s"])


async def _last(desk: Process) -> dict[str, Any]:
    while "took_s" not in (line := await _line(desk)):
        pass
    return line


def _times(values_s: Sequence[float]) -> str:
    p50_s, p99_s = p50_and_p99(values_s)
    return f"{p50_s * 1000:8.1f} /{p99_s * 1000:8.1f}"


def main() -> None:
    """Print the table."""
    print(f"  {'':<8} {'sends missed':>24}  {'halt p50/p99 ms':>18}  {'seen p50/p99 ms':>18}  {'register p50/p99':>18}")
    with new_postgres() as postgres, running_exchange(orders=120) as exchange, TemporaryDirectory() as state:
        os.environ["XDG_STATE_HOME"] = os.environ["XDG_RUNTIME_DIR"] = state
        with psycopg.connect(postgres.url("postgres", OWNER), autocommit=True) as admin:
            admin.execute("alter system set fsync = on")
            admin.execute("select pg_reload_conf()")
        for statement in ("locked", "naive"):
            asyncio.run(run(postgres, exchange, statement))
        asyncio.run(run(postgres, exchange, "locked", partial(Kills, exchange)))


if __name__ == "__main__":
    main()
