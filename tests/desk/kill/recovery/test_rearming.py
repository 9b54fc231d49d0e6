"""The re-arm: it lifts the halt that was shown, records it before, and activates nothing."""

import json
import os
from pathlib import Path

import pytest

from pbtui.desk.journal.writer import Journal, JournalUnusable, journal_files
from pbtui.desk.kill.halt import Halt, HaltNotOnDisk, engage, halt_here, read_halt
from pbtui.desk.kill.recovery.rearming import rearm
from pbtui.desk.storage.disk import Disk, use
from pbtui.desk.storage.places import halt_file, journal_folder
from tests.desk.kill.armed import NOWHERE, armed_at, live, owner_at, profile_at, writes
from tests.desk.tickets.test_executor import TradingDesk, trader, until
from tests.exchange import RunningExchange


def shown_by(desk: TradingDesk) -> Halt:
    """The halt that the desk shows, or the one of its own kill before it has read the disk."""
    return desk.desk.view.halted or halt_here("the kill switch was fired")


async def test_re_arming_is_journalled_and_activates_nothing(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        async with armed_at(exchange) as kill:
            await kill.fire()
        exchange.forget_requests()
        desk.desk.rearm("the algorithm is fixed", shown_by(desk))
        assert desk.desk.view.halted is None
        assert read_halt(profile_at(exchange.base_url)) is None
        assert not writes(exchange)
        assert not live(exchange, "trader")
    files = journal_files(owner_at(exchange.base_url))
    lines = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    [rearm] = [line for line in lines if line["kind"] == "re-arm"]
    assert rearm["reason"] == "the algorithm is fixed"


def test_only_the_halt_that_was_shown_is_lifted() -> None:
    engage(profile_at(NOWHERE), halt_here("kill fired", action="deactivate-mine"))
    shown = read_halt(profile_at(NOWHERE))
    engage(profile_at(NOWHERE), halt_here("kill fired again", action="delete-all"))
    with Journal(profile_at(NOWHERE)) as journal:
        with pytest.raises(HaltNotOnDisk, match=r"another kill was fired in the meantime: kill fired again, "):
            rearm(profile_at(NOWHERE), journal, "the first one is over", shown)
        assert halt_file(owner_at(NOWHERE)).exists()
        rearm(profile_at(NOWHERE), journal, "so is the second", read_halt(profile_at(NOWHERE)))
    assert not halt_file(owner_at(NOWHERE)).exists()


async def test_a_desk_that_knew_of_an_earlier_halt_shows_the_new_one_before_it_re_arms(
    exchange: RunningExchange,
) -> None:
    engage(profile_at(exchange.base_url), halt_here("kill fired", action="deactivate-mine"))
    async with trader(exchange, poll_seconds=60) as desk:
        await until(lambda: desk.desk.view.blotter.read_no)
        engage(profile_at(exchange.base_url), halt_here("kill fired again", action="delete-all"))
        with pytest.raises(HaltNotOnDisk):
            desk.desk.rearm("the first one is over", shown_by(desk))
        halted = desk.desk.view.halted
        assert halted is not None
        assert halted.reason == "kill fired again"
        desk.desk.rearm("so is the second", shown_by(desk))
    assert read_halt(profile_at(exchange.base_url)) is None


async def test_a_profile_stays_halted_without_a_journal(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        engage(profile_at(exchange.base_url), halt_here("kill fired", action="deactivate-mine"))
        folder = journal_folder(owner_at(exchange.base_url))
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
        folder.write_text("no folder")
        with pytest.raises(JournalUnusable):
            desk.desk.rearm("because", halt_here("kill fired"))
    assert halt_file(owner_at(exchange.base_url)).exists()


class DeniedDisk(Disk):
    """The disk of this machine, where this user may not read the journal files."""

    def may_read(self, path: Path) -> bool:
        return path.suffix != ".jsonl"


def make_link(path: Path) -> None:
    path.symlink_to("/nonexistent/run.jsonl")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (make_link, "it is a link that leads nowhere"),
        (Path.mkdir, "Is a directory"),
        (os.mkfifo, "it is not a regular file"),
        (Path.touch, "Permission denied"),
    ],
)
def test_a_profile_stays_halted_while_a_kill_may_run_whose_journal_can_not_be_read(make: object, words: str) -> None:
    profile = profile_at(NOWHERE)
    engage(profile, halt_here("kill fired", action="deactivate-mine"))
    path = journal_folder(owner_at(NOWHERE)) / "20260101T000000.000000Z-1.jsonl"
    path.parent.mkdir(parents=True)
    assert callable(make)
    make(path)
    not_known = "it is not known whether a kill of profile test has no verdict yet: "
    disk = DeniedDisk() if path.is_file() else Disk()
    with use(disk), Journal(profile) as journal, pytest.raises(HaltNotOnDisk, match=not_known) as said:
        rearm(profile, journal, "because", read_halt(profile))
    assert f"{words} ({path})" in str(said.value)
    assert read_halt(profile) is not None


def test_a_journal_of_long_ago_that_can_not_be_read_does_not_keep_a_profile_halted() -> None:
    profile = profile_at(NOWHERE)
    engage(profile, halt_here("kill fired", action="deactivate-mine"))
    path = journal_folder(owner_at(NOWHERE)) / "20260101T000000.000000Z-1.jsonl"
    path.parent.mkdir(parents=True)
    path.touch()
    os.utime(path, (0, 0))
    with use(DeniedDisk()), Journal(profile) as journal:
        rearm(profile, journal, "because", read_halt(profile))
    assert read_halt(profile) is None
