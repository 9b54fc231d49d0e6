"""`pbtui setup` as a new user runs it: an error loses nothing, no file is changed, no server rules what is written."""

import stat
from pathlib import Path

import pytest

from pbtui.cli.first_hour.server import full_url
from pbtui.settings.file import load_settings
from pbtui.settings.profiles import Environment
from tests.canned import canned_exchange
from tests.cli import key_host
from tests.cli.key_host import KEY
from tests.end_to_end.host import Host, invoke
from tests.exchange import RunningExchange

HOSTILE = "\x1b]52;c;ZXZpbA==\x07\u202e01.54"
NO_SERVER = "http://127.0.0.1:1/acme/epex/v2/api"


def settings_file(host: Host) -> Path:
    return host.home / "xdg_config_home" / "pbtui" / "config.toml"


@pytest.fixture
def new_host(tmp_path: Path) -> Host:
    """A host without settings, with a key in a variable, and without a keyring."""
    variables = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring", "PBTUI_API_KEY_EPEX": KEY}
    return Host(tmp_path, variables)


# ---------------------------------------------------------------- at a terminal


TOO_SOON = "0sbMf4Qk29Zx81LpTr7VwYc3"
"""Looks like an API key."""


@pytest.mark.real_time
def test_a_new_user_is_asked_again_until_all_works(tmp_path: Path, exchange: RunningExchange) -> None:
    host = key_host.Host(tmp_path, variables={"COLUMNS": "200"})
    key, asked = exchange.keys["trader"], "API key for mine at 127.0.0.1: "
    no_exchange = exchange.base_url.replace("/epex/", "/none/")
    answers = [
        ("URL: ", "ftp://desk.example/epex\n"),
        ("[ftp://desk.example/epex]: ", f"{NO_SERVER.removesuffix('/v2/api')}\n"),
        ("[test]: ", f"{TOO_SOON}\n"),
        ("[test]: ", "p\n"),
        ("[epex]: ", f"{TOO_SOON}\n"),
        ("[epex]: ", "demo\n"),
        ("[demo]: ", "mine\n"),
        ("[again]: ", "url\n"),
        (f"[{NO_SERVER}]: ", f"{no_exchange}\n"),
        ("[test]: ", "te\n"),
        (asked, f"{KEY}\n"),
        ("[again]: ", "url\n"),
        (f"[{no_exchange}]: ", f"{exchange.base_url}\n"),
        ("[test]: ", "te\n"),
        (asked, f"{key}\n"),
        ("[keyring]: ", "\n"),
    ]
    code, shown = host.at_terminal("setup", answers=answers)
    assert code == 0
    for words in (
        "That can't be used: it must start with https://.",
        "Error: the answer is one of: production, test. What was typed looks like an API key, which is asked for later",
        "That can't be used: it looks like an API key, which is asked for later and then not shown.",
        "That can't be used: it is the name of the profile of pbtui demo; choose another.",
        "The server could not be reached: cannot reach 127.0.0.1: Connection refused.",
        "The key could not be tried: GET /orders: not found (404): no exchange at this address",
        "does not accept this key. Type another one",
        "Rights       may read, trade; may not send signals",
        "Portfolios   DE1, DE2, FLEX",
        "URLs         /epex/v2/api answers; so does /v2/api",
        f"Wrote {host.settings_file}.",
    ):
        assert words in shown
    assert key not in shown
    assert shown.count(TOO_SOON) == 2, "the terminal echoed it, and nothing showed it again"
    assert TOO_SOON not in host.settings_file.read_text()
    profile = load_settings(host.settings_file).profile(None)
    assert (profile.name, profile.base_url) == ("mine", exchange.base_url)
    assert (profile.environment, profile.read_only, profile.api_key_file) == (Environment.TEST, True, None)
    assert host.entries[f"pbtui:{profile.origin}"] == {"mine": key}
    assert stat.S_IMODE(host.settings_file.stat().st_mode) == 0o600


@pytest.mark.real_time
def test_a_key_file_that_is_there_is_kept_and_nothing_that_was_typed_is_lost(
    tmp_path: Path, exchange: RunningExchange
) -> None:
    host = key_host.Host(tmp_path, variables={"COLUMNS": "400"})
    left_over = host.settings_file.parent / "test.key"
    left_over.parent.mkdir(parents=True, exist_ok=True)
    left_over.write_text("another key\n")
    key = exchange.keys["trader"]
    answers = [
        (f"API key for test at {exchange.base_url.split('/')[2].split(':')[0]}: ", f"{key}\n"),
        ("]: ", "file\n"),
        ("]: ", "keyring\n"),
    ]
    code, shown = host.at_terminal(
        "setup", "test", "--url", exchange.base_url, "--environment", "test", answers=answers
    )
    assert code == 0, shown
    assert (
        f"{left_over} is there already, and is never overwritten. Move it away or remove it, then answer file" in shown
    )
    assert left_over.read_text() == "another key\n"
    assert host.entries[f"pbtui:{load_settings(host.settings_file).profile('test').origin}"] == {"test": key}


# ---------------------------------------------------------------- without a terminal


