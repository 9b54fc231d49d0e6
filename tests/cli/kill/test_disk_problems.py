"""A kill on a host whose disk is full or not writable, and who can enter the folders of pbtui."""

import shlex
import stat
import subprocess

from pbtui.desk.storage.places import owner_of
from pbtui.settings.profiles import Profile
from tests.cli.kill.test_command import entry_options, ran
from tests.end_to_end.host import PBTUI, Host
from tests.exchange import RunningExchange


def in_shell(host: Host, before: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run pbtui in a shell that has run this command before."""
    return subprocess.run(
        ["bash", "-c", f"{before}; exec {shlex.join([*PBTUI, *arguments])}"],  # noqa: S607 - wherever it is
        env=host.environment,
        cwd=host.home,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )


def test_a_halt_that_the_state_folder_does_not_take_is_in_the_second_place_and_the_verdict_says_so(
    host: Host, exchange: RunningExchange
) -> None:
    owner = owner_of(Profile(name="desk", base_url=exchange.base_url))
    blocked = host.home / "xdg_state_home" / "pbtui" / "halt" / f"{owner}.json"
    (blocked / "in the way").mkdir(parents=True)
    out, _ = ran(host, "kill", "--yes", code=5)
    headline, *_ = out.splitlines()
    assert headline.startswith("KILL VERIFIED 0 ACTIVE ")
    assert headline.endswith(", BUT THE HALT IS NOT KEPT")
    copy = host.home / "xdg_runtime_dir" / "pbtui" / blocked.name
    assert f"it is in {copy} and ends when this host restarts" in out
    assert exchange.orders() == []
    (blocked / "in the way").rmdir()
    blocked.rmdir()

    _, err = ran(host, "add", *entry_options(exchange), "--yes", code=2)
    assert "halted: kill deactivate-mine fired" in err
    with host.pbtui() as terminal:
        terminal.until_shown("HALTED")
        terminal.send("q")
        terminal.wait()
    ran(host, "rearm", "--yes", "--reason", "there is space again")
    assert not copy.exists()
    ran(host, "add", *entry_options(exchange), "--yes", "--accept-warnings")


def test_a_halt_that_no_place_takes_ends_with_the_program_and_the_exit_code_is_not_0(
    host: Host, exchange: RunningExchange
) -> None:
    done = in_shell(host, "ulimit -f 0", "kill", "--yes")
    out = done.stdout.decode()
    assert done.returncode == 5, (out, done.stderr)
    assert out.startswith("KILL VERIFIED 0 ACTIVE ")
    assert "Errno" not in out + done.stderr.decode()
    assert ", BUT THE HALT IS NOT KEPT" in out.splitlines()[0]
    assert "the halt is not on disk and ends when this program ends: " in out
    assert "the journal can't be written" in out
    assert exchange.orders() == []


def test_the_state_is_closed_to_others_whatever_the_umask(host: Host, exchange: RunningExchange) -> None:
    state = host.home / "xdg_state_home" / "pbtui"
    (state / "journal").mkdir(parents=True)
    for folder in (state, state / "journal"):
        folder.chmod(0o777)
    host.first = "import os; os.umask(0)"
    assert host.run("kill", "--yes").returncode == 0
    assert host.run("rearm", "--yes", "--reason", "done").returncode == 0
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (state, *state.rglob("*"))}
    modes |= {path: stat.S_IMODE(path.stat().st_mode) for path in (host.home / "xdg_runtime_dir").rglob("*")}
    assert {path: oct(mode) for path, mode in modes.items() if mode & 0o077} == {}
