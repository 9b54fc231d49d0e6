"""`pbtui kill`, `rearm`, `status` and `drill` as a trader runs them."""

import json
import os
import re
import signal
import subprocess
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pbtui.settings.damaged.rescue import rescue_profile
from pbtui.settings.kill import KillAction
from pbtui.settings.profiles import Profile, SettingsError
from tests.canned import canned_exchange
from tests.end_to_end.host import Host, read_closed_terminal, unread_pipe
from tests.end_to_end.terminal import Running
from tests.exchange import RunningExchange, eventually
from tests.raw_server import reply
from tests.simulation.virtual_exchange import virtual_command

BERLIN_TIME = r"\d\d:\d\d:\d\d(\.\d)? CES?T"
BASE_URL = "https://staging.powerbot-trading.com/playground/epex/v2/api"


def ran(host: Host, *arguments: str, code: int = 0) -> tuple[str, str]:
    """What a command wrote on stdout and stderr; it has ended with that code, and the key was not seen."""
    done = host.invoke(*arguments)
    out, err = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == code, (done.returncode, out, err)
    assert host.variables["PBTUI_API_KEY_DESK"] not in out + err
    return out, err


@contextmanager
def running(host: Host, *arguments: str) -> Iterator[tuple[Running, Path]]:
    """The process of a command, and the file of what it writes on stdout."""
    out = host.home / f"{arguments[0]}.out"
    with out.open("wb") as file:
        process = host.start(*arguments, stdout=file)
    try:
        yield process, out
    finally:
        process.kill()
        process.wait()


def path_of(request: dict[str, Any]) -> str:
    """The path of a request after the base URL."""
    return str(request["path"]).rpartition("/v2/api")[2]


def entry_options(exchange: RunningExchange) -> list[str]:
    like = exchange.orders(key="admin", active_only="false", limit=1)[0]
    named = {"portfolio": "DE1", "contract-id": like["contract_id"], "delivery-area": "10YDE-RWENET---I"}
    values = {**named, "side": "buy", "quantity": "1.0", "price": "-50.00"}
    return [word for name, value in values.items() for word in (f"--{name}", value)]


# ---------------------------------------------------------------- from the attempt to the re-arming


def test_killed_halted_re_armed(host: Host, exchange: RunningExchange) -> None:
    count = len(exchange.orders())
    out, err = ran(host, "kill", "--yes")
    assert re.match(rf"KILL VERIFIED 0 ACTIVE {BERLIN_TIME} ", out)
    assert re.search(rf"^KILL VERIFIED 0 ACTIVE {BERLIN_TIME} ", err, re.MULTILINE)
    assert f"active before the kill: {count}; now: {count} DEACTIVATED" in out
    assert exchange.orders() == []

    exchange.forget_requests()
    _, err = ran(host, "add", *entry_options(exchange), "--yes", code=2)
    assert re.search(rf"halted: kill deactivate-mine fired, {BERLIN_TIME} by ", err)
    out, _ = ran(host, "status")
    assert re.search(rf"^Halt +kill deactivate-mine fired, {BERLIN_TIME} by ", out, re.MULTILINE)
    out, _ = ran(host, "status", "--format", "json")
    assert re.search(r"fired, \d\d:\d\d:\d\dZ by ", json.loads(out)["halted"]), "what a program reads stays in UTC"
    _, err = ran(host, "account", "activate", "--confirm", "activate everything", code=2)
    assert "halted: kill deactivate-mine fired, " in err
    _, err = ran(host, "rearm", "--yes", code=2)
    assert re.search(rf"is halted: kill deactivate-mine fired, {BERLIN_TIME} by ", err)
    assert "still halted: without a terminal --yes and --reason are required" in err
    assert all(request["method"] == "GET" for request in exchange.requests())

    _, err = ran(host, "rearm", "--yes", "--reason", "drill is over")
    assert "is re-armed. No order was activated." in err
    assert exchange.orders() == []
    _, err = ran(host, "rearm", "--yes", "--reason", "again")
    assert "Profile desk is not halted." in err
    ran(host, "add", *entry_options(exchange), "--yes", "--accept-warnings")
    assert len(exchange.orders()) == 1
    ran(host, "journal", "verify")
    out, _ = ran(host, "journal", "show")
    assert "drill is over" in out


