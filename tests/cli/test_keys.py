"""`pbtui keys` as a trader runs it: real processes, real keyring plugins, a real terminal where it matters."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer

import pytest

PLUGINS = Path(__file__).parents[1] / "settings" / "plugins"
KEY = "0f1e-Secret-Key-of-the-desk-that-is-longer-than-32"
PRODUCTION = "https://desk.example/acme/epex/v2/api"
STAGING = "https://staging.powerbot-trading.com/playground/epex/v2/api"
STUCK_S = 30
"""Long enough for any machine; a process that still runs then hangs."""

OBTAIN = """
import sys
from pbtui.cli.refusals import LocalRefusal
from pbtui.cli.api_key import obtain_api_key
from pbtui.settings.file import load_settings
try:
    key = obtain_api_key(load_settings(None).profile("prod"))
except LocalRefusal as refusal:
    refusal.show()
    sys.exit(refusal.exit_code)
print("obtained", len(key.get_secret_value()), key)
"""
"""A command that needs a key: `obtain_api_key` as the other commands call it."""

IN_A_TERMINAL = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
"""Gives a program a terminal of its own; our pipes are the trader's keyboard and eyes."""


@dataclass
class Host:
    """A host of its own: home, settings file, keyring plugin and the file its entries are in."""

    home: Path
    keyring: str | None = "desk_rings.FileRing"
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def settings_file(self) -> Path:
        return self.home / "config" / "pbtui" / "config.toml"

    @property
    def environment(self) -> Mapping[str, str]:
        chosen = {"PYTHON_KEYRING_BACKEND": self.keyring} if self.keyring else {}
        return {
            **chosen,
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_DATA_HOME": str(self.home / "data"),
            "PYTHONPATH": str(PLUGINS),
            "DESK_RING_FILE": str(self.home / "ring.json"),
            "TERM": "xterm",
            **self.variables,
        }

    @property
    def entries(self) -> dict[str, dict[str, str]]:
        file = self.home / "ring.json"
        return json.loads(file.read_text()) if file.exists() else {}

    @entries.setter
    def entries(self, entries: dict[str, dict[str, str]]) -> None:
        (self.home / "ring.json").write_text(json.dumps(entries))

    def python(self, *arguments: str, stdin: str | bytes = b"") -> subprocess.CompletedProcess[str]:
        """Run to the end without a terminal, and see that the key shows nowhere."""
        done = subprocess.run(
            [sys.executable, *arguments],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            env=self.environment,
            cwd=self.home,
            timeout=STUCK_S,
            check=False,
        )
        ended = subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in ended.stderr
        assert KEY[:12] not in ended.stdout + ended.stderr
        return ended

    def keys(self, *arguments: str, stdin: str | bytes = b"") -> subprocess.CompletedProcess[str]:
        return self.python("-m", "pbtui", "keys", *arguments, stdin=stdin)

    def at_terminal(self, *arguments: str, answers: list[tuple[str, str]]) -> tuple[int, str]:
        """Run in a terminal, typing each answer when its question shows; exit code and everything that showed."""
        with subprocess.Popen(
            [sys.executable, "-c", IN_A_TERMINAL, sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=self.environment,
            cwd=self.home,
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            watchdog = Timer(STUCK_S, process.kill)  # ends the reading below, and with it the test
            watchdog.start()
            shown = b""
            for question, answer in answers:
                seen = len(shown)
                while question.encode() not in shown[seen:]:
                    piece = os.read(process.stdout.fileno(), 4096)
                    assert piece, f"ended before it asked {question!r}: {shown.decode()}"
                    shown += piece
                process.stdin.write(answer.encode())
                process.stdin.flush()
            shown += process.stdout.read()
            code = process.wait()
            watchdog.cancel()
        assert KEY[:12] not in shown.decode()
        assert "Traceback" not in shown.decode()
        return code, shown.decode().replace("\r\n", "\n")


@pytest.fixture
def host(tmp_path: Path) -> Host:
    host = Host(tmp_path)
    host.settings_file.parent.mkdir(parents=True)
    host.settings_file.write_text(
        f"""
        default_profile = "prod"
        [profiles.prod]
        base_url = "{PRODUCTION}"
        [profiles.desk-test]
        base_url = "{STAGING}"
        """
    )
    return host


# ---------------------------------------------------------------- set, status, delete


def test_a_piped_key_is_stored_shown_as_there_and_deleted(host: Host) -> None:
    stored = host.keys("set", "prod", stdin=f"{KEY}\n")
    assert (stored.returncode, stored.stdout) == (0, "")
    assert stored.stderr == "Stored the API key of profile prod in the keyring, service pbtui:desk.example.\n"
    assert host.entries == {"pbtui:desk.example": {"prod": KEY}}

    status = host.keys("status", "prod")
    assert (status.returncode, status.stderr) == (0, "")
    assert status.stdout == (
        "prod\n"
        "  source    keyring\n"
        "  variable  PBTUI_API_KEY_PROD\n"
        "  keyring   desk_rings.FileRing (holds a key)\n"
        "  service   pbtui:desk.example\n"
    )

    deleted = host.keys("delete", "prod")
    assert (deleted.returncode, deleted.stdout) == (0, "")
    assert deleted.stderr == "Deleted the API key of profile prod from the keyring, service pbtui:desk.example.\n"
    assert host.entries == {"pbtui:desk.example": {}}

    again = host.keys("delete", "prod")
    assert again.returncode == 0
    assert again.stderr == (
        "Nothing was deleted: the keyring, service pbtui:desk.example, holds no API key of profile prod.\n"
    )


def test_a_typed_key_is_stored_and_does_not_show(host: Host) -> None:
    asked = "API key for desk-test at staging.powerbot-trading.com: "
    answers = [(asked, "two words\n"), (asked, f"{KEY}\n")]
    code, shown = host.at_terminal("-m", "pbtui", "keys", "set", "desk-test", answers=answers)
    assert code == 0
    assert "The API key has a space, a line break or a control character inside. Give the key alone." in shown
    assert "two words" not in shown
    assert host.entries == {"pbtui:staging.powerbot-trading.com": {"desk-test": KEY}}


def test_the_default_profile_is_used_if_none_is_named(host: Host) -> None:
    assert host.keys("set", stdin=KEY).returncode == 0
    assert host.entries == {"pbtui:desk.example": {"prod": KEY}}


def test_the_profile_may_be_named_before_the_command(host: Host) -> None:
    done = host.python("-m", "pbtui", "--profile", "desk-test", "keys", "set", stdin=KEY)
    assert done.returncode == 0
    assert host.entries == {"pbtui:staging.powerbot-trading.com": {"desk-test": KEY}}


def test_two_different_profile_names_are_wrong_usage(host: Host) -> None:
    done = host.python("-m", "pbtui", "--profile", "desk-test", "keys", "delete", "prod")
    assert done.returncode == 2
    assert "Two different profiles are named" in done.stderr


def test_the_status_without_a_name_shows_every_profile(host: Host) -> None:
    host.entries = {"pbtui:staging.powerbot-trading.com": {"desk-test": KEY}}
    host.variables["PBTUI_API_KEY_PROD"] = KEY
    status = host.keys("status")
    assert status.returncode == 0
    assert status.stdout == (
        "prod\n"
        "  source    environment\n"
        "  variable  PBTUI_API_KEY_PROD\n"
        "  keyring   desk_rings.FileRing\n"
        "  service   pbtui:desk.example\n"
        "desk-test\n"
        "  source    keyring\n"
        "  variable  PBTUI_API_KEY_DESK_TEST\n"
        "  keyring   desk_rings.FileRing (holds a key)\n"
        "  service   pbtui:staging.powerbot-trading.com\n"
    )


def test_the_status_reports_a_key_that_can_not_be_sent(host: Host) -> None:
    host.variables["PBTUI_API_KEY_PROD"] = ""
    status = host.keys("status", "prod")
    assert status.returncode == 0
    assert "source    environment" in status.stdout
    assert "problem   The API key in the variable PBTUI_API_KEY_PROD is empty." in status.stdout


@pytest.mark.parametrize("command", ["set", "delete"])
def test_a_variable_that_takes_precedence_is_reported(host: Host, command: str) -> None:
    host.variables["PBTUI_API_KEY_PROD"] = KEY
    done = host.keys(command, "prod", stdin=KEY)
    assert done.returncode == 0
    assert "Note: PBTUI_API_KEY_PROD is set and takes precedence over the keyring." in done.stderr


@pytest.mark.parametrize(
    ("piped", "flaw"),
    [
        (b"", "is empty"),
        (f"{KEY}\nuser: trader\n".encode(), "has a space, a line break or a control character inside"),
        (f"{KEY}\u00e9".encode(), "has characters that are not ASCII"),
        (KEY.encode("utf-16"), "has characters that are not ASCII"),
        (b"x" * 100_000, "is longer than 4096 characters"),
    ],
)
def test_a_piped_key_that_is_none_is_refused(host: Host, piped: bytes, flaw: str) -> None:
    done = host.keys("set", "prod", stdin=piped)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"Error: The API key {flaw}. Give the key alone.\n"
    assert host.entries.get("pbtui:desk.example", {}) == {}


def test_a_closed_stdin_is_an_empty_key(host: Host) -> None:
    script = 'exec "$0" -m pbtui keys set prod <&-'
    done = subprocess.run(
        ["/bin/sh", "-c", script, sys.executable],
        env=host.environment,
        cwd=host.home,
        capture_output=True,
        text=True,
        timeout=STUCK_S,
        check=False,
    )
    assert (done.returncode, done.stderr) == (2, "Error: The API key is empty. Give the key alone.\n")


# ---------------------------------------------------------------- keyrings that are none

BROKEN = [
    ("keyring.backends.fail.Keyring", "This host has no keyring"),
    ("keyring.backends.null.Keyring", "The keyring is switched off: its backend is the one that stores nothing"),
    ("no_such_module.Ring", "The keyring failed: ModuleNotFoundError (No module named 'no_such_module')"),
    ("desk_rings.LockedRing", "The keyring failed: KeyringLocked (Failed to unlock the collection!)"),
    ("desk_rings.BlockedOpeningRing", "The keyring did not answer within 3 s; it may be waiting to be unlocked"),
    ("desk_rings.SlowStoringRing", "The keyring did not answer within 3 s"),
    ("desk_rings.ExitingRing", "The keyring failed: SystemExit (1)"),
    ("desk_rings.ForgetfulRing", "The keyring does not return what was stored in it"),
]


@pytest.mark.parametrize(("keyring", "problem"), BROKEN)
def test_set_checks_the_keyring_before_it_asks_for_the_key(host: Host, keyring: str, problem: str) -> None:
    host.keyring = keyring
    # A question would wait for an answer here, and the command would not end with the keyring's problem.
    code, shown = host.at_terminal("-m", "pbtui", "keys", "set", "prod", answers=[])
    assert code == 2
    assert shown.startswith(f"Error: {problem}")
    assert "Set the environment variable PBTUI_API_KEY_PROD, or fix the keyring and try again." in shown


def test_a_blocked_keyring_holds_up_the_status_once_and_not_the_exit(host: Host) -> None:
    host.keyring = "desk_rings.BlockedRing"
    status = host.keys("status")
    assert status.returncode == 0
    assert status.stdout.count("The keyring did not answer within 3 s") == 1
    assert status.stdout.count("The keyring has not answered an earlier call") == 1
    assert status.stdout.count("source    none") == 2


def test_a_host_without_a_chosen_keyring_reports_that_it_has_none(host: Host) -> None:
    host.keyring = None
    host.variables["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nonexistent"
    done = host.keys("set", "prod", stdin=KEY)
    assert done.returncode == 2
    assert done.stderr == (
        "Error: This host has no keyring. "
        "Set the environment variable PBTUI_API_KEY_PROD, or fix the keyring and try again.\n"
    )


PROMPTING_PLUGIN = """
from getpass import getpass
from keyring.backend import KeyringBackend


class EncryptedKeyring(KeyringBackend):
    priority = 0.6

    def get_password(self, service, username):
        return getpass("Please enter password for encrypted keyring: ")

    def set_password(self, service, username, password):
        getpass("Please set a password for your new keyring: ")


class CryptFileKeyring(EncryptedKeyring):
    priority = 2.5
"""
"""What keyrings.alt and keyrings.cryptfile do, under the names they do it."""


def install(host: Host, package: str, plugin: str, *, announced: bool) -> None:
    """Install a keyring plugin of another distribution, found by keyring on its own if it is announced."""
    site = host.home / "site"
    folder = site / package.replace(".", "/")
    folder.mkdir(parents=True)
    (folder / "file.py").write_text(plugin)
    if announced:
        information = site / f"{package.replace('.', '_')}-1.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1\n")
        (information / "entry_points.txt").write_text(f"[keyring.backends]\nfile = {package}.file\n")
    host.variables["PYTHONPATH"] = f"{host.variables.get('PYTHONPATH', PLUGINS)}{os.pathsep}{site}"


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("keyrings.alt", "EncryptedKeyring"),
        ("keyrings.cryptfile", "EncryptedKeyring"),
        ("keyrings.cryptfile", "CryptFileKeyring"),
    ],
)
def test_a_keyring_that_would_ask_on_the_terminal_is_refused(host: Host, package: str, name: str) -> None:
    install(host, package, PROMPTING_PLUGIN, announced=False)
    host.keyring = f"{package}.file.{name}"
    code, shown = host.at_terminal("-m", "pbtui", "keys", "set", "prod", answers=[])
    assert code == 2
    assert shown.startswith(f"Error: The keyring {host.keyring} asks for its password on the terminal")
    assert "Please" not in shown


