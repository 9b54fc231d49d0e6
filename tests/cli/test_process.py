"""The process of a command: streams that are closed or full, internal errors, users without a name or a home."""

import resource
import sys
from pathlib import Path

import pytest

from tests.end_to_end.host import PBTUI, Host
from tests.exchange import RunningExchange

FAILS = """
import os
import pbtui.settings.file

def fail(path):
    from pbtui.settings.key_text import secret
    secret("typed-k3y")
    key = os.environ["PBTUI_API_KEY_DESK"]
    raise ZeroDivisionError(f"{key} typed-k3y {key!r}")

pbtui.settings.file.settings_bytes = fail
"""


DECODES_TO_THE_END = """
import threading
from typing import Annotated

from pydantic import BeforeValidator, TypeAdapter

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
"""
"""A thread is inside compiled code when the command ends."""


@pytest.fixture(scope="module")
def exchange(shared_exchange: RunningExchange) -> RunningExchange:
    return shared_exchange


# ---------------------------------------------------------------- streams


ALL_CLOSED = "<&- >&- 2>&-"


@pytest.mark.parametrize(
    ("arguments", "ways"),
    [
        ("history 1", ("2>&-", ALL_CLOSED)),
        ("journal show", ("<&-", ALL_CLOSED)),
        ("--help", (">&-", ALL_CLOSED)),
        *((arguments, (ALL_CLOSED,)) for arguments in ("orders", "", "keys status", "kill")),
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
    talk = host.home / "talk"
    with Path("/dev/full").open("wb") as full, talk.open("wb") as err:
        assert host.start(*arguments.split(), stdout=full, stderr=err).wait(60) == 5
    assert talk.read_text() == "the output can't be written: No space left on device\n"
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
    host.first = FAILS
    done = host.run("orders")
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
    host.first = FAILS
    done = host.run("orders")
    assert done.returncode == 5
    assert b"There is no report, it can't be written: Not a directory" in done.stderr


def test_a_thread_that_still_decodes_does_not_change_the_exit_code(host: Host) -> None:
    host.first = DECODES_TO_THE_END
    for arguments, code in (("--version", 0), ("no-such-command", 2)):
        done = host.run(arguments)
        assert (done.returncode, b"FATAL" in done.stderr) == (code, False)


def test_no_core_dump_is_written(host: Host) -> None:
    code = "import resource; from pbtui.cli.process import prepare; prepare(); print(resource.getrlimit(4))"
    assert resource.RLIMIT_CORE == 4
    assert host.run(command=(sys.executable, "-c", code)).stdout == b"(0, 0)\n"


# ---------------------------------------------------------------- users


NAMELESS = """
import os, pwd

def unknown(number):
    raise KeyError(number)

pwd.getpwuid = unknown
del os.environ["HOME"]
"""
WITHOUT_FOLDERS = """
for name in [name for name in os.environ if name.startswith("XDG_")]:
    del os.environ[name]
"""


@pytest.mark.parametrize("has_folders", [True, False], ids=["with folders", "without any"])
def test_a_user_without_a_name_or_home(host: Host, has_folders: bool) -> None:
    """A command works, or says in a sentence what is missing. It never makes a folder with the name ~."""
    host.first = NAMELESS
    if not has_folders:
        host.first += WITHOUT_FOLDERS
        host.variables["PBTUI_CONFIG"] = str(host.home / "xdg_config_home" / "pbtui" / "config.toml")
    for arguments in ("kill --yes", "rearm --yes --reason why", "orders", "journal show", "keys status"):
        done = host.run(*arguments.split())
        assert b"Traceback" not in done.stderr
        assert b"internal error" not in done.stderr
        assert done.returncode == 0 or not has_folders, (arguments, done.stderr)
        if arguments.startswith(("rearm", "journal")) and not has_folders:
            assert b"this user has no home folder: set XDG_STATE_HOME" in done.stderr
    assert not list(host.home.rglob("~"))
