"""The store of the simulated world answers as PostgreSQL does, and times exactly what a real one can't."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from random import Random
from typing import Any

import msgspec

from pbtui.desk.kill.view import Doubt, Phase
from pbtui.desk.team.postgres import PostgresStore
from pbtui.desk.team.store import LOST, Participant, RearmRefused, WantedHalt
from pbtui.settings.team import TeamSettings
from tests.desk.kill.armed import armed_at
from tests.desk.team.conftest import DESK, Postgres
from tests.exchange import RunningExchange
from tests.simulation.team.world import store_in_memory
from tests.simulation.virtual_exchange import new_virtual_loop
from tests.simulation.virtual_server import virtual_time

ADDRESS = "postgresql://store.example/trading"
PATIENT_S = 30.0
STEPS = 120
DESKS: Mapping[str, tuple[str, ...]] = {"all": (), "a": ("A",), "ab": ("A", "B"), "b": ("B",)}
Call = tuple[str, str, tuple[Any, ...], dict[str, Any]]


def participant(name: str, server: str = "desk.example/epex") -> Participant:
    return Participant(server=server, portfolios=DESKS[name], operator=name, host="north", profile="prod", desk=name)


def drawn_calls(lots: Random) -> Iterator[Call]:
    """Who asks what, of two servers."""
    for number in range(STEPS):
        who = f"{lots.choice([*DESKS])} {lots.choice(['epex', 'epex', 'nordpool'])}"
        token = f"t{lots.randrange(number + 1)}"
        kind = lots.choices(["register", "end", "halt", "rearm", "halts", "now", "sends_open"], [5, 3, 1, 2, 1, 2, 2])[
            0
        ]
        match kind:
            case "register":
                yield who, kind, ("PUT /orders/list", f"t{number}"), {"changes_everything": lots.random() < 0.1}
            case "end":
                yield who, kind, (token, lots.choice(["answered", LOST])), {}
            case "halt":
                yield who, kind, (WantedHalt(f"k{lots.randrange(9)}", "halted", lots.choice([*DESKS.values()])),), {}
            case "rearm":
                yield who, kind, (lots.randrange(1, 8), "calm"), {}
            case "halts":
                yield who, kind, (), {}
            case "now":
                yield who, kind, ([*range(1, 8)],), {}
            case _:
                yield who, kind, (lots.randrange(1, 8),), {}


async def answers(address: str, calls: Sequence[Call]) -> list[object]:
    """What the store answers, without the times."""
    stores: dict[str, PostgresStore] = {}
    found: list[object] = []
    for who, method, values, options in calls:
        name, _, exchange = who.partition(" ")
        server = f"desk.example/{exchange}"
        store = stores.setdefault(who, PostgresStore(address, participant(name, server), PATIENT_S))
        try:
            answer = await getattr(store, method)(*values, **options)
        except RearmRefused as refusal:
            answer = str(refusal)
        found.append((who, method, values, timeless(msgspec.to_builtins(answer))))
    for store in stores.values():
        await store.close()
    return found


def timeless(value: Any) -> object:
    """A value with only whether each time is there."""
    if isinstance(value, dict):
        return {key: bool(part) if key.endswith("_at") else timeless(part) for key, part in value.items()}
    return [timeless(part) for part in value] if isinstance(value, (list, tuple)) else value


def test_it_answers_a_drawn_sequence_of_calls_as_postgresql_does(postgres: Postgres, database: str) -> None:
    calls = list(drawn_calls(Random("calls")))  # noqa: S311 - they must be the same in both
    real = asyncio.run(answers(postgres.url(database, DESK), calls))
    loop = new_virtual_loop()
    with ExitStack() as world:
        world.enter_context(virtual_time(loop))
        world.enter_context(store_in_memory())
        simulated = loop.run_until_complete(answers(ADDRESS, calls))
    loop.close()
    assert simulated == real


async def test_a_kill_whose_halt_another_host_lifts_between_two_reads_has_a_doubt(exchange: RunningExchange) -> None:
    """The store is asked again after each read that may be clean, and not only each second."""
    with store_in_memory():
        async with armed_at(exchange, team=TeamSettings(store=ADDRESS)) as kill:
            other = PostgresStore(ADDRESS, participant("all", kill.profile.server))
            firing = kill.begin()
            await kill.until(lambda view: view.active == 0)
            await other.rearm(1, "calm")
            assert kill.views[-1].phase is Phase.VERIFYING
            view = await firing
            await other.close()
    assert (view.phase, view.doubts) == (Phase.VERIFIED, (Doubt.WRITES_NOT_KNOWN,))
    assert "all on north has lifted the halt of the team: other desks can enter orders" in view.problems