def test_a_keyring_that_asks_on_the_terminal_is_never_chosen_by_default(host: Host) -> None:
    host.keyring = None
    host.variables["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nonexistent"
    install(host, "keyrings.cryptfile", PROMPTING_PLUGIN, announced=True)
    code, shown = host.at_terminal("-m", "pbtui", "keys", "set", "prod", answers=[])
    assert (code, shown.partition(".")[0]) == (2, "Error: This host has no keyring")

    working = (PLUGINS / "desk_rings.py").read_text().partition("class BlockedRing")[0]
    functions = (PLUGINS / "desk_rings.py").read_text().partition("\n\ndef _entries")[2]
    install(host, "deskring", f"{working}\n\ndef _entries{functions}", announced=True)
    stored = host.keys("set", "prod", stdin=KEY)
    assert stored.returncode == 0
    assert host.entries == {"pbtui:desk.example": {"prod": KEY}}


# ---------------------------------------------------------------- a command that needs a key

ASKED = "API key for prod at desk.example: "
OFFERED = "Store it in this host's keyring?"


def test_a_key_from_the_environment_is_used_without_a_word(host: Host) -> None:
    host.keyring = "desk_rings.BlockedRing"
    host.variables["PBTUI_API_KEY_PROD"] = KEY
    done = host.python("-c", OBTAIN)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"obtained {len(KEY)} **********\n", "")


