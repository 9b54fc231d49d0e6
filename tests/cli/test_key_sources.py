"""Where the key of a command comes from, and which key it is if a source fails."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.cli.key_host import HANGING, KEY, OBTAIN, PRODUCTION, STUCK_S, Host, at, make_host
from tests.exchange import RunningExchange


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return make_host(tmp_path)


# ---------------------------------------------------------------- a command that needs a key

ASKED = "API key for prod at 127.0.0.1: "
OFFERED = "Store it in this host's keyring?"


def test_a_key_from_the_environment_is_used_without_a_word(host: Host) -> None:
    host.keyring = "desk_rings.BlockedRing"
    host.variables["PBTUI_API_KEY_PROD"] = KEY
    done = host.obtain()
    assert (done.returncode, done.stdout, done.stderr) == (0, f"obtained {len(KEY)} Secret(…)\n", "")


def test_a_key_from_the_keyring_is_used_without_a_word(host: Host) -> None:
    host.entries = {"pbtui:https://desk.example": {"prod": KEY}}
    for done in (host.obtain(), host.python(OBTAIN)):
        assert (done.returncode, done.stdout, done.stderr) == (0, f"obtained {len(KEY)} Secret(…)\n", "")


def test_a_missing_key_without_a_terminal_is_reported_with_the_next_step(host: Host) -> None:
    done = host.obtain()
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "Error: No API key found for profile prod. "
        "Set the variable PBTUI_API_KEY_PROD, "
        f"or store the key: pbtui --config {host.settings_file} --profile prod keys set\n"
    )


def test_a_missing_keyring_without_a_terminal_is_reported(host: Host) -> None:
    host.keyring = "keyring.backends.fail.Keyring"
    done = host.obtain()
    assert done.returncode == 2
    assert done.stderr.startswith("Error: This host has no keyring")


@pytest.mark.parametrize(("answer", "is_stored"), [("y", True), ("n", False), ("", False)])
def test_a_typed_key_is_tried_and_stored_if_the_trader_wants(
    host: Host, exchange: RunningExchange, answer: str, is_stored: bool
) -> None:
    service, key = at(exchange, host), exchange.keys["trader"]
    code, shown = host.at_terminal("-c", OBTAIN, answers=[(ASKED, f"{key}\n"), (OFFERED, f"{answer}\n")])
    assert code == 0
    assert f"obtained {len(key)} Secret(…)\n" in shown
    assert key not in shown
    assert host.entries == ({service: {"prod": key}} if is_stored else {})


def test_a_typed_key_that_the_server_does_not_accept_is_asked_for_again(host: Host, exchange: RunningExchange) -> None:
    service, key = at(exchange, host), exchange.keys["trader"]
    answers = [(ASKED, f"{KEY}\n"), (ASKED, f"{key}\n"), (OFFERED, "y\n")]
    code, shown = host.at_terminal("-c", OBTAIN, answers=answers)
    assert code == 0
    assert shown.count("The server at 127.0.0.1 does not accept this key.") == 1
    assert shown.count(OFFERED) == 1
    assert host.entries == {service: {"prod": key}}


def test_a_typed_key_that_can_not_be_tried_is_used_and_not_stored(host: Host, exchange: RunningExchange) -> None:
    at(exchange, host)
    exchange.faults(errors={"503": 1})
    key = exchange.keys["trader"]
    code, shown = host.at_terminal("-c", OBTAIN, answers=[(ASKED, f"{key}\n")])
    assert code == 0
    assert "The key could not be tried: GET /orders" in shown
    assert "It is used for this run only." in shown
    assert f"obtained {len(key)} Secret(…)\n" in shown
    assert host.entries == {}


def test_a_typed_key_is_used_even_if_it_can_not_be_stored(host: Host, exchange: RunningExchange) -> None:
    at(exchange, host)
    host.keyring, key = "desk_rings.TalkativeRing", exchange.keys["trader"]
    code, shown = host.at_terminal("-c", OBTAIN, answers=[(ASKED, f"{key}\n"), (OFFERED, "y\n")])
    assert code == 0
    assert "The keyring failed: ValueError" in shown
    assert "The key is used for this run only." in shown
    assert f"obtained {len(key)} Secret(…)\n" in shown
    assert key not in shown


@pytest.mark.parametrize("keyring", ["keyring.backends.fail.Keyring", "desk_rings.BlockedRing"])
def test_a_missing_keyring_makes_the_trader_type_the_key_and_storing_is_not_offered(
    host: Host, exchange: RunningExchange, keyring: str
) -> None:
    at(exchange, host)
    host.keyring, key = keyring, exchange.keys["trader"]
    host.limit_s = 0.5 if keyring in HANGING else STUCK_S
    code, shown = host.at_terminal("-c", OBTAIN, answers=[(ASKED, f"{key}\n")])
    assert code == 0
    assert shown.startswith("This host has no keyring" if "fail" in keyring else "The keyring did not answer")
    assert "Store it" not in shown
    assert f"obtained {len(key)} Secret(…)\n" in shown


def test_a_wrong_key_in_the_environment_is_refused_and_nothing_else_tried(host: Host) -> None:
    host.variables["PBTUI_API_KEY_PROD"] = f"{KEY} {KEY}"
    host.entries = {"pbtui:https://desk.example": {"prod": KEY}}
    code, shown = host.at_terminal("-c", OBTAIN, answers=[])
    assert code == 2
    assert shown.startswith("Error: The API key in the variable PBTUI_API_KEY_PROD has a space")


# ---------------------------------------------------------------- the sources


def use(host: Host, **settings: object) -> None:
    """Add these settings to the profile prod."""
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    host.settings_file.write_text("\n".join(["[profiles.prod]", f'base_url = "{PRODUCTION}"', *lines]))


def key_file(host: Host, text: str, mode: int = 0o600) -> Path:
    file = host.home / "prod.key"
    file.write_text(text)
    file.chmod(mode)
    return file


def credential(host: Host, text: str) -> None:
    host.variables["CREDENTIALS_DIRECTORY"] = str(host.home)
    (host.home / "pbtui.prod").write_text(text)


SOURCES = ["variable", "command", "file", "systemd credential", "keyring"]


def configure(host: Host, sources: Sequence[str], text: str = KEY) -> None:
    """Give each of these sources a key of another length, the first one the longest, and `text` to the first."""
    texts = {source: text if number == 0 else KEY[:-number] for number, source in enumerate(sources)}
    settings: dict[str, object] = {}
    if "variable" in texts:
        host.variables["PBTUI_API_KEY_PROD"] = texts["variable"]
    if "command" in texts:
        settings["api_key_command"] = ["printf", "%s\\n", texts["command"]]
    if "file" in texts:
        settings["api_key_file"] = str(key_file(host, texts["file"]))
    if "systemd credential" in texts:
        credential(host, texts["systemd credential"])
    if "keyring" in texts:
        host.entries = {"pbtui:https://desk.example": {"prod": texts["keyring"]}}
    use(host, **settings)


@pytest.mark.parametrize("first", range(len(SOURCES)))
def test_the_first_configured_source_counts_and_is_shown(host: Host, first: int) -> None:
    configure(host, SOURCES[first:])
    status = host.keys("status", "prod")
    assert status.returncode == 0
    assert status.stdout.splitlines()[1].startswith(f"  source    {SOURCES[first]}")
    assert [line.split()[2] for line in status.stdout.splitlines() if "not used" in line] == [
        source.split()[0] for source in SOURCES[first + 1 : -1]
    ]
    assert host.obtain().stdout.startswith(f"obtained {len(KEY)} ")


@pytest.mark.parametrize("first", range(len(SOURCES) - 1))
@pytest.mark.parametrize("text", ["", "two words", f"https://elsewhere.example {KEY}", "https://desk.example"])
def test_a_source_without_a_usable_key_is_an_error_and_no_other_key_is_used(host: Host, first: int, text: str) -> None:
    configure(host, SOURCES[first:], text)
    done = host.obtain()
    assert (done.returncode, done.stdout) == (2, "")
    assert f"The API key {'from' if SOURCES[first] == 'command' else 'in'} the {SOURCES[first]} " in done.stderr
    status = host.keys("status", "prod")
    assert status.returncode == 2
    assert f"  problem   {done.stderr.removeprefix('Error: ').strip()}\n" in status.stdout


@pytest.mark.parametrize("source", SOURCES[:-1])
def test_a_source_may_name_the_server_of_its_key(host: Host, source: str) -> None:
    configure(host, [source], f"  https://Desk.Example:443   {KEY}\n")
    assert host.obtain().stdout.startswith(f"obtained {len(KEY)} ")
    status = host.keys("status", "prod")
    assert status.returncode == 0
    assert "names no server" not in status.stdout


@pytest.mark.parametrize(
    ("base_url", "server"),
    [
        ("https://desk.example:8443/acme/epex/v2/api", "https://desk.example:8443"),
        ("https://desk.example.evil.example/acme/epex/v2/api", "https://desk.example.evil.example"),
        ("http://localhost/acme/epex/v2/api", "http://localhost"),
    ],
)
def test_a_key_with_its_server_is_not_sent_to_another_one(host: Host, base_url: str, server: str) -> None:
    configure(host, ["variable"], f"https://desk.example {KEY}")
    host.settings_file.write_text(f'[profiles.prod]\nbase_url = "{base_url}"')
    done = host.obtain()
    assert done.returncode == 2
    assert f"is for https://desk.example, but profile prod is at {server}; it was not sent." in done.stderr


FAILING = {
    "ends with an error": (
        ["sh", "-c", f"echo {KEY}; echo {KEY} >&2; exit 3"],
        "ended with exit code 3; run it by hand",
    ),
    "is killed": (["sh", "-c", "kill -9 $$"], "was ended by signal 9"),
    "is missing": (["no-such-program"], "can't be run (No such file or directory)"),
    "is no program": (["/"], "can't be run (Permission denied)"),
    "has a name that is none": (["a\0b"], "can't be run (its name is not valid)"),
    "never stops": (["yes", KEY], "wrote more than"),
}


@pytest.mark.parametrize("case", FAILING)
def test_a_command_that_fails_is_an_error_and_no_other_key_is_used(host: Host, case: str) -> None:
    command, problem = FAILING[case]
    configure(host, SOURCES[1:])
    use(host, api_key_command=command, api_key_file=str(key_file(host, KEY)))
    done = host.obtain()
    assert (done.returncode, done.stdout) == (2, "")
    assert problem in done.stderr
    assert "Correct api_key_command, or set the variable PBTUI_API_KEY_PROD, which comes before it." in done.stderr


def test_a_command_that_hangs_is_ended(host: Host) -> None:
    use(host, api_key_command=["sleep", f"{10 * STUCK_S}"])
    host.limit_s = 0.3
    done = host.obtain()
    assert done.returncode == 2
    assert "The program of api_key_command, sleep, did not end within 0.3 s." in done.stderr


@pytest.mark.parametrize("settings", [{"api_key_command": [KEY]}, {"api_key_file": KEY}])
def test_a_key_in_the_place_of_its_source_is_not_repeated(host: Host, settings: dict[str, object]) -> None:
    use(host, **settings)
    assert "(not found)" in host.obtain().stderr
    assert "(not found)" in host.keys("status").stdout


def test_a_command_gets_no_input_and_no_shell(host: Host) -> None:
    script = host.home / "key"
    script.write_text(f"#!/bin/sh\nread line || printf %s '{KEY}'\n")
    script.chmod(0o700)
    use(host, api_key_command=[str(script), "; echo $HOME"])
    assert host.python(OBTAIN, stdin="typed ahead\n").stdout.startswith(f"obtained {len(KEY)} ")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o602])
def test_a_key_file_that_others_can_open_is_refused(host: Host, mode: int) -> None:
    file = key_file(host, KEY, mode)
    use(host, api_key_file=str(file))
    done = host.obtain()
    assert done.returncode == 2
    assert f"api_key_file {file} is open to other users (mode {mode:04o}). Close it: chmod 600 {file}" in done.stderr


def test_a_key_file_that_can_not_be_read_is_an_error(host: Host) -> None:
    host.entries = {"pbtui:https://desk.example": {"prod": KEY}}
    for name, problem in (("missing", "No such file or directory"), ("config", "is not a regular file")):
        use(host, api_key_file=str(host.home / name))
        done = host.obtain()
        assert done.returncode == 2
        assert problem in done.stderr
    os.mkfifo(host.home / "pipe", 0o600)
    use(host, api_key_file=str(host.home / "pipe"))
    assert "is not a regular file" in host.obtain().stderr


def test_a_key_file_is_found_from_the_folder_of_the_settings(host: Host) -> None:
    (host.settings_file.parent / "prod.key").write_text(KEY)
    (host.settings_file.parent / "prod.key").chmod(0o400)
    use(host, api_key_file="prod.key")
    assert host.obtain().stdout.startswith(f"obtained {len(KEY)} ")


def test_a_systemd_credential_of_another_profile_is_not_used(host: Host) -> None:
    credential(host, KEY)
    (host.home / "pbtui.prod").rename(host.home / "pbtui.desk-test")
    assert "source    none" in host.keys("status", "prod").stdout


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_settings_file_that_others_can_change_gives_a_warning(host: Host, mode: int) -> None:
    configure(host, ["variable"])
    assert host.obtain().stderr == ""
    host.settings_file.chmod(mode)
    warning = f"Warning: other users can change {host.settings_file} (mode {mode:04o}), and with it the server that"
    for done in (host.obtain(), host.keys("status")):
        assert done.stderr.startswith(warning)
        assert done.stderr.endswith(f"Close it: chmod go-w {host.settings_file}\n")
    assert host.keys("status").returncode == 2


# ---------------------------------------------------------------- the key on stdin


def test_a_key_on_stdin_comes_before_all_others(host: Host, exchange: RunningExchange) -> None:
    configure(host, SOURCES, "a wrong one")
    at(exchange, host)
    done = host.pbtui("--api-key-stdin", "orders", "--json", stdin=f"{exchange.keys['trader']}\n")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)
    assert exchange.keys["trader"] not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("piped", "problem"),
    [
        ("", "is empty"),
        (f"https://elsewhere.example {KEY}", "is for https://elsewhere.example, but profile prod is at"),
    ],
)
def test_a_stdin_without_a_usable_key_is_an_error_and_no_other_key_is_used(
    host: Host, piped: str, problem: str
) -> None:
    configure(host, SOURCES)
    done = host.pbtui("--api-key-stdin", "kill", "--yes", stdin=piped)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"NOTHING WAS SENT: The API key on stdin {problem}" in done.stderr


def test_a_key_on_stdin_leaves_the_terminal_for_questions(host: Host, exchange: RunningExchange) -> None:
    at(exchange, host)
    (host.home / "piped").write_text(exchange.keys["trader"])
    pbtui = f"{sys.executable} -m pbtui --api-key-stdin kill < {host.home}/piped"
    run = f"import os; os.execl('/bin/sh', 'sh', '-c', {pbtui!r})"
    code, shown = host.at_terminal("-c", run, answers=[("Type k to fire", "no\n")])
    assert code == 2
    assert "not confirmed; nothing was sent" in shown


def test_at_a_terminal_the_option_asks_for_the_key(host: Host, exchange: RunningExchange) -> None:
    configure(host, SOURCES)
    at(exchange, host)
    key = exchange.keys["trader"]
    code, shown = host.at_terminal("--api-key-stdin", "orders", "--json", answers=[(ASKED, f"{key}\n")])
    assert code == 0
    assert key not in shown
    assert OFFERED not in shown
