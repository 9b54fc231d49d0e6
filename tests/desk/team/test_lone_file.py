"""A host that is cut loose sends without the store, only while that is away; the team learns of each send later."""

import asyncio
from datetime import timedelta
from pathlib import Path

import msgspec
import psycopg
import pytest

from pbtui.api.clock import utc_now
from pbtui.api.errors import RefusedHere
from pbtui.api.structs import replace
from pbtui.desk.cutting_loose import NotCutLoose, cut_loose, why_not_loose
from pbtui.desk.journal.chain import read_journal
from pbtui.desk.journal.writer import Journal, Kind
from pbtui.desk.kill.halt import halt_here
from pbtui.desk.storage.places import known_halts_file, lone_file, owner_of
from pbtui.desk.team.database.administration import look_at
from pbtui.desk.team.lone import Lone, LoneSend
from pbtui.desk.team.lone_file import LoneFile, rejoin
from pbtui.desk.team.opening import participant_of
from pbtui.desk.team.postgres import PostgresStore
from pbtui.desk.team.store import LOST, WantedHalt
from pbtui.desk.trading_halt import TradingHalt
from pbtui.settings.profiles import Profile
from pbtui.settings.team import TeamSettings
from tests.desk.team.conftest import DESK, OWNER, Postgres
from tests.desk.team.halts.test_known import HALT

PROFILE = Profile(
    name="prod", base_url="https://desk.example/acme/epex/v2/api", team=TeamSettings(store="service=trading")
)
PATIENT_S = 30.0
CALL = "POST /orders"


@pytest.fixture
def file() -> LoneFile:
    return LoneFile(PROFILE)


def path() -> Path:
    return lone_file(owner_of(PROFILE))


def test_only_a_profile_that_is_cut_loose_passes_and_each_send_is_kept(file: LoneFile) -> None:
    assert not file.let_pass(CALL, "t0")
    assert not path().exists()
    lone = file.begin("tess", "north", "store down")
    assert (file.let_pass(CALL, "t1"), file.let_pass(CALL, "t2")) == (True, True)
    file.end(CALL, "t1", "answered")
    sends = (LoneSend(CALL, "t1", "answered"), LoneSend(CALL, "t2"))
    assert file.read() == replace(lone, sends=sends)
    assert "by tess on north: store down; 2 sends without the team" in replace(lone, sends=sends).words
    [(aside, ended)] = file.put_aside()
    assert ended.sends == sends
    assert (file.read(), file.let_pass(CALL, "t3")) == (None, False)
    file.end(CALL, "t2", LOST)
    assert file.put_aside() == ((aside, ended),), "until it is reported"
    file.forget(aside)
    assert file.put_aside() == ()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\n", b'{"token": 5}\n'])
def test_a_file_that_can_not_be_read_cuts_nobody_loose(file: LoneFile, content: bytes) -> None:
    path().parent.mkdir(parents=True)
    path().write_bytes(content)
    assert (file.read(), file.let_pass(CALL, "t1")) == (None, False)


def test_what_left_before_a_second_cutting_loose_is_reported_too(file: LoneFile) -> None:
    first = file.begin("tess", "north", "store down")
    assert file.let_pass(CALL, "t1")
    second = file.begin("ben", "north", "still down")
    assert file.let_pass(CALL, "t2")
    reported = {lone.token: [send.token for send in lone.sends] for _, lone in file.put_aside()}
    assert reported == {first.token: ["t1"], second.token: ["t2"]}


