"""Files of pbtui that are something else: a named pipe, which nobody writes to, would be read for ever."""

import json
import os
from pathlib import Path

import pytest

from pbtui.desk.storage.places import Owner, owner_of
from pbtui.settings.profiles import Profile
from tests.cli.kill.test_command import entry_options
from tests.end_to_end.host import Host
from tests.exchange import RunningExchange

HALT, HEAD = "halt/{owner}.json", "journal_heads/{owner}.jsonl"
JOURNAL = "journal/{owner}/20260101T000000.000000Z-1.jsonl"


@pytest.fixture
def owner(exchange: RunningExchange) -> Owner:
    return owner_of(Profile(name="desk", base_url=exchange.base_url))


def pipe(host: Host, place: str, owner: Owner) -> Path:
    """Put a named pipe where pbtui has a file."""
    path = host.home / "xdg_state_home" / "pbtui" / place.format(owner=owner)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    return path


def link_to_nowhere(path: Path) -> Path:
    """Put a link to what is not there in its place, with whatever was there moved away."""
    if path.exists():
        path.rename(path.with_name("moved away"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to("/nonexistent/pbtui")
    return path


def said(host: Host, *arguments: str, code: int) -> str:
    done = host.run(*arguments)
    text = (done.stdout + done.stderr).decode()
    assert done.returncode == code, text
    return text


def test_a_pipe_for_a_halt_file_halts_and_is_replaced(host: Host, exchange: RunningExchange, owner: Owner) -> None:
    path = pipe(host, HALT, owner)
    problem = f"the halt file can't be read: it is not a regular file ({path})"
    assert problem in said(host, "add", *entry_options(exchange), "--yes", code=2)
    assert said(host, "kill", "--yes", code=0).startswith("KILL VERIFIED")
    assert exchange.orders() == []
    assert json.loads(path.read_text())["action"] == "deactivate-mine"
    said(host, "rearm", "--yes", "--reason", "it is a file again", code=0)


def test_a_pipe_for_a_halt_file_can_be_re_armed(host: Host, owner: Owner) -> None:
    path = pipe(host, HALT, owner)
    said(host, "rearm", "--yes", "--reason", "it is a pipe", code=0)
    assert not path.exists()


def test_a_pipe_in_the_journal_is_named_and_stops_nothing(host: Host, exchange: RunningExchange, owner: Owner) -> None:
    said(host, "rearm", "--yes", "--reason", "one run with a journal", code=0)
    path = pipe(host, JOURNAL, owner)
    verdict = said(host, "kill", "--yes", code=5)
    assert verdict.startswith("KILL VERIFIED")
    assert "the journal can't be read" in verdict
    assert exchange.orders() == []
    assert f"can't be read: it is not a regular file ({path})" in said(host, "journal", "verify", code=3)
    with host.pbtui() as terminal:
        terminal.until_shown("LIVE", "HALTED")
        terminal.send("q")
        assert terminal.end() == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("add",), 2),
        (("export", "mine"), 2),
        (("rearm", "--yes", "--reason", "calm"), 2),
        (("handover",), 5),
        (("apply", "orders.csv", "--yes"), 2),
        (("kill", "--yes"), 5),
    ],
)
def test_a_folder_in_the_journal_is_named_without_a_number(
    host: Host, exchange: RunningExchange, owner: Owner, words: tuple[str, ...], code: int
) -> None:
    path = host.home / "xdg_state_home" / "pbtui" / JOURNAL.format(owner=owner)
    path.mkdir(parents=True)
    if words[0] == "rearm":
        link_to_nowhere(host.home / "xdg_state_home" / "pbtui" / HALT.format(owner=owner))
    options = entry_options(exchange)
    names = (option.removeprefix("--").replace("-", "_") for option in options[::2])
    header = ",".join(name.replace("portfolio", "portfolio_id") for name in names)
    (host.home / "orders.csv").write_text(f"{header}\n{','.join(options[1::2])}\n")
    given = (*words, *options, "--yes") if words == ("add",) else words
    text = said(host, *given, code=code)
    assert "Errno" not in text
    assert words[0] == "kill" or f"Is a directory ({path})" in text


