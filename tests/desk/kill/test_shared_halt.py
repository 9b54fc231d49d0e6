"""One halt for the profiles of a user on one host that trade the same portfolios at the same server."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pbtui.api.client import CHANGES_EVERYTHING
from pbtui.api.errors import RefusedHere
from pbtui.api.structs import replace
from pbtui.desk.journal.recent import has_undecided_kill, was_rearmed
from pbtui.desk.journal.writer import Journal
from pbtui.desk.kill.gate import halt_gate
from pbtui.desk.kill.halt import HaltNotOnDisk, engage, halt_here, read_halt, release
from pbtui.desk.kill.plan import plan_for
from pbtui.desk.kill.progress import Phase
from pbtui.desk.kill.protocol.events import Latch
from pbtui.desk.kill.recovery.rearming import rearm
from pbtui.desk.storage.places import halt_file, owner_of, shared_folders
from pbtui.settings.kill import KillAction
from pbtui.settings.profiles import Environment, Profile
from tests.desk.kill.armed import NOWHERE, armed_at, seen
from tests.desk.tickets.test_executor import until
from tests.exchange import RunningExchange

A = Profile(name="a", base_url=NOWHERE, portfolios=("P1", "P2"))


def the_other(**fields: Any) -> Profile:
    return Profile(**{"name": "b", "base_url": NOWHERE, "portfolios": ("P2", "P3"), **fields})


def halted(profile: Profile = A, action: KillAction = KillAction.DEACTIVATE_MINE) -> None:
    plan = plan_for(profile, action)
    engage(profile, halt_here(f"kill {action} fired", action=action, plan=plan))


def refuses(profile: Profile) -> bool:
    entering = halt_gate(profile)("POST /orders/list", enters=True).__aenter__()
    try:
        entering.__await__().send(None)
    except StopIteration:  # it has passed without waiting
        return False
    except RefusedHere:
        return True
    raise AssertionError("the gate waits, so a kill would")


@pytest.mark.parametrize(
    ("fields", "is_halted"),
    [
        ({}, True),
        ({"portfolios": ()}, True),
        ({"portfolios": ("P3",)}, False),
        ({"portfolios": ("p1",)}, False),
        ({"base_url": "http://127.0.0.1:2/acme/epex/v2/api"}, False),
        ({"base_url": "http://127.0.0.1:1/acme/nordpool/v2/api"}, False),
        ({"base_url": "http://localhost:1/acme/epex/v2/api/"}, True),
        ({"name": "a", "portfolios": ("P9",)}, True),
        ({"environment": Environment.SIMULATION}, False),
    ],
)
def test_server_and_portfolios_decide_who_is_halted(fields: dict[str, Any], is_halted: bool) -> None:
    halted()
    assert (read_halt(the_other(**fields)) is not None) is is_halted
    assert refuses(the_other(**fields)) is is_halted


def test_a_profile_without_portfolios_and_an_account_wide_kill_halt_all_of_the_server() -> None:
    halted(replace(A, portfolios=()))
    assert refuses(the_other(portfolios=("P9",)))
    release(owner_of(A))
    assert not refuses(the_other(portfolios=("P9",)))
    halted(A, KillAction.DELETE_ALL)
    assert refuses(the_other(portfolios=("P9",)))


def test_it_says_by_which_profile_and_by_whom() -> None:
    halted()
    halt = read_halt(the_other())
    assert halt is not None
    assert halt.is_others
    assert halt.words.startswith("kill deactivate-mine fired by profile a, ")
    assert f" by {halt.operator} on {halt.host}" in halt.words
    own = read_halt(A)
    assert own is not None
    assert "by profile" not in own.words


def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another state"))


def no_runtime_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setenv("TMPDIR", str(tmp_path))


@pytest.mark.parametrize("place", [lambda *_: None, no_runtime_folder])
def test_another_home_or_state_folder_sees_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, own_state: Path, place: Callable[[pytest.MonkeyPatch, Path], None]
) -> None:
    place(monkeypatch, tmp_path)
    halted()
    elsewhere(monkeypatch, tmp_path)
    assert refuses(A)
    assert refuses(the_other())
    with Journal(the_other()) as journal:
        rearm(the_other(), journal, "it is safe", read_halt(the_other()))
    assert not refuses(the_other())
    monkeypatch.setenv("XDG_STATE_HOME", str(own_state))
    assert refuses(A), "the halt in its own state folder is re-armed there"


@pytest.mark.parametrize("kind", ["a link", "a file", "too open"])
def test_a_shared_folder_that_is_not_private_is_not_believed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    no_runtime_folder(monkeypatch, tmp_path)
    folder = tmp_path / f"pbtui-{os.getuid()}"
    assert folder in shared_folders()
    monkeypatch.setattr("pbtui.desk.storage.halt_files.shared_folders", lambda: (folder,))
    if kind == "a link":
        (tmp_path / "target").mkdir()
        folder.symlink_to(tmp_path / "target")
    elif kind == "a file":
        folder.write_text("")
    else:
        folder.mkdir(mode=0o777)
        folder.chmod(0o777)
    written = engage(A, halt_here("kill fired", action="delete-mine"))
    assert written.problem == ""
    if kind == "too open":
        assert written.shared is not None
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    else:
        assert written.shared is None
        assert written.shared_problem
        assert not list((tmp_path / "target").glob("*"))
    assert refuses(the_other())


def test_the_folder_of_another_user_is_neither_read_nor_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "pbtui"
    folder.mkdir()
    monkeypatch.setattr("pbtui.desk.storage.halt_files.shared_folders", lambda: (folder,))
    (folder / f"{owner_of(A)}.json").write_text("{}")
    assert refuses(A)
    if os.getuid() == 0:
        os.chown(folder, 12345, 12345)
        assert not refuses(A)
        assert engage(A, halt_here("kill fired")).shared is None


@pytest.mark.parametrize("damage", ["damaged", "a pipe", "a folder", "huge"])
def test_a_halt_of_another_profile_that_cannot_be_read_halts(damage: str) -> None:
    halted()
    for file in (halt_file(owner_of(A)), shared_folders()[0] / halt_file(owner_of(A)).name):
        file.unlink()
    file = halt_file(owner_of(A))
    if damage == "damaged":
        file.write_text("{")
    elif damage == "a pipe":
        os.mkfifo(file)
    elif damage == "a folder":
        file.mkdir()
    else:
        with file.open("wb") as huge:
            huge.truncate(2**40)
    for profile in (A, the_other(), the_other(portfolios=("P9",))):
        halt = read_halt(profile)
        assert halt is not None
        assert halt.problem
    assert read_halt(the_other(base_url="http://127.0.0.1:2/acme/epex/v2/api")) is None


# ---------------------------------------------------------------- several kills


@pytest.mark.parametrize("first", ["account-wide", "of a portfolio less", "damaged"])
async def test_a_narrower_kill_lifts_the_halt_for_nobody(exchange: RunningExchange, first: str) -> None:
    other = Profile(name="b", base_url=exchange.base_url, portfolios=("FLEX",))
    async with armed_at(exchange, "admin", portfolios=("DE1", "FLEX")) as kill:
        await kill.fire(KillAction.DELETE_ALL if first == "account-wide" else KillAction.DEACTIVATE_MINE)
        if first == "damaged":
            halt_file(owner_of(kill.profile)).write_text("{")
        assert refuses(other)
    async with armed_at(exchange, "admin", portfolios=("DE1",)) as kill:
        assert (await kill.fire()).phase is Phase.VERIFIED
        assert refuses(other)
        for file in (halt_file(owner_of(kill.profile)), shared_folders()[0] / halt_file(owner_of(kill.profile)).name):
            file.unlink()
        assert Latch.VANISHED is await kill.switch._record.check_halt()
        assert refuses(other), "nor does one that is written again"
        with Journal(kill.profile) as journal:
            rearm(kill.profile, journal, "it is safe", read_halt(kill.profile))
    assert not refuses(other)
    halted(replace(other, name="test", portfolios=("DE1",)))
    assert not refuses(other), "a halt after the re-arm begins anew"


def test_a_halt_of_an_earlier_version_holds_for_the_scope_of_all_its_kills() -> None:
    halted()
    file = halt_file(owner_of(A))
    (shared_folders()[0] / file.name).unlink()
    wide = plan_for(A, KillAction.DEACTIVATE_ALL)
    facts = {**json.loads(file.read_text()), "earlier": [{"plan": json.loads(msgspec.json.encode(wide))}]}
    file.write_text(json.dumps(facts))
    halt = read_halt(A)
    assert halt is not None
    assert [kill.plan.action for kill in halt.kills] == [KillAction.DEACTIVATE_MINE, KillAction.DEACTIVATE_ALL]
    assert refuses(the_other(portfolios=("P9",)))


async def test_a_kill_that_the_state_folder_could_not_take_counts_for_the_next_one(exchange: RunningExchange) -> None:
    other = Profile(name="b", base_url=exchange.base_url, portfolios=("FLEX",))
    async with armed_at(exchange, "admin", portfolios=("DE1",)) as kill:
        file = halt_file(owner_of(kill.profile))
        await kill.fire()
        of_first = file.read_bytes()
        await kill.fire(KillAction.DEACTIVATE_ALL)
        file.write_bytes(of_first)
        await kill.fire()
        halt = read_halt(kill.profile)
    assert halt is not None
    assert [kill.plan.action.is_account_wide for kill in halt.kills] == [False, True, False]
    assert refuses(other)


# ---------------------------------------------------------------- re-arming


def test_each_halt_is_lifted_by_itself_the_own_one_first() -> None:
    with Journal.open(A):
        halted()
    b = the_other()
    halted(b)
    with Journal(b) as journal:
        rearm(b, journal, "mine is over", read_halt(b))
        others = read_halt(b)
        assert others is not None
        assert others.is_others
        assert refuses(b)
        own = read_halt(A)
        assert own is not None
        rearm(b, journal, "so is the other", others)
    assert not refuses(b)
    assert not refuses(A)
    assert was_rearmed(owner_of(A), own.halted_at), "the record is in its journal, too"


async def test_a_kill_ends_when_another_profile_re_arms_it_and_not_before_its_verdict(
    exchange: RunningExchange,
) -> None:
    exchange.faults(spare_on_kill=1.0)
    b = the_other(base_url=exchange.base_url, portfolios=())
    async with armed_at(exchange) as kill:
        firing = kill.begin(known=await seen(exchange))
        await until(lambda: has_undecided_kill(owner_of(kill.profile)))
        with Journal(b) as journal, pytest.raises(HaltNotOnDisk, match="a kill of profile test has no verdict yet"):
            rearm(b, journal, "in a hurry", read_halt(b))
        await kill.until_phase(Phase.INCOMPLETE)
        await until(lambda: not has_undecided_kill(owner_of(kill.profile)))
        with Journal(b) as journal:
            rearm(b, journal, "it is safe", read_halt(b))
        view = await firing
    assert any("the profile was re-armed during the kill" in note for note in view.notes)
    assert read_halt(kill.profile) is None


async def test_a_halt_of_any_portfolios_refuses_to_activate_everything() -> None:
    halted()
    gate = halt_gate(the_other(portfolios=("P9",)))
    async with gate("POST /orders/list", enters=True):
        pass
    with pytest.raises(RefusedHere, match="halted"):
        async with gate(CHANGES_EVERYTHING, enters=True):
            pass