def test_a_profile_that_was_cut_loose_elsewhere_or_on_another_day_sends_nothing_and_is_reported(
    file: LoneFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.begin("tess", "north", "store down")
    assert file.let_pass(CALL, "t1")
    with monkeypatch.context() as south:
        south.setattr("socket.gethostname", lambda: "south")
        assert (file.read(), file.let_pass(CALL, "t2"), file.put_aside()) == (None, False, ())
    monkeypatch.setattr("pbtui.desk.team.lone_file.utc_now", lambda: utc_now() + timedelta(hours=13))
    assert (file.read(), file.let_pass(CALL, "t3")) == (None, False)
    [(_, lone)] = file.put_aside()
    assert [send.token for send in lone.sends] == ["t1"]


def test_a_halt_that_another_program_of_this_host_has_read_stops_what_is_cut_loose(file: LoneFile) -> None:
    file.begin("tess", "north", "store down")
    known = known_halts_file(owner_of(PROFILE))
    known.parent.mkdir()
    known.write_bytes(msgspec.json.encode({"halts": [HALT]}))
    assert not file.let_pass(CALL, "t1")
    known.write_bytes(msgspec.json.encode({"halts": [replace(HALT, portfolios=("P3",))]}))
    assert LoneFile(replace(PROFILE, portfolios=("P1",))).let_pass(CALL, "t2")


@pytest.mark.parametrize("content", [None, b"", b"{", b"\xff\n"])
def test_what_is_cut_loose_stops_if_it_is_not_known_which_halts_held(file: LoneFile, content: bytes | None) -> None:
    file.begin("tess", "north", "store down")
    assert file.let_pass(CALL, "t1")
    known = known_halts_file(owner_of(PROFILE))
    known.parent.mkdir()
    if content is None:
        known.symlink_to("/nonexistent/halts.json")
    else:
        known.write_bytes(content)
    assert not file.let_pass(CALL, "t2")
    with Journal(PROFILE) as journal, pytest.raises(NotCutLoose, match="not known whether the team is halted") as said:
        cut_loose(PROFILE, journal, "store down")
    assert str(known) in str(said.value)


def test_a_halt_or_a_store_that_answers_keeps_a_profile_in_its_team() -> None:
    away = "The team store is unreachable"
    assert why_not_loose(PROFILE, None, away) == ""
    assert "halted: price spike" in why_not_loose(PROFILE, halt_here("price spike"), away)
    assert "the team store answers" in why_not_loose(PROFILE, None, "")
    assert "no team store" in why_not_loose(replace(PROFILE, team=TeamSettings()), None, away)


def test_a_reason_is_required_and_controls_no_terminal() -> None:
    with Journal(PROFILE) as journal:
        with pytest.raises(NotCutLoose, match="no reason"):
            cut_loose(PROFILE, journal, " ")
        assert "down␛[2J\ufffd; 0 sends" in cut_loose(PROFILE, journal, "down\x1b[2J\udcff").words


async def passes(desk: TradingHalt) -> bool:
    try:
        async with desk.gate(CALL, enters=True):
            return True
    except RefusedHere:
        return False


@pytest.mark.real_time
async def test_a_desk_that_is_cut_loose_sends_until_the_store_is_back_and_the_team_learns_of_it(
    postgres: Postgres, database: str, file: LoneFile
) -> None:
    url = postgres.url(database, DESK)
    away = PostgresStore("postgresql://127.0.0.1:1/trading", participant_of(PROFILE), PATIENT_S)
    changed = asyncio.Event()
    desk = TradingHalt(PROFILE, away, changed.set)
    with Journal(PROFILE) as journal:
        with pytest.raises(NotCutLoose, match="the team store answers"):  # as far as this desk knows
            desk.cut_loose(journal, "store down")

        async def until_known() -> None:
            await changed.wait()

        await desk.beside(until_known())
        assert not await passes(desk)
        assert "by" in desk.cut_loose(journal, "store down").words
        assert await passes(desk)
        file.let_pass(CALL, "under way")
        assert journal.path is not None
        assert [entry.kind for entry in read_journal(journal.path).entries][-1] == Kind.LONE
    desk.begin("F9 was pressed")
    assert not await passes(desk), "a halt holds also for a host that is cut loose"
    await desk.close()

    who = participant_of(PROFILE)
    other = PostgresStore(url, replace(who, operator="ben", host="south", desk="d2"), PATIENT_S)
    halt = await other.halt(WantedHalt("k1", "price spike"))
    joined: asyncio.Queue[Lone] = asyncio.Queue()
    back = TradingHalt(PROFILE, PostgresStore(url, who, PATIENT_S), lambda: None, joined=joined.put_nowait)
    assert not await passes(back), "the store answers, and a halt holds"

    rejoined: list[Lone] = []

    async def until_reported() -> None:
        while not await other.lone_reports():
            await other.notice()
        rejoined.append(await joined.get())

    await back.beside(until_reported())
    [report] = await other.lone_reports()
    assert (report.reason, report.sends, report.host) == ("store down", 2, who.host)
    assert ([lone.reason for lone in rejoined], joined.empty()) == (["store down"], True)
    assert (back.lone, file.read(), file.put_aside()) == (None, None, ())
    [open_send] = await other.sends_open(halt.epoch)
    assert (open_send.token, open_send.ending) == ("under way", ""), "a kill of another host waits for it"
    assert [each.id for each in (await look_at(url)).state.lone] == [report.id]
    assert await other.report_lone(rejoined[0]) == report
    assert await rejoin(other, file) == []
    await back.close()
    await other.close()


@pytest.mark.real_time
async def test_the_first_answer_of_the_store_ends_it_whatever_fails_after_it(
    postgres: Postgres, database: str, file: LoneFile
) -> None:
    url = postgres.url(database, DESK)
    with psycopg.connect(postgres.url(database, OWNER)) as owner:
        owner.execute("revoke execute on function pbtui.rearm_requests, pbtui.report_lone from pbtui_desk")
    other = PostgresStore(url, replace(participant_of(PROFILE), operator="ben", host="south"), PATIENT_S)
    await other.halt(WantedHalt("k1", "price spike"))
    await other.close()
    file.begin("tess", "north", "store down")
    changed = asyncio.Event()
    back = TradingHalt(PROFILE, PostgresStore(url, participant_of(PROFILE), PATIENT_S), changed.set)

    async def until_known() -> None:
        await changed.wait()

    await back.beside(until_known())
    assert "permission denied" in back.team.problem
    assert not file.let_pass(CALL, "t1"), "also of a command on this host, which has not read the halt"
    assert [lone.reason for _, lone in file.put_aside()] == ["store down"]
    await back.close()