def test_a_pipe_for_the_head_of_the_journal_stops_nothing(host: Host, exchange: RunningExchange, owner: Owner) -> None:
    path = pipe(host, HEAD, owner)
    assert said(host, "kill", "--yes", code=0).startswith("KILL VERIFIED")
    assert exchange.orders() == []
    assert f"the head can't be read: it is not a regular file ({path})" in said(host, "journal", "verify", code=2)


def test_a_pipe_for_a_report_stops_nothing(host: Host, exchange: RunningExchange) -> None:
    said(host, "kill", "--yes", code=0)
    (report,) = host.home.rglob("kills/*/*.json")
    report.unlink()
    os.mkfifo(report)
    assert said(host, "kill", "--resume", code=0).startswith("KILL VERIFIED")
    assert "can't be read: it is not a regular file" in said(host, "journal", "verify", code=3)


def test_a_pipe_for_the_certificates_stops_no_kill(host: Host, exchange: RunningExchange) -> None:
    path = host.home / "ca.pem"
    os.mkfifo(path)
    host.adopt(exchange.base_url, exchange.keys["trader"], ca_file=str(path))
    assert "(it is a named pipe)" in said(host, "orders", code=2)
    assert said(host, "kill", "--yes", code=0).startswith("KILL VERIFIED")
    assert exchange.orders() == []


def test_a_file_without_a_certificate_stops_no_kill(host: Host, exchange: RunningExchange) -> None:
    host.adopt(exchange.base_url, exchange.keys["trader"], ca_file="config.toml")
    assert "ca_file: names a file without a certificate" in said(host, "orders", code=2)
    assert said(host, "kill", "--yes", code=0).startswith("KILL VERIFIED")
    assert exchange.orders() == []


def test_a_mistyped_area_does_not_stop_a_kill(host: Host, exchange: RunningExchange) -> None:
    count = len(exchange.orders())
    host.adopt(exchange.base_url, exchange.keys["trader"], delivery_areas=["10YDE-RWENET--I"])
    text = said(host, "kill", "--yes", code=3)
    assert "profiles.desk.delivery_areas: number 1 has 15 characters, an EIC has 16; did you mean AMP" in text
    assert f"KILL VERIFIED, BUT ITS BOUNDS MATCH NO ORDER: {count} ACTIVE OUTSIDE" in text
    assert "NOTHING WAS SENT" in said(host, "kill", "--yes", "--profile", "other", code=2)


def test_a_link_to_nowhere_for_a_halt_file_halts_until_the_re_arm(
    host: Host, exchange: RunningExchange, owner: Owner
) -> None:
    path = link_to_nowhere(host.home / "xdg_state_home" / "pbtui" / HALT.format(owner=owner))
    problem = f"the halt file can't be read: it is a link that leads nowhere ({path})"
    count = len(exchange.orders())
    assert problem in said(host, "add", *entry_options(exchange), "--yes", code=2)
    assert len(exchange.orders()) == count
    assert json.loads(said(host, "status", "--format", "json", code=0))["is_halted"] is True
    assert problem in said(host, "rearm", "--yes", "--reason", "the link is wrong", code=0)
    assert not path.is_symlink()
    assert "CONFIRMED" in said(host, "add", *entry_options(exchange), "--yes", code=0)


@pytest.mark.parametrize("place", ["pbtui", "pbtui/halt"])
def test_a_state_folder_that_is_not_mounted_halts_and_no_re_arm_lifts_that(
    host: Host, exchange: RunningExchange, place: str
) -> None:
    state = link_to_nowhere(host.home / "xdg_state_home" / place)
    count = len(exchange.orders())
    problem = f"{state} is a link that leads nowhere" if place == "pbtui" else "it is a link that leads nowhere"
    assert problem in said(host, "add", *entry_options(exchange), "--yes", code=2)
    assert len(exchange.orders()) == count
    assert json.loads(said(host, "status", "--format", "json", code=0))["is_halted"] is True
    refused = said(host, "rearm", "--yes", "--reason", "nothing was halted here", code=2)
    assert "still halted" in refused
    assert f"{state} is a link that leads nowhere" in refused
    verdict = said(host, "kill", "--yes", code=5)
    assert "BUT THE HALT IS NOT KEPT" in verdict
    assert f"{state} is a link that leads nowhere" in verdict
    assert exchange.orders() == []