def test_json_has_all_facts(host: Host, exchange: RunningExchange) -> None:
    out, _ = ran(host, "kill", "--yes", "--json", "--profile", "desk")
    facts = json.loads(out)
    assert facts["phase"] == "VERIFIED"
    assert re.search(r"ACTIVE \d\d:\d\d:\d\d\.\dZ ", facts["headline"]), "what a program reads stays in UTC"
    assert facts["counts"] == {"DEACTIVATED": facts["initial"]}
    assert Path(facts["report"]).exists()


def test_a_kill_without_time_to_verify_fires_and_is_unknown(host: Host, exchange: RunningExchange) -> None:
    out, _ = ran(host, "kill", "--yes", "--verify-timeout", "0", code=5)
    assert out.startswith("KILL UNKNOWN: ")
    eventually(lambda: exchange.orders() == [])  # its answer is not waited for


@pytest.mark.parametrize("seconds", ["nan", "inf", "-inf"])
@pytest.mark.parametrize("command", [("kill", "--yes"), ("drill",)])
def test_a_time_to_verify_that_never_ends_is_refused(
    host: Host, exchange: RunningExchange, command: tuple[str, ...], seconds: str
) -> None:
    _, err = ran(host, *command, "--verify-timeout", seconds, code=2)
    assert "Invalid value for '--verify-timeout': " in err
    assert not exchange.requests()


def test_a_command_without_a_terminal_needs_yes(host: Host, exchange: RunningExchange) -> None:
    _, err = ran(host, "kill", code=2)
    assert "NOTHING WAS SENT: without a terminal --yes is required" in err
    assert host.shell("account delete <&-").wait() == 2
    assert not exchange.requests()


def test_the_exit_code_does_not_depend_on_a_reader_of_the_output(host: Host, exchange: RunningExchange) -> None:
    with Path("/dev/full").open("wb") as full, unread_pipe() as pipe:
        started = [
            host.start("kill", "--yes", stdout=pipe, stderr=pipe),
            host.start("kill", "--yes", "--json", stdout=full, stderr=full),
            host.shell("kill --yes >&- 2>&- <&-"),
        ]
        assert [process.wait(60) for process in started] == [0, 0, 0]
    assert exchange.orders() == []


def test_the_kill_does_not_wait_for_a_stopped_terminal(host: Host, exchange: RunningExchange) -> None:
    master, terminal = os.openpty()
    termios.tcflow(terminal, termios.TCOOFF)
    process = host.start("kill", "--yes", stdin=terminal, stdout=terminal, stderr=terminal)
    try:
        eventually(lambda: not exchange.orders())
        eventually(lambda: list(host.home.rglob("kills/desk@*/*.json")))
        termios.tcflow(terminal, termios.TCOON)
        assert process.wait(60) == 0
    finally:
        process.kill()
    os.close(terminal)
    assert b"KILL VERIFIED" in read_closed_terminal(master)
    os.close(master)


@pytest.mark.parametrize(
    ("plan", "code", "headline"),
    [
        # It is fired again at 2 s, so that a request is on its way when it ends at 2.7 s.
        ({"spare_on_kill": 1.0, "latency": {"value": 1.2, "methods": ["PUT"]}}, 3, "KILL INCOMPLETE: "),
        ({"unauthorized": True}, 4, "KILL REFUSED: "),
        ({"errors": {"500": 1.0}}, 5, "KILL UNKNOWN: "),
    ],
)
def test_exit_codes(tmp_path: Path, plan: dict[str, Any], code: int, headline: str) -> None:
    with virtual_command() as exchange:
        host = Host(tmp_path)
        host.adopt(exchange.base_url, exchange.keys["trader"], read_only=False)
        exchange.faults(**plan)
        out, _ = ran(host, "kill", "--yes", "--verify-timeout", "1.5", code=code)
    assert out.startswith(headline)
    assert "curl " in out