def test_a_key_from_the_keyring_is_used_without_a_word(host: Host) -> None:
    host.entries = {"pbtui:desk.example": {"prod": KEY}}
    done = host.python("-c", OBTAIN)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"obtained {len(KEY)} **********\n", "")


def test_a_missing_key_without_a_terminal_is_reported_with_the_next_step(host: Host) -> None:
    done = host.python("-c", OBTAIN)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "Error: No API key found for profile prod. "
        "Set the variable PBTUI_API_KEY_PROD, or store the key: pbtui keys set prod\n"
    )


def test_a_missing_keyring_without_a_terminal_is_reported(host: Host) -> None:
    host.keyring = "keyring.backends.fail.Keyring"
    done = host.python("-c", OBTAIN)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: This host has no keyring")


@pytest.mark.parametrize(("answer", "stored"), [("y", {"pbtui:desk.example": {"prod": KEY}}), ("n", {}), ("", {})])
def test_a_typed_key_is_stored_if_the_trader_wants(host: Host, answer: str, stored: dict[str, dict[str, str]]) -> None:
    answers = [(ASKED, f"{KEY}\n"), (OFFERED, f"{answer}\n")]
    code, shown = host.at_terminal("-c", OBTAIN, answers=answers)
    assert code == 0
    assert f"obtained {len(KEY)} **********\n" in shown
    assert host.entries == stored


