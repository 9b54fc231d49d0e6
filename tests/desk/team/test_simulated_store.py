"""The store of the simulated world answers as PostgreSQL does, and times exactly what a real one can't."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from random import Random
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from pbtui.desk.journal.line import line_hash
from pbtui.desk.kill.progress import Doubt, Phase
from pbtui.desk.team.database.connection import connected, require_schema
from pbtui.desk.team.journal.uploader import ADD_LINES
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


def drawn_lines(lots: Random) -> Iterator[tuple[str, int, list[bytes]]]:
    """Runs of journal lines, part after part: some come twice, with a gap, or changed."""
    runs: list[list[bytes]] = [[], []]
    for _ in range(STEPS // 4):
        lines = lots.choice(runs)
        for _ in range(lots.randint(0, 2)):
            end = f',"prev":"{line_hash(lines[-1])}"' if lines else f',"run":{len(runs[0])}'
            lines.append(f'{{"seq":{len(lines) + 1},"what":{lots.randrange(9)}{end}}}'.encode())
        first = max(1, len(lines) - lots.randrange(4) + lots.choice([0, 0, 0, 1]))
        part = lines[first - 1 :] or [b'{"seq":1}']
        if lots.random() < 0.1:
            part = [*part[:-1], part[-1].replace(b'"what"', b'"that"')]
        yield line_hash(lines[0]) if lines else "no run", first, part


async def answers_to_lines(address: str, parts: Sequence[tuple[str, int, list[bytes]]]) -> list[object]:
    """What the store answers to the uploader of a profile."""
    connection = await connected(address, PATIENT_S, require_schema)
    found = []
    for run, first, lines in parts:
        fact = {"at": "2026-11-27T12:00:00Z", "kind": "request", "ticket": "", "portfolios": [], "orders": []}
        values = ("s", "prod", "tess", "north", "file", run, first, lines, Jsonb([fact] * len(lines)))
        row = await (await connection.execute(ADD_LINES, values)).fetchone()
        found.append(row and msgspec.json.decode(row[0]))
    await connection.close()
    return found


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


def test_it_answers_drawn_calls_and_lines_as_postgresql_does(postgres: Postgres, database: str) -> None:
    lots = Random("calls")  # noqa: S311 - they must be the same in both
    calls, parts = list(drawn_calls(lots)), list(drawn_lines(lots))

    async def both(address: str) -> list[object]:
        return [*await answers(address, calls), *await answers_to_lines(address, parts)]

    real = asyncio.run(both(postgres.url(database, DESK)))
    loop = new_virtual_loop()
    with ExitStack() as world:
        world.enter_context(virtual_time(loop))
        world.enter_context(store_in_memory())
        simulated = loop.run_until_complete(both(ADDRESS))
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