@pytest.mark.parametrize(
    ("plan", "code", "verdict"),
    [
        ({"spare_on_kill": 1.0}, 3, "INCOMPLETE"),
        ({"unauthorized": True}, 4, "REFUSED"),
        ({"errors": {"500": 1.0}}, 5, "UNKNOWN"),
    ],
)
def test_a_re_arm_warns_of_a_kill_that_was_not_verified(
    tmp_path: Path, plan: dict[str, Any], code: int, verdict: str
) -> None:
    with virtual_command() as exchange:
        host = Host(tmp_path)
        host.adopt(exchange.base_url, exchange.keys["trader"], read_only=False)
        exchange.faults(**plan)
        ran(host, "kill", "--yes", "--verify-timeout", "1.5", code=code)
    _, err = ran(host, "rearm", "--yes", "--reason", "looked at")
    assert re.search(rf"The kill of \S+ on \S+ ended as {verdict}: orders may be active, or be entered still\.", err)


def test_a_re_arm_warns_until_a_kill_that_includes_the_earlier_one_is_verified(
    host: Host, exchange: RunningExchange
) -> None:
    exchange.faults(unauthorized=True)
    ran(host, "kill", "--yes", "--verify-timeout", "1.5", code=4)
    exchange.faults()
    ran(host, "kill", "--yes", "--delivery-area", "AMP", code=5)
    _, err = ran(host, "rearm", code=2)
    assert err.count("The kill of") == err.count("ended as REFUSED") == 1
    ran(host, "kill", "--yes")
    _, err = ran(host, "rearm", "--yes", "--reason", "proved")
    assert "The kill of" not in err


@pytest.mark.parametrize("content", [None, "{"])
def test_a_re_arm_says_of_which_kill_the_verdict_can_not_be_read(
    host: Host, exchange: RunningExchange, content: str | None
) -> None:
    ran(host, "kill", "--yes")
    (report,) = host.home.rglob("kills/*/*.json")
    report.unlink()
    if content is not None:
        report.write_text(content)
    _, err = ran(host, "rearm", code=2)
    assert re.search(
        rf"The kill of \S+ on \S+ has no report that can be read, .*\({report}\): orders may be active", err
    )


def test_the_widest_action_falls_back_to_the_narrower_one(host: Host, exchange: RunningExchange) -> None:
    others = len(exchange.orders(key="admin")) - len(exchange.orders())
    out, _ = ran(host, "kill", "--yes", "--action", "deactivate-all", code=5)
    assert "PARTIAL SCOPE: " in out
    assert len(exchange.orders(key="admin")) == others


def test_the_verdict_names_its_action_and_its_scope(host: Host, exchange: RunningExchange) -> None:
    others = sum(order["delivery_area"] != "10YDE-RWENET---I" for order in exchange.orders())
    out, err = ran(host, "kill", "--yes", "--delivery-area", "AMP")
    headline, scope, *_ = out.splitlines()
    assert re.match(rf"KILL VERIFIED 0 ACTIVE in AMP, {others} outside {BERLIN_TIME} ", headline)
    assert headline in err.splitlines()
    mine = "all orders of every portfolio this key can see at epex in AMP (10YDE-RWENET---I)"
    assert scope == f"  deactivate-mine, PUT /orders/list DEAC: {mine}"
    assert len(exchange.orders()) == others


def test_the_kill_waits_for_writes_of_another_command(host: Host, exchange: RunningExchange) -> None:
    options = entry_options(exchange)
    exchange.faults(hold={"value": True, "methods": ["POST"]})
    with running(host, "add", *options, "--yes", "--accept-warnings") as (adding, added):
        eventually(lambda: any(request["method"] == "POST" for request in exchange.requests()))
        with running(host, "kill", "--yes") as (killing, out):
            eventually(lambda: any(request["method"] == "PUT" for request in exchange.requests()))
            exchange.faults()
            killing.wait(60)
            assert b"1 order appeared or re-appeared after the kill" in out.read_bytes()
        assert exchange.orders() == []
        adding.wait(60)
        # The kill took it.
        assert re.match(rb"ACCEPTED|CONFIRMED|DIFFERENT .*: state deactivated, wanted active", added.read_bytes())
    assert exchange.orders() == []


