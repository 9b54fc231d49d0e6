"""The process of a command: streams that are closed or full, internal errors, users without a name or a home."""

import re
import resource
import subprocess
import sys

import pytest

from tests.end_to_end.host import PBTUI, Host
from tests.exchange import RunningExchange

FAILS = """
import os
import pbtui.settings.file
from pbtui.__main__ import run

def fail(path):
    from pbtui.settings.key_text import secret
    secret("typed-k3y")
    key = os.environ["PBTUI_API_KEY_DESK"]
    raise ZeroDivisionError(f"{key} typed-k3y {key!r}")

pbtui.settings.file.settings_bytes = fail
run()
"""


DECODES_TO_THE_END = """
import sys
import threading
from typing import Annotated

from pydantic import BeforeValidator, TypeAdapter

from pbtui.__main__ import run

is_at_work = threading.Event()

def note(value):
    is_at_work.set()
    return value

def work():
    while True:
        numbers.validate_python([1] * 100_000)

numbers = TypeAdapter(list[Annotated[int, BeforeValidator(note)]])
threading.Thread(target=work, daemon=True).start()
is_at_work.wait()
run()
"""
"""A thread is inside compiled code when the command ends."""


@pytest.fixture(scope="module")
def exchange(shared_exchange: RunningExchange) -> RunningExchange:
    return shared_exchange


def shell(host: Host, arguments: str, command: str = "") -> tuple[int, str]:
    """The exit code, and what was written on the streams that are not redirected."""
    line = f"{command or ' '.join(PBTUI)} {arguments}"
    done = subprocess.run(
        ["/bin/sh", "-c", line], env=host.environment, cwd=host.home, stdout=-1, stderr=-2, timeout=60, check=False
    )
    return done.returncode, done.stdout.decode()


# ---------------------------------------------------------------- streams


ALL_CLOSED = "<&- >&- 2>&-"


@pytest.mark.parametrize(
    ("arguments", "ways"),
    [
        ("orders", ("<&-", ">&-", ALL_CLOSED)),
        ("history 1", ("2>&-", ALL_CLOSED)),
        *((arguments, (ALL_CLOSED,)) for arguments in ("", "journal show", "keys status", "kill", "--help")),
    ],
)
def test_a_closed_stream_is_like_one_to_nowhere(host: Host, arguments: str, ways: tuple[str, ...]) -> None:
    done = host.invoke(*arguments.split())
    for closed in ways:
        out = b"" if ">&-" in closed.replace("2>&-", "") else done.stdout
        talk = b"" if "2>&-" in closed else done.stderr
        line = f"{' '.join(PBTUI)} {arguments} {closed}"
        also = host.run(command=("/bin/sh", "-c", line))
        assert (also.returncode, also.stdout, also.stderr) == (done.returncode, out, talk), closed
    assert host.crash_reports == []


@pytest.mark.parametrize("arguments", ["orders", "--help"])
def test_output_that_can_not_be_written_is_one_sentence(host: Host, arguments: str) -> None:
    code, text = shell(host, f"{arguments} > /dev/full")
    assert (code, text.splitlines()[-1]) == (5, "the output can't be written: No space left on device")
    assert "Traceback" not in text
    assert host.crash_reports == []


@pytest.mark.parametrize("command", ["", "orders", "kill", "journal show"])
def test_h_is_help(host: Host, command: str) -> None:
    words = command.split()
    short = host.invoke(*words, "-h")
    assert (short.returncode, short.stdout, short.stderr) == (0, host.invoke(*words, "--help").stdout, b"")


KEYS_ARE_CHECKED = """
from pbtui.cli.desk import refuse_unusable_keys
from pbtui.settings.key_bindings import KeySettings
from pbtui.settings.profiles import Settings

refuse_unusable_keys(Settings(keys=KeySettings(order={"add": "ctrl+n"})))
from textual import constants

print(repr(constants.LOG_FILE))
"""