def test_a_typed_key_is_used_even_if_it_can_not_be_stored(host: Host) -> None:
    host.keyring = "desk_rings.TalkativeRing"
    code, shown = host.at_terminal("-c", OBTAIN, answers=[(ASKED, f"{KEY}\n"), (OFFERED, "y\n")])
    assert code == 0
    assert "The keyring failed: ValueError" in shown
    assert "The key is used for this run only." in shown
    assert f"obtained {len(KEY)} **********\n" in shown


@pytest.mark.parametrize("keyring", ["keyring.backends.fail.Keyring", "desk_rings.BlockedRing"])
def test_a_missing_keyring_makes_the_trader_type_the_key_and_storing_is_not_offered(host: Host, keyring: str) -> None:
    host.keyring = keyring
    code, shown = host.at_terminal("-c", OBTAIN, answers=[(ASKED, f"{KEY}\n")])
    assert code == 0
    assert shown.startswith("This host has no keyring" if "fail" in keyring else "The keyring did not answer")
    assert "Store it" not in shown
    assert f"obtained {len(KEY)} **********\n" in shown


def test_a_wrong_key_in_the_environment_is_refused_and_nothing_else_tried(host: Host) -> None:
    host.variables["PBTUI_API_KEY_PROD"] = f"{KEY} {KEY}"
    host.entries = {"pbtui:desk.example": {"prod": KEY}}
    code, shown = host.at_terminal("-c", OBTAIN, answers=[])
    assert code == 2
    assert shown.startswith("Error: The API key in the variable PBTUI_API_KEY_PROD has a space")