# ---------------------------------------------------------------- at a terminal


AMPLE_READ = """
from pbtui.cli.kill import preview
preview.READ_WITHIN_S = preview.CONNECT_WITHIN_S = 60
"""
"""The question of a kill waits three seconds for the orders; here as long as a busy machine takes to read them."""


@pytest.mark.parametrize("no", ["\r", "\x04"])
def test_another_answer_at_the_terminal_sends_nothing(host: Host, exchange: RunningExchange, no: str) -> None:
    count = len(exchange.orders())
    exchange.run_algorithm("Spread", "DE1")
    exchange.faults(hold={"value": True, "paths": ["/orders"]})  # the question waits for no other read
    host.first = AMPLE_READ
    with host.pbtui("kill") as terminal:
        eventually(lambda: {"/market", "/algorithms"} <= {path_of(request) for request in exchange.requests()})
        exchange.faults()
        requests = f"room is left; needs 1 request for {count} orders, which bypasses it"
        terminal.until_shown(
            "Type k to fire", "deactivate all orders of every portfolio this key can see", f"{count} orders", requests
        )
        terminal.until_shown("algorithms: Spread on DE1: heartbeat ")
        terminal.send(no)
        terminal.until_shown("not confirmed; nothing was sent")
        assert terminal.wait() == 2
    assert len(exchange.orders()) == count


def test_a_kill_at_a_terminal_watches_for_reappeared_orders_until_ctrl_c(host: Host, exchange: RunningExchange) -> None:
    order = exchange.orders()[0]
    with host.pbtui("kill") as terminal:
        terminal.until_shown("Type k to fire")
        terminal.send("k\r")
        terminal.until_shown("KILL VERIFIED 0 ACTIVE", "watching for orders that re-appear; Ctrl+C stops watching")
        exchange.touch(order["order_id"], action="ACTI")
        terminal.until_shown("re-appeared: ", "ACTIVE AGAIN", "ORDERS RE-APPEARED: 1 ACTIVE")
        placed_by = f"user name '{order['user_name']}'"
        terminal.until(lambda lines: placed_by in "".join(lines), placed_by)  # a long line is wrapped anywhere
        terminal.send("\x03")
        terminal.until_shown("appeared after the kill:", "this command has ended")
        assert terminal.wait() == 3


def test_a_key_that_is_typed_for_a_kill_is_not_offered_to_be_stored(host: Host, exchange: RunningExchange) -> None:
    key = host.variables.pop("PBTUI_API_KEY_DESK")
    host.variables |= {
        "PYTHONPATH": str(Path(__file__).parents[1] / "settings" / "secrets" / "plugins"),
        "PYTHON_KEYRING_BACKEND": "desk_rings.FileRing",
        "DESK_RING_FILE": str(host.home / "ring.json"),
    }
    with host.pbtui("kill", "--yes") as terminal:
        terminal.until_asked("API key for desk")
        terminal.send(f"{key}\r")
        terminal.until_shown("KILL VERIFIED 0 ACTIVE", "this command has ended")
        assert terminal.wait() == 0
        assert "Store it" not in terminal.text()
    assert exchange.orders() == []


def test_re_arming_at_a_terminal_needs_the_profiles_name_and_a_reason(host: Host, exchange: RunningExchange) -> None:
    ran(host, "kill", "--yes")
    with host.pbtui("rearm") as terminal:
        terminal.until_shown("Type the profile's name to re-arm it")
        terminal.send("yes\r")
        terminal.until_shown("still halted: the profile's name was not typed")
        assert terminal.wait() == 2
    for more in ((), ("--reason", " \t")):
        with host.pbtui("rearm", "--yes", *more) as terminal:
            terminal.until_shown("Why is it safe to trade again?")
            terminal.send("  \r")
            terminal.until_shown("still halted: no reason was given")
            assert terminal.wait() == 2
    with host.pbtui("rearm") as terminal:
        terminal.until_shown(
            "Profile desk is halted: kill deactivate-mine fired", "Type the profile's name to re-arm it"
        )
        terminal.send("desk\r")
        terminal.until_shown("Why is it safe to trade again?")
        terminal.send("tested\r")
        terminal.until_shown("Profile desk is re-armed. No order was activated.")
        assert terminal.wait() == 0
    assert exchange.orders() == []


