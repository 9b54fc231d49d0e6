"""Withdrawals that the journal could not record, and journals of a newer version, as a command reports them."""

import os

import pytest
from click.testing import CliRunner

from pbtui.cli.main import main
from pbtui.desk.journal.writer import Journal, Kind
from pbtui.settings.profiles import Profile
from tests.cli.write.test_command import now, resting, writes
from tests.end_to_end.host import Host
from tests.exchange import RunningExchange


def ran(host: Host, *arguments: str) -> tuple[int, str, str]:
    done = CliRunner(env={"PBTUI_CONFIG": None, **host.environment}).invoke(main, arguments)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize("command", ["delete", "deactivate"])
@pytest.mark.parametrize("lines_before", [0, 2], ids=["full from the start", "full after the first line"])
def test_a_withdrawal_on_a_full_disk_is_sent_and_reported_as_unrecorded(
    host: Host, exchange: RunningExchange, monkeypatch: pytest.MonkeyPatch, command: str, lines_before: int
) -> None:
    (order,) = resting(exchange)
    write, written = os.write, []

    def fills_up(fd: int, data: bytes) -> int:
        written.append(data)
        if len(written) > lines_before:
            raise OSError(28, "No space left on device")
        return write(fd, data)

    with monkeypatch.context() as full:
        full.setattr("os.write", fills_up)
        code, out, err = ran(host, command, "--order-id", order["order_id"], "--yes")
    assert (code, out.partition(" ")[0]) == (0, "CONFIRMED")
    assert now(exchange, order)["state"] != "ACTI"
    last = err.splitlines()[-1]
    assert last.startswith("NOT IN THE JOURNAL: 5 lines could not be written to the journal (confirmation, intent, ")
    assert "No space left on device" in last
    code, out, err = ran(host, "journal", "verify")
    if lines_before:  # what was lost after the last line that could be written is a doubt, as after a crash
        assert (code, "is the last one: the program was ended, or could not write" in err) == (0, True)
    else:
        assert (code, "a run began here and could write nothing" in out) == (4, True)


def test_a_withdrawal_without_a_place_for_the_journal_is_reported(host: Host, exchange: RunningExchange) -> None:
    (order,) = resting(exchange)
    (host.home / "xdg_state_home").mkdir(parents=True, exist_ok=True)
    (host.home / "xdg_state_home" / "pbtui").write_text("a file where the folder should be")
    code, out, err = ran(host, "delete", "--order-id", order["order_id"], "--yes")
    assert (code, out.partition(" ")[0]) == (0, "CONFIRMED")
    assert "NOT IN THE JOURNAL: 5 lines could not be written" in err.splitlines()[-1]


@pytest.mark.parametrize("command", ["delete", "deactivate", "activate", "account"])
def test_without_a_home_a_withdrawal_is_sent_and_reported_as_unrecorded(
    host: Host, exchange: RunningExchange, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    (order,) = resting(exchange)

    def unknown(number: int) -> None:
        raise KeyError(number)

    monkeypatch.setattr("pwd.getpwuid", unknown)
    missing = {name: None for name in host.environment if name == "HOME" or name.startswith("XDG_")}
    config = str(host.home / "xdg_config_home" / "pbtui" / "config.toml")
    environment = {**host.environment, **missing, "PBTUI_CONFIG": config}
    activate_all = ["account", "activate", "--confirm", "activate everything"]
    arguments = activate_all if command == "account" else [command, "--order-id", order["order_id"], "--yes"]
    done = CliRunner(env=environment).invoke(main, arguments)
    assert "this user has no home folder: set XDG_STATE_HOME to the path of a folder" in done.stderr
    if command in ("activate", "account"):
        assert (done.exit_code, writes(exchange)) == (2, [])
    else:
        assert (done.exit_code, done.stdout.partition(" ")[0]) == (0, "CONFIRMED")
        assert "NOT IN THE JOURNAL: 5 lines could not be written" in done.stderr


def test_an_open_ticket_of_a_newer_version_does_not_keep_a_withdrawal_waiting(
    host: Host, exchange: RunningExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    (order,) = resting(exchange)
    exchange.forget_requests()
    for name, value in host.environment.items():
        if value is not None:
            monkeypatch.setenv(name, value)
    change = {"order_id": order["order_id"], "changes": {"action": "MODI", "price": -501}}
    with Journal.open(Profile(name="desk", base_url=exchange.base_url)) as journal:
        lines = [{"key": order["order_id"], "request": change, "base": None}]
        journal.record(Kind.INTENT, ticket="7K3QX2", action="modify", options={"novel": 1}, lines=lines)
        assert journal.path is not None
        place = f"{journal.path.name}, line 2"
    code, out, err = ran(host, "delete", "--order-id", order["order_id"], "--yes")
    assert (code, out.partition(" ")[0]) == (0, "CONFIRMED")
    assert f"ticket 7K3QX2 ({place}) is of a newer version; its orders are read back without novel" in err
    assert len(writes(exchange)) == 1