def test_textual_writes_no_typed_key_to_a_file_also_if_the_settings_name_keys(host: Host) -> None:
    host.variables["TEXTUAL_LOG"] = str(host.home / "typed")
    assert host.run(command=(sys.executable, "-c", KEYS_ARE_CHECKED)).stdout == b"None\n"


# ---------------------------------------------------------------- internal errors


def test_a_crash_of_a_command_leaves_a_report_without_the_key(host: Host) -> None:
    key = host.variables["PBTUI_API_KEY_DESK"] = "it's-a-\\k3y"
    done = host.run("keys", "status", command=(sys.executable, "-c", FAILS))
    assert done.returncode == 5
    talk = done.stderr.decode()
    assert talk.startswith("pbtui stopped because of an internal error: ZeroDivisionError. Report: ")
    (report,) = host.crash_reports
    assert report.endswith('ZeroDivisionError: [key] [key] "[key]"\n')
    assert key not in talk
    (file,) = host.home.rglob("crash-*")
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_crash_that_can_not_be_reported_says_so(host: Host) -> None:
    (host.home / "xdg_state_home").write_text("not a folder")
    done = host.run("keys", "status", command=(sys.executable, "-c", FAILS))
    assert done.returncode == 5
    assert b"There is no report, it can't be written: Not a directory" in done.stderr


def test_a_thread_that_still_decodes_does_not_change_the_exit_code(host: Host) -> None:
    done = host.run("no-such-command", command=(sys.executable, "-c", DECODES_TO_THE_END))
    assert (done.returncode, b"FATAL" in done.stderr) == (2, False)


def test_no_core_dump_is_written(host: Host) -> None:
    code = "import resource; from pbtui.cli.process import prepare; prepare(); print(resource.getrlimit(4))"
    assert resource.RLIMIT_CORE == 4
    assert host.run(command=(sys.executable, "-c", code)).stdout == b"(0, 0)\n"


# ---------------------------------------------------------------- users


NAMELESS = """
import os, pwd, sys
import pbtui.cli.journal.command, pbtui.cli.keys, pbtui.cli.kill.rearm, pbtui.cli.orders, pbtui.desk.kill.switch
from pbtui.__main__ import run

def unknown(number):
    raise KeyError(number)

pwd.getpwuid = unknown
for arguments in sys.argv[1:]:
    if not os.fork():
        sys.argv[1:] = arguments.split()
        run()
    code = os.waitstatus_to_exitcode(os.wait()[1])
    print(f"ended with {code}", file=sys.stderr, flush=True)
"""
"""Runs each command in a copy of itself, which saves their imports."""


@pytest.mark.parametrize("has_folders", [True, False], ids=["with folders", "without any"])
def test_a_user_without_a_name_or_home(host: Host, has_folders: bool) -> None:
    """A command works, or says in a sentence what is missing. It never makes a folder with the name ~."""
    environment = {name: text for name, text in host.environment.items() if name != "HOME"}
    if not has_folders:
        environment = {name: text for name, text in environment.items() if not name.startswith("XDG_")}
        environment["PBTUI_CONFIG"] = str(host.home / "xdg_config_home" / "pbtui" / "config.toml")
    commands = ("kill --yes", "rearm --yes --reason why", "orders", "journal show", "keys status")
    done = subprocess.run(
        [sys.executable, "-c", NAMELESS, *commands],
        env=environment,
        cwd=host.home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr
    *ends, rest = re.split(r"ended with (\d+)\n", done.stderr)
    assert (len(ends), rest) == (2 * len(commands), "")
    for command, talk, code in zip(commands, ends[::2], ends[1::2], strict=True):
        assert code == "0" or not has_folders, (command, talk)
        if command.startswith(("rearm", "journal")) and not has_folders:
            assert "this user has no home folder: set XDG_STATE_HOME" in talk
    assert not list(host.home.rglob("~"))