# ---------------------------------------------------------------- signals and crashes


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_kill_whose_session_is_lost_ends_when_it_is_verified(
    host: Host, exchange: RunningExchange, number: int
) -> None:
    exchange.faults(hold={"value": True, "methods": ["PUT"]})
    with running(host, "kill", "--yes") as (process, out):
        eventually(lambda: any(request["method"] == "PUT" for request in exchange.requests()))
        process.send_signal(number)
        exchange.faults()
        assert process.wait(60) == 0
    assert out.read_bytes().startswith(b"KILL VERIFIED")
    assert exchange.orders() == []
    [report] = host.home.rglob("kills/desk@*/*.md")
    assert report.read_text().startswith("# KILL VERIFIED")


def test_a_kill_that_is_killed_leaves_the_halt_and_is_resumed(host: Host, exchange: RunningExchange) -> None:
    exchange.faults(spare_on_kill=1.0)
    with running(host, "kill", "--yes") as (process, _):
        eventually(lambda: list(host.home.rglob("kills/desk@*/*.json")))
        process.kill()
        process.wait(60)
    exchange.faults()
    _, err = ran(host, "add", *entry_options(exchange), "--yes", code=2)
    assert "halted: kill deactivate-mine fired" in err
    _, err = ran(host, "kill", "--resume", "--action", "delete-mine", code=2)
    assert "it can't be combined with --action" in err
    out, err = ran(host, "kill", "--resume")
    assert "resuming PUT /orders/list DEAC: deactivate all orders of every portfolio this key can see" in err
    assert out.startswith("KILL VERIFIED 0 ACTIVE ")
    assert exchange.orders() == []


def test_resuming_without_a_kill_is_refused(host: Host, exchange: RunningExchange) -> None:
    _, err = ran(host, "kill", "--resume", code=2)
    assert "is not halted, so there is no kill to resume" in err
    assert not exchange.requests()


# ---------------------------------------------------------------- settings that are broken


def test_problems_elsewhere_in_the_settings_do_not_stop_a_kill(host: Host, exchange: RunningExchange) -> None:
    file = host.home / "xdg_config_home" / "pbtui" / "config.toml"
    broken = (
        '\n[profiles.desk.limits]\nmax_price = "high"\n[profiles.desk.kill]\naction = "everything"\n[profiles.other]\n'
    )
    head = "[profiles.desk]\n"
    settings = file.read_text().replace(head, f'{head}market_timezone = "Nowhere"\n')
    file.write_text(f"theme = 5\n{settings}{broken}")
    _, err = ran(host, "orders", code=2)
    assert "profiles.other.base_url: is missing" in err
    out, err = ran(host, "--profile", "desk", "kill", "--yes")
    assert out.startswith("KILL VERIFIED 0 ACTIVE ")
    assert "The kill uses the narrowest action, deactivate-mine: the configured action is not valid." in err
    assert "theme: must be the name of a theme, in quotes" in err
    assert "market_timezone: must be a known time zone" in err


@pytest.mark.parametrize("is_own", [False, True])
def test_a_file_that_is_not_toml_fires_with_its_own_intact_tables_or_says_first_that_nothing_was_sent(
    host: Host, exchange: RunningExchange, is_own: bool
) -> None:
    file = host.home / "xdg_config_home" / "pbtui" / "config.toml"
    broken = 'portfolios = ["P1]\n' if is_own else '[profiles.other]\nbase_url = "https://x.example/epex/v2/api\n'
    file.write_text(f"{file.read_text()}\n{broken}")
    if is_own:
        _, err = ran(host, "kill", "--yes", "--profile", "desk", code=2)
        assert err.startswith("NOTHING WAS SENT: ")
        assert "the tables of profile desk are damaged themselves" in err
        assert not exchange.requests()
        return
    out, err = ran(host, "kill", "--yes", "--profile", "desk")
    assert out.startswith("KILL VERIFIED 0 ACTIVE ")
    assert "The kill ignores problems in the settings that do not change its scope: " in err
    _, err = ran(host, "kill", "--yes", "--profile", "nobody", code=2)
    assert err.startswith("NOTHING WAS SENT: ")


