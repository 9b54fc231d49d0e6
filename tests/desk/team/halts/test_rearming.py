"""Two persons re-arm a server whose store says so: nothing less lifts a halt, whatever the settings of a desk are."""

import asyncio

import psycopg
import pytest

from pbtui.api.structs import replace
from pbtui.desk.journal.chain import read_journal
from pbtui.desk.journal.writer import Journal, Kind
from pbtui.desk.team.database.administration import look_at
from pbtui.desk.team.halts import rearming
from pbtui.desk.team.halts.known import KnownHalts
from pbtui.desk.team.halts.rearming import confirm, lift
from pbtui.desk.team.postgres import PostgresStore
from pbtui.desk.team.store import HaltRecord, RearmRefused, RearmRequest, WantedHalt
from pbtui.settings.profiles import Profile
from tests.desk.team.conftest import DESK, OTHER_DESK, OWNER, Open, Postgres

pytestmark = pytest.mark.real_time
PROFILE = Profile(name="prod", base_url="https://desk.example/acme/epex/v2/api")


class Persons:
    """Tess, whose settings ask for two persons, Ben, whose settings do not, and a halt that holds for both."""

    def __init__(self, tess: PostgresStore, ben: PostgresStore, halt: HaltRecord) -> None:
        self.tess, self.ben, self.halt = tess, ben, halt

    async def ask(self, reason: str = "calm") -> RearmRequest:
        return await self.tess.ask_rearm([self.halt.epoch], reason)

    async def refusal_of_ben(self, request: RearmRequest, store: PostgresStore | None = None) -> str:
        with pytest.raises(RearmRefused) as refused:
            await (store or self.ben).confirm_rearm(request.id)
        assert self.halt in await self.ben.halts()
        return str(refused.value)


@pytest.fixture
async def persons(opened: Open) -> Persons:
    tess, ben = opened("tess", needs_two_persons=True), opened("ben", user=OTHER_DESK)
    await tess.halts()
    return Persons(tess, ben, await ben.halt(WantedHalt("k1", "price spike")))


async def test_a_desk_whose_settings_say_one_person_can_not_lift_a_halt_alone(persons: Persons, opened: Open) -> None:
    for store in (persons.ben, persons.tess):
        with pytest.raises(RearmRefused, match="two persons must re-arm this server"):
            await store.rearm(persons.halt.epoch, "calm")
    elsewhere = opened("eve", server="desk.example/nordpool")
    halt = await elsewhere.halt(WantedHalt("k1", "another server"))
    assert (await elsewhere.rearm(halt.epoch, "calm")).lifted_at is not None


async def test_another_operator_confirms_the_request_that_was_shown(
    persons: Persons, postgres: Postgres, database: str
) -> None:
    request = await persons.ask()
    [shown] = await persons.ben.rearm_requests()
    assert (shown.id, shown.halts, shown.reason) == (request.id, (persons.halt,), "calm")
    assert 299 <= (shown.until - persons.halt.halted_at).total_seconds() <= 330
    newer = await persons.tess.halt(WantedHalt("k2", "another one"))
    state = (await look_at(postgres.url(database, DESK))).state
    assert [(each.server, each.id) for each in state.requests] == [(persons.halt.server, request.id)]
    assert [(rule.server, rule.operator) for rule in state.rules] == [(persons.halt.server, "tess")]

    ended = await persons.ben.confirm_rearm(shown.id)
    assert (ended.ending, ended.confirmed_by, ended.confirmed_on) == ("confirmed", "ben", "north")
    assert await persons.ben.halts() == (newer,), "a halt that began later is not lifted with it"
    [lifted] = (await persons.tess.now([persons.halt.epoch])).lifted
    assert (lifted.lifted_by, lifted.lift_reason) == ("ben", "calm; asked by tess on north")
    assert "was confirmed" in str(await _refused(persons.ben.confirm_rearm(shown.id)))