def test_a_key_file_that_is_there_is_named_with_what_to_do(new_host: Host, exchange: RunningExchange) -> None:
    left_over = settings_file(new_host).parent / "test.key"
    left_over.parent.mkdir(parents=True)
    left_over.write_text("another key\n")
    command = ("setup", "test", "--url", exchange.base_url, "--environment", "test", "--keep-key", "file")
    key = exchange.keys["trader"].encode()
    done = invoke("--api-key-stdin", *command, environment=new_host.environment, stdin=key)
    assert done.returncode == 2
    said = f"{left_over} is there already, and is never overwritten. Move it away or remove it, then run this again; or"
    assert said in done.stderr.decode()
    assert left_over.read_text() == "another key\n"
    assert not settings_file(new_host).exists()


def test_options_and_a_variable_are_enough_and_the_key_stays_where_it_is(
    new_host: Host, exchange: RunningExchange
) -> None:
    new_host.variables["PBTUI_API_KEY_TEST"] = exchange.keys["reader"]
    done = new_host.invoke("setup", "--url", exchange.base_url, "--environment", "test")
    talk = done.stderr.decode()
    assert done.returncode == 0, talk
    assert "Rights       may read; may not trade, send signals" in talk
    assert "The key stays where it is: variable PBTUI_API_KEY_TEST." in talk
    assert load_settings(settings_file(new_host)).profile("test").environment is Environment.TEST
    assert exchange.keys["reader"] not in settings_file(new_host).read_text()
    assert new_host.invoke("orders").returncode == 0


def test_a_settings_file_is_never_changed(new_host: Host, exchange: RunningExchange) -> None:
    new_host.adopt(exchange.base_url, exchange.keys["trader"])
    before = settings_file(new_host).read_bytes()
    again = new_host.invoke("setup", "desk", "--url", exchange.base_url)
    assert again.returncode == 2
    assert b"and it is not changed" in again.stderr
    printed = new_host.invoke("setup", "desk", "--url", exchange.base_url, "--environment", "test", "--print")
    assert printed.returncode == 0
    assert printed.stdout.startswith(b"[profiles.desk]\n")
    assert b"Nothing was written" in printed.stderr
    assert settings_file(new_host).read_bytes() == before
    settings_file(new_host).unlink()
    settings_file(new_host).symlink_to("elsewhere.toml")
    linked = new_host.invoke("setup", "desk", "--url", NO_SERVER)
    assert (linked.returncode, b"is a link to a file that is not there" in linked.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "there is no terminal to ask at: give --url"),
        (("--url", "http://desk.example/epex"), "--url can't be used: must start with https://"),
        (("demo", "--url", NO_SERVER), "is the name of the profile of pbtui demo"),
        (("--url", NO_SERVER, "--ca-file", "none.pem"), "--ca-file can't be used: names a file that can't be read"),
        (("--url", NO_SERVER, "--proxy", "proxy"), "--proxy can't be used: must start with https://"),
        (("--url", NO_SERVER), "cannot reach 127.0.0.1: Connection refused. Nothing was written."),
    ],
)
def test_what_is_missing_or_wrong_is_said_and_nothing_is_written(
    new_host: Host, arguments: tuple[str, ...], reason: str
) -> None:
    done = new_host.invoke("setup", *arguments)
    assert done.returncode == 2
    assert reason in done.stderr.decode()
    assert not settings_file(new_host).exists()


def test_a_missing_or_wrong_key_is_said_and_nothing_is_written(new_host: Host, exchange: RunningExchange) -> None:
    for name, reason in (("none", "set the variable PBTUI_API_KEY_NONE"), ("epex", "does not accept this key")):
        done = new_host.invoke("setup", name, "--url", exchange.base_url)
        assert done.returncode == 2
        assert reason in done.stderr.decode()
    assert not settings_file(new_host).exists()


def test_what_a_server_says_can_not_control_the_terminal_or_the_file(new_host: Host) -> None:
    portfolios = [{"id": f'P1"]\nread_only = false # {HOSTILE}'}, {"id": "P2"}]
    with canned_exchange() as server:
        server.reads["/api-key"] = {"name": HOSTILE, "tenant_name": HOSTILE, "portfolios": portfolios}
        server.reads["/market"] = {"status": HOSTILE, "exchange": HOSTILE, "exchange_mode": HOSTILE}
        server.reads["/delivery-areas"] = [{"eic": HOSTILE}]
        done = new_host.invoke("setup", "--url", server.base_url)
        assert {request.method for request in server.requests} == {"GET"}
    assert done.returncode == 0
    text = settings_file(new_host).read_text()
    for shown in (done.stderr.decode(), text):
        assert shown.replace("\n", "").isprintable()
    assert '# portfolios = ["P2"]' in text
    assert load_settings(settings_file(new_host)).profile(None).read_only


def test_a_server_that_offers_nothing_else_is_set_up_all_the_same(new_host: Host) -> None:
    with canned_exchange() as server:
        server.reads.clear()
        done = new_host.invoke("setup", "--url", server.base_url)
    assert done.returncode == 0
    assert "its name and rights are not stated by this server" in done.stderr.decode()


@pytest.mark.parametrize(
    "typed", ["desk.example/acme/epex", "https://desk.example/acme/epex/", "https://desk.example/acme/epex/v2/api/"]
)
def test_a_url_may_be_typed_without_its_ends(typed: str) -> None:
    assert full_url(typed) == "https://desk.example/acme/epex/v2/api"