def settings(folder: Path, *lines: str) -> Path:
    file = folder / "config.toml"
    file.write_text("\n".join(lines))
    return file


def test_a_kill_with_an_unclear_scope_in_the_settings_is_refused(tmp_path: Path) -> None:
    good = ["theme = 5", "[profiles.desk]", f'base_url = "{BASE_URL}"']
    for key, line in {
        "portfolios: must be a list of portfolio ids": 'portfolios = "P1"',
        "delivery_areas: must be": "delivery_areas = [1]",
        "portfolio: is not a known key here; it may be meant as portfolios": 'portfolio = ["P1"]',
        "products: is not a known key here": 'products = ["P1"]',
        "kil: is not a known key here; it may be meant as kill": '[profiles.desk.kil]\nproducts = ["P1"]',
        "kill.products: must be": "[profiles.desk.kill]\nproducts = 5",
        "kill.delivery_area: is not a known key": '[profiles.desk.kill]\ndelivery_area = ["A"]',
        "limits.portfolios: is not a known key here": '[profiles.desk.limits]\nportfolios = ["P1"]',
        "kill.Portfolio: is not a known key": '[profiles.desk.kill]\nPortfolio = ["P1"]',
    }.items():
        with pytest.raises(SettingsError, match=rf"config\.toml: profiles\.desk\.{key}.* Nothing was sent"):
            rescue_profile(settings(tmp_path, *good, line), "desk")
    with pytest.raises(SettingsError):
        rescue_profile(settings(tmp_path, "theme = 5", "[profiles.desk]"), "desk")
    profile, notes = rescue_profile(
        settings(
            tmp_path,
            *good,
            'portfolios = ["P1"]',
            "poll_seconds = 0",
            "[profiles.desk.kill]",
            'action = "everything"',
            'products = ["P1"]',
            'guards = "typed"',
            'phones = ["+43 1"]',
            "[profiles.desk.limits]",
            "max_portfolios = 3",
        ),
        None,
    )
    assert (profile.portfolios, profile.kill.phones) == (("P1",), ("+43 1",))
    assert profile.kill.action is KillAction.DEACTIVATE_MINE
    assert profile.kill.products == ("P1",)
    assert any("the configured action is not valid" in note for note in notes)
    assert profile.poll_seconds == Profile(name="desk", base_url=BASE_URL).poll_seconds


def test_the_curl_line_needs_no_key(tmp_path: Path) -> None:
    host = Host(tmp_path)
    host.adopt(BASE_URL, "a-key")
    del host.variables["PBTUI_API_KEY_DESK"]
    out = host.run("kill", "--print-curl", "--action", "deactivate-all").stdout.decode()
    assert f"{BASE_URL}/orders/status" in out


@pytest.mark.parametrize("named", ["", "https://desk.example:8443  "])
@pytest.mark.parametrize("action", [action.value for action in KillAction])
def test_the_curl_commands_show_the_key_in_no_list_of_arguments(host: Host, action: str, named: str) -> None:
    host.adopt(BASE_URL, "the-key", portfolios=["TRD1"])
    curl = host.home / "bin" / "curl"
    curl.parent.mkdir()
    curl.write_text('#!/bin/bash\necho "$@" > "arguments.$$"\ncat "${6#@}" > "header.$$"\necho "[]"\n')
    curl.chmod(0o700)
    commands = host.run("kill", "--print-curl", "--action", action).stdout.decode()
    assert "the-key" not in commands
    environment = {
        **host.environment,
        "PATH": f"{curl.parent}:{host.environment['PATH']}",
        "PBTUI_API_KEY_DESK": f"{named}the-key",
    }
    shell = ["bash", "-c", commands]
    subprocess.run(shell, env=environment, cwd=host.home, stdout=subprocess.DEVNULL, check=False)
    assert {file.read_text() for file in host.home.glob("header.*")} == {"api_key: the-key"}
    assert not [file for file in host.home.glob("arguments.*") if "the-key" in file.read_text()]


