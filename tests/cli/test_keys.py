"""`pbtui keys` as a trader runs it: real keyring plugins, real processes and terminals where they matter."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.key_host import HANGING, KEY, OBTAIN, PLUGINS, STAGING, STUCK_S, Host, at, make_host
from tests.exchange import RunningExchange


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return make_host(tmp_path)


# ---------------------------------------------------------------- set, status, delete


def test_a_piped_key_is_stored_shown_as_there_and_deleted(host: Host) -> None:
    stored = host.pbtui("keys", "set", "prod", stdin=f"{KEY}\n")
    assert (stored.returncode, stored.stdout) == (0, "")
    assert stored.stderr.startswith("The key could not be tried: GET /orders: ")
    assert stored.stderr.endswith(
        "Stored the API key of profile prod in the keyring and read it back, service pbtui:https://desk.example.\n"
    )
    assert host.entries == {"pbtui:https://desk.example": {"prod": KEY}}

    status = host.keys("status", "prod")
    assert (status.returncode, status.stderr) == (0, "")
    assert status.stdout == (
        "prod\n"
        "  source    keyring\n"
        "  server    https://desk.example\n"
        "  variable  PBTUI_API_KEY_PROD\n"
        "  keyring   desk_rings.FileRing (holds a key)\n"
        "  service   pbtui:https://desk.example\n"
    )

    deleted = host.keys("delete", "prod")
    assert (deleted.returncode, deleted.stdout) == (0, "")
    assert (
        deleted.stderr == "Deleted the API key of profile prod from the keyring, service pbtui:https://desk.example.\n"
    )
    assert host.entries == {"pbtui:https://desk.example": {}}

    again = host.keys("delete", "prod")
    assert again.returncode == 0
    assert again.stderr == (
        "Nothing was deleted: the keyring, service pbtui:https://desk.example, holds no API key of profile prod.\n"
    )


def test_a_typed_key_is_stored_and_does_not_show(host: Host) -> None:
    asked = "API key for desk-test at staging.example: "
    answers = [(asked, "two words\n"), (asked, f"{KEY}\n")]
    code, shown = host.at_terminal("keys", "set", "desk-test", answers=answers)
    assert code == 0
    assert "The API key has a space, a line break or a control character inside. Give the key alone." in shown
    assert "two words" not in shown
    assert host.entries == {"pbtui:https://staging.example": {"desk-test": KEY}}


@pytest.mark.parametrize(
    ("owner", "may"),
    [("trader", "read, trade; may not send signals"), ("reader", "read; may not trade, send signals")],
)
def test_a_key_is_tried_before_it_is_stored_and_its_rights_are_shown(
    host: Host, exchange: RunningExchange, owner: str, may: str
) -> None:
    service, key = at(exchange, host), exchange.keys[owner]
    done = host.keys("set", "prod", stdin=key)
    assert done.returncode == 0
    assert done.stderr.startswith(
        f"The server at 127.0.0.1 accepts the key: key '{owner}' may {may}.\nStored the API key"
    )
    assert host.entries == {service: {"prod": key}}


def test_a_key_that_the_server_does_not_accept_is_not_stored(host: Host, exchange: RunningExchange) -> None:
    service, asked = at(exchange, host), "API key for prod at 127.0.0.1: "
    done = host.keys("set", "prod", stdin=KEY)
    assert (done.returncode, done.stderr) == (
        2,
        "Error: The server at 127.0.0.1 does not accept this key. It was not stored.\n",
    )
    assert host.entries == {service: {}}
    key = exchange.keys["trader"]
    code, shown = host.at_terminal("keys", "set", "prod", answers=[(asked, f"{KEY}\n"), (asked, f"{key}\n")])
    assert code == 0
    assert "does not accept this key. Type another one, or end with Ctrl+C." in shown
    assert host.entries == {service: {"prod": key}}


def test_the_default_profile_is_used_if_none_is_named(host: Host) -> None:
    assert host.keys("set", stdin=KEY).returncode == 0
    assert host.entries == {"pbtui:https://desk.example": {"prod": KEY}}


def test_the_profile_may_be_named_before_the_command(host: Host) -> None:
    done = host.invoke("--profile", "desk-test", "keys", "set", stdin=KEY)
    assert done.returncode == 0
    assert host.entries == {"pbtui:https://staging.example": {"desk-test": KEY}}


def test_two_different_profile_names_are_wrong_usage(host: Host) -> None:
    done = host.invoke("--profile", "desk-test", "keys", "delete", "prod")
    assert done.returncode == 2
    assert "Two different profiles are named" in done.stderr


def test_the_status_without_a_name_shows_every_profile(host: Host) -> None:
    host.entries = {"pbtui:https://staging.example": {"desk-test": KEY}}
    host.variables["PBTUI_API_KEY_PROD"] = KEY
    status = host.keys("status")
    assert status.returncode == 0
    assert status.stdout == (
        "prod\n"
        "  source    variable PBTUI_API_KEY_PROD\n"
        "  server    https://desk.example\n"
        "  variable  PBTUI_API_KEY_PROD\n"
        "  keyring   desk_rings.FileRing\n"
        "  service   pbtui:https://desk.example\n"
        "  note      The key in the variable names no server. It is sent to whatever server base_url names.\n"
        "  note      To bind it to this server, write it there as: https://desk.example KEY\n"
        "desk-test\n"
        "  source    keyring\n"
        "  server    https://staging.example\n"
        "  variable  PBTUI_API_KEY_DESK_TEST\n"
        "  keyring   desk_rings.FileRing (holds a key)\n"
        "  service   pbtui:https://staging.example\n"
    )


def test_the_status_reports_a_key_that_can_not_be_sent(host: Host) -> None:
    host.variables["PBTUI_API_KEY_PROD"] = ""
    status = host.keys("status", "prod")
    assert status.returncode == 2
    assert "source    variable PBTUI_API_KEY_PROD" in status.stdout
    assert "problem   The API key in the variable PBTUI_API_KEY_PROD is empty." in status.stdout


@pytest.mark.parametrize("command", ["set", "delete"])
def test_a_variable_that_takes_precedence_is_reported(host: Host, command: str) -> None:
    host.variables["PBTUI_API_KEY_PROD"] = KEY
    done = host.keys(command, "prod", stdin=KEY)
    assert done.returncode == 0
    assert "Note: the variable PBTUI_API_KEY_PROD takes precedence over the keyring." in done.stderr


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
    assert host.entries.get("pbtui:https://desk.example", {}) == {}


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
    ("desk_rings.ExitingRing", "The keyring failed: SystemExit (1)"),
    ("desk_rings.ForgetfulRing", "The keyring does not return what was stored in it"),
    ("desk_rings.BlockedOpeningRing", "The keyring did not answer within 0.5 s; it may be waiting to be unlocked"),
    ("desk_rings.SlowStoringRing", "The keyring did not answer within 0.5 s"),
    ("desk_rings.DyingRing", "The keyring ended the process that asked it"),
]


@pytest.mark.parametrize(("keyring", "problem"), BROKEN)
def test_set_checks_the_keyring_before_it_asks_for_the_key(host: Host, keyring: str, problem: str) -> None:
    host.keyring = keyring
    host.limit_s = 0.5 if keyring in HANGING else STUCK_S
    # A question would wait for an answer here, and the command would not end with the keyring's problem.
    code, shown = host.at_terminal("keys", "set", "prod", answers=[])
    assert code == 2
    assert shown.startswith(f"Error: {problem}")
    assert "Set the environment variable PBTUI_API_KEY_PROD, or fix the keyring and try again." in shown


def test_a_blocked_keyring_holds_up_the_status_once_and_not_the_exit(host: Host) -> None:
    host.keyring, host.limit_s = "desk_rings.BlockedRing", 0.5
    status = host.pbtui("keys", "status")
    assert status.returncode == 2
    assert status.stdout.count("The keyring did not answer within 0.5 s") == 1
    assert status.stdout.count("The keyring has not answered an earlier call") == 1
    assert status.stdout.count("source    none") == 2


def test_what_a_keyring_prints_shows_nowhere(host: Host, exchange: RunningExchange) -> None:
    host.keyring = "desk_rings.PrintingRing"
    host.entries = {at(exchange, host): {"prod": exchange.keys["trader"]}}
    done = host.pbtui("orders", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)


def test_a_keyring_has_no_terminal_to_ask_on(host: Host) -> None:
    host.keyring = "desk_rings.AskingRing"
    code, shown = host.at_terminal("keys", "set", "prod", answers=[])
    assert code == 2
    assert shown.startswith("Error: The keyring failed: EOFError")
    assert "Password" not in shown


def test_a_key_of_version_0_2_is_found_at_the_default_port_and_replaced(host: Host) -> None:
    host.entries = {"pbtui:desk.example": {"prod": KEY}}
    assert host.obtain().stdout.startswith(f"obtained {len(KEY)} ")
    assert host.keys("set", "prod", stdin=KEY).returncode == 0
    assert host.entries == {"pbtui:desk.example": {}, "pbtui:https://desk.example": {"prod": KEY}}
    host.entries = {"pbtui:desk.example": {"prod": KEY}}
    assert host.keys("delete", "prod").returncode == 0
    assert host.entries == {"pbtui:desk.example": {}}
    host.entries = {"pbtui:desk.example": {"prod": KEY}}
    host.settings_file.write_text('[profiles.prod]\nbase_url = "https://desk.example:8443/acme/epex/v2/api"')
    assert host.obtain().returncode == 2


def test_a_host_without_a_chosen_keyring_reports_that_it_has_none(host: Host) -> None:
    host.keyring = None
    host.variables["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nonexistent"
    done = host.pbtui("keys", "set", "prod", stdin=KEY)
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
    code, shown = host.at_terminal("keys", "set", "prod", answers=[])
    assert code == 2
    assert shown.startswith(f"Error: The keyring {host.keyring} asks for its password on the terminal")
    assert "Please" not in shown


def test_a_keyring_that_asks_on_the_terminal_is_never_chosen_by_default(host: Host) -> None:
    host.keyring = None
    host.variables["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nonexistent"
    install(host, "keyrings.cryptfile", PROMPTING_PLUGIN, announced=True)
    code, shown = host.at_terminal("keys", "set", "prod", answers=[])
    assert (code, shown.partition(".")[0]) == (2, "Error: This host has no keyring")

    working = (PLUGINS / "desk_rings.py").read_text().partition("class BlockedRing")[0]
    functions = (PLUGINS / "desk_rings.py").read_text().partition("\n\ndef _entries")[2]
    install(host, "deskring", f"{working}\n\ndef _entries{functions}", announced=True)
    stored = host.pbtui("keys", "set", "prod", stdin=KEY)
    assert stored.returncode == 0
    assert host.entries == {"pbtui:https://desk.example": {"prod": KEY}}


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
    assert "other\n" in host.invoke("--config", str(file), "keys", "status").stdout
    host.variables["PBTUI_CONFIG"] = str(file)
    assert "other\n" in host.keys("status").stdout


def test_an_edited_url_does_not_get_the_stored_key(host: Host) -> None:
    assert host.keys("set", "prod", stdin=KEY).returncode == 0
    host.settings_file.write_text(host.settings_file.read_text().replace("desk.example", "evil.example"))
    assert "source    none" in host.keys("status", "prod").stdout
    assert host.obtain().returncode == 2


def test_the_keyring_is_not_imported_where_the_environment_has_the_key(host: Host) -> None:
    host.variables["PBTUI_API_KEY_PROD"] = KEY
    done = host.python(f"{OBTAIN}\nprint([name for name in ('keyring', 'textual') if name in sys.modules])")
    assert done.stdout.endswith("\n[]\n")