async def _refused(call: "asyncio.Future[object] | object") -> RearmRefused:
    with pytest.raises(RearmRefused) as refused:
        await call  # type: ignore[misc]
    return refused.value


async def test_the_second_one_is_another_operator_with_another_user_of_the_database(
    persons: Persons, opened: Open
) -> None:
    request = await persons.ask()
    assert "another operator must confirm" in await persons.refusal_of_ben(request, opened("tess", user=OTHER_DESK))
    assert "needs a user of their own" in await persons.refusal_of_ben(request, opened("eve", user=DESK))
    far = opened("far", "P3", user=OTHER_DESK)
    own = await persons.ben.halt(WantedHalt("k3", "of two portfolios", portfolios=("P1", "P2")))
    for_two = await persons.tess.ask_rearm([own.epoch], "calm")
    assert "does not hold for these portfolios" in await persons.refusal_of_ben(for_two, far)
    assert "tess on north asks for it already" in str(await _refused(persons.ben.ask_rearm([own.epoch], "me too")))


async def test_a_request_that_ended_lifts_nothing(persons: Persons, postgres: Postgres, database: str) -> None:
    first = await persons.ask()
    second = await persons.ask("better words")
    assert await persons.refusal_of_ben(first) == "the request was replaced"
    await persons.ben.withdraw_rearm(second.id)  # not its own
    await persons.tess.withdraw_rearm(second.id)
    assert await persons.refusal_of_ben(second) == "the request was withdrawn"
    third = await persons.ask()
    with psycopg.connect(postgres.url(database, OWNER)) as owner:
        owner.execute("update pbtui.rearm_request set until = clock_timestamp()")
    assert await persons.refusal_of_ben(third) == "the request has expired"
    assert await persons.ben.rearm_requests() == ()
    assert "is no request 99" in str(await _refused(persons.ben.confirm_rearm(99)))


async def test_who_asks_waits_and_both_journals_have_it(persons: Persons, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rearming, "READ_EVERY_S", 0.02)
    waiting = asyncio.Queue[RearmRequest]()
    known, of_others = KnownHalts(PROFILE), KnownHalts(replace(PROFILE, name="late"))
    newer = await persons.tess.halt(WantedHalt("k2", "another one"))
    for each in (known, of_others):
        await each.read(persons.tess)
    with Journal(PROFILE) as of_tess, Journal(PROFILE) as of_ben:

        def asking() -> "asyncio.Task[None]":
            lifting = lift(persons.tess, known, [persons.halt], [], "calm", of_tess, waiting.put_nowait)
            return asyncio.create_task(lifting)

        asked = asking()
        first = await waiting.get()
        asked.cancel()
        await asyncio.wait({asked})
        assert await persons.refusal_of_ben(first) == "the request was withdrawn"
        asked = asking()
        await waiting.get()
        [shown] = await persons.ben.rearm_requests()
        await confirm(persons.ben, of_others, shown, of_ben)
        assert KnownHalts(PROFILE).held == of_others.held == (newer,), "nothing is read for that"
        await asked
        assert known.held == await persons.ben.halts() == (newer,)
        kinds = [[entry.kind for entry in read_journal(each.path).entries] for each in (of_tess, of_ben) if each.path]
    ended = [Kind.REARM_ASKED, Kind.REARM_ASKED, Kind.REARM_ENDED]
    assert [[kind for kind in each if kind.startswith("re-arm")] for each in kinds] == [ended, [Kind.REARM_CONFIRMED]]


async def test_halts_stay_in_the_store(persons: Persons, postgres: Postgres, database: str) -> None:
    assert persons.halt in await persons.ben.halts()
    with psycopg.connect(postgres.url(database, OWNER), autocommit=True) as owner:
        for change in ("delete from pbtui.halt", "truncate pbtui.halt", "delete from pbtui.account"):
            with pytest.raises(psycopg.errors.RaiseException, match="would look like a re-arm"):
                owner.execute(change.encode())