# ---------------------------------------------------------------- the rest


def test_the_status_of_everything_needs_typed_words(host: Host, exchange: RunningExchange) -> None:
    host.variables["PBTUI_API_KEY_DESK"] = exchange.keys["admin"]
    _, err = ran(host, "account", "deactivate", code=2)
    assert "nothing was sent: without a terminal --confirm 'deactivate everything' is required" in err
    ran(host, "account", "deactivate", "--confirm", "yes", code=2)
    ran(host, "account", "delete", "--product", "", "--confirm", "delete everything", code=2)
    assert not exchange.requests()


@pytest.mark.parametrize(
    ("arguments", "body", "active"),
    [
        (["deactivate", "--include-pre-arranged"], {"orderModType": "DEAC", "inclPreArranged": True}, 0),
        (["activate", "--product", "P1"], {"orderModType": "ACTI", "inclPreArranged": False, "prodName": ["P1"]}, 60),
    ],
)
def test_everything_is_changed_and_then_read_twice(
    tmp_path: Path, arguments: list[str], body: dict[str, object], active: int
) -> None:
    host = Host(tmp_path)
    with virtual_command() as exchange:
        host.adopt(exchange.base_url, exchange.keys["admin"], read_only=False)
        out, _ = ran(host, "account", *arguments, "--confirm", f"{arguments[0]} everything")
        change, *reads = exchange.requests()
    assert change["body"] == body
    assert [each["method"] for each in reads] == ["GET", "GET"]
    assert out == f"The server accepted the call. {active} orders that this key can see are active.\n"


def test_a_key_that_may_not_read_is_asked_for_the_result_once(tmp_path: Path) -> None:
    host = Host(tmp_path)
    with virtual_command() as exchange:
        host.adopt(exchange.base_url, exchange.keys["admin"], read_only=False)
        exchange.faults(errors={"value": {"403": 1.0}, "methods": ["GET"]})
        _, err = ran(host, "account", "activate", "--confirm", "activate everything", code=5)
        assert [each["method"] for each in exchange.requests()] == ["PUT", "GET"]
    assert "The server accepted the call. It is not known which orders are active. They can't be read: GET " in err


def test_the_page_of_a_gateway_does_not_say_what_became_of_the_status_of_everything(tmp_path: Path) -> None:
    host = Host(tmp_path)
    with canned_exchange() as canned:
        canned.trouble_at = "/orders/status"
        host.adopt(canned.base_url, "a-key", read_only=False)
        for content, code in ((b"<html>no</html>", 5), (b'{"message": "no"}', 4)):
            canned.trouble = reply(content, "403 Forbidden")
            ran(host, "account", "activate", "--confirm", "activate everything", code=code)


def test_a_halt_during_the_prompt_stops_an_activation_of_everything(host: Host, exchange: RunningExchange) -> None:
    with host.pbtui("account", "activate") as terminal:
        terminal.until_shown("Type activate everything")
        ran(host, "kill", "--yes")
        terminal.send("activate everything\r")
        terminal.until_shown("halted: kill deactivate-mine fired")
        assert terminal.wait() == 2
    assert exchange.orders() == []


def test_a_drill_measures_and_halts_no_profile(tmp_path: Path) -> None:
    host = Host(tmp_path)
    done = host.run("drill", "--orders", "4", "--fault", "return_after_kill=3")
    out = done.stdout.decode()
    assert done.returncode == 3, (out, done.stderr)
    assert b"KILL VERIFIED 0 ACTIVE" in done.stderr
    assert b"re-appeared: " in done.stderr
    assert "ORDERS RE-APPEARED: " in out
    assert "start to verified" in out
    assert list(host.home.rglob("kills/drill@*/*.md"))
    assert not list(host.home.rglob("halt/*.json"))