# ---------------------------------------------------------------- settings


@pytest.mark.parametrize("command", ["set", "status", "delete"])
def test_wrong_settings_end_the_command_with_their_message(host: Host, command: str) -> None:
    host.settings_file.write_text(f'[profiles.prod]\nbase_url = "http://desk.example/"\napi_key = "{KEY}"')
    done = host.keys(command, stdin=KEY)
    assert (done.returncode, done.stdout) == (2, "")
    assert "profiles.prod.base_url: must start with https://" in done.stderr
    assert "profiles.prod.api_key: no secrets in this file!" in done.stderr
    assert host.entries == {}


@pytest.mark.parametrize("command", ["set", "status", "delete"])
def test_an_unknown_profile_is_reported_with_the_known_names(host: Host, command: str) -> None:
    done = host.keys(command, "prd", stdin=KEY)
    assert (done.returncode, done.stdout) == (2, "")
    assert "has no such profile; did you mean prod? It has: desk-test, prod." in done.stderr


@pytest.mark.parametrize("command", ["set", "status", "delete"])
def test_missing_settings_are_reported_with_an_example(host: Host, command: str) -> None:
    host.settings_file.unlink()
    done = host.keys(command, stdin=KEY)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"There is no profile in {host.settings_file} yet." in done.stderr


def test_a_settings_file_may_be_named(host: Host) -> None:
    file = host.home / "other.toml"
    file.write_text(f'profiles.other.base_url = "{STAGING}"')
    assert "other\n" in host.python("-m", "pbtui", "--config", str(file), "keys", "status").stdout
    host.variables["PBTUI_CONFIG"] = str(file)
    assert "other\n" in host.keys("status").stdout


def test_an_edited_url_does_not_get_the_stored_key(host: Host) -> None:
    assert host.keys("set", "prod", stdin=KEY).returncode == 0
    host.settings_file.write_text(host.settings_file.read_text().replace("desk.example", "evil.example"))
    assert "source    none" in host.keys("status", "prod").stdout
    assert host.python("-c", OBTAIN).returncode == 2


def test_the_keyring_is_not_imported_where_the_environment_has_the_key(host: Host) -> None:
    host.variables["PBTUI_API_KEY_PROD"] = KEY
    done = host.python("-c", f"{OBTAIN}\nprint([name for name in ('keyring', 'textual') if name in sys.modules])")
    assert done.stdout.endswith("\n[]\n")
