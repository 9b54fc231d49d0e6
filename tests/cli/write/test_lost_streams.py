"""What a command does, and its exit code, are the same if nobody can read what it says."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pbtui.desk.storage.places import owner_of
from pbtui.settings.profiles import Profile
from tests.cli.write.test_command import options, resting, writes
from tests.end_to_end.host import Host, unread_pipe
from tests.exchange import RunningExchange

NUMBERS = count()
Arguments = Callable[[Host, RunningExchange], Sequence[str]]


class Case(NamedTuple):
    """What is run, its exit code with whole streams, and the number of what it has done."""

    arguments: Arguments
    code: int
    done: Callable[[Host, RunningExchange], int]


def halt(host: Host, exchange: RunningExchange) -> None:
    owner = owner_of(Profile(name="desk", base_url=exchange.base_url))
    file = host.home / "xdg_state_home" / "pbtui" / "halt" / f"{owner}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"reason": "kill fired"}))


def rearm(host: Host, exchange: RunningExchange) -> Sequence[str]:
    halt(host, exchange)
    return "rearm", "--yes", "--reason", "calm"


def refused_rearm(host: Host, exchange: RunningExchange) -> Sequence[str]:
    halt(host, exchange)
    return "rearm", "--yes", "--reason", "calm", "--halt-of", "other"


def recorded(kind: str) -> Callable[[Host, RunningExchange], int]:
    def lines(host: Host, exchange: RunningExchange) -> int:
        files = (host.home / "xdg_state_home").rglob("journal/*/*.jsonl")
        return sum(json.loads(line)["kind"] == kind for file in files for line in file.read_text().splitlines())

    return lines


def sent(host: Host, exchange: RunningExchange) -> int:
    return len(writes(exchange))


def change(*words: str) -> Arguments:
    def arguments(host: Host, exchange: RunningExchange) -> Sequence[str]:
        state = {"state": "HIBE"} if words[0] == "activate" else {}
        (order,) = resting(exchange, 1, **state)
        return *words, "--order-id", order["order_id"], "--yes"

    return arguments


def apply(host: Host, exchange: RunningExchange) -> Sequence[str]:
    file = host.home / "orders.csv"
    named = dict(zip(options(exchange)[::2], options(exchange)[1::2], strict=True))
    named = {name.removeprefix("--").replace("-", "_"): value for name, value in named.items()}
    named["portfolio_id"] = named.pop("portfolio")
    named["label"] = str(next(NUMBERS))  # a row that was sent before is not sent again
    file.write_text(f"{','.join(named)}\n{','.join(named.values())}\n")
    exchange.forget_requests()
    return "apply", str(file), "--yes", "--accept-warnings"


def account(action: str) -> Arguments:
    def arguments(host: Host, exchange: RunningExchange) -> Sequence[str]:
        host.adopt(exchange.base_url, exchange.keys["admin"], read_only=False)
        exchange.forget_requests()
        return "account", action, "--product", "Intraday_Other", "--confirm", f"{action} everything"

    return arguments


def always(*words: str) -> Arguments:
    def arguments(host: Host, exchange: RunningExchange) -> Sequence[str]:
        exchange.forget_requests()
        return words

    return arguments


CASES = {
    "add": Case(lambda _, exchange: ("add", *options(exchange), "--yes", "--accept-warnings"), 0, recorded("intent")),
    "modify": Case(change("modify", "--txt", "later"), 0, sent),
    "deactivate": Case(change("deactivate"), 0, sent),
    "activate": Case(change("activate"), 0, sent),
    "delete": Case(change("delete"), 0, sent),
    "apply": Case(apply, 0, recorded("intent")),
    "refused": Case(always("delete", "--order-id", "1", "--yes", "--expect-count", "5"), 2, recorded("intent")),
    "account": Case(account("activate"), 0, sent),
    "account, orders left": Case(account("deactivate"), 3, sent),
    "account, refused": Case(always("account", "deactivate", "--confirm", "deactivate everything"), 4, sent),
    "account, not confirmed": Case(always("account", "deactivate", "--confirm", "yes"), 2, sent),
    "kill": Case(always("kill", "--yes"), 0, recorded("kill")),
    "rearm": Case(rearm, 0, recorded("re-arm")),
    "rearm, refused": Case(refused_rearm, 2, recorded("re-arm")),
    "rearm, not halted": Case(always("rearm", "--yes", "--reason", "calm"), 0, recorded("re-arm")),
    "note": Case(always("handover", "--note", "short of 18-19"), 0, recorded("note")),
}


@contextmanager
def lost_streams() -> Iterator[Mapping[str, Mapping[str, Any]]]:
    with Path("/dev/full").open("wb") as full, unread_pipe() as pipe:
        yield {
            f"{' and '.join(names)} {what}": dict.fromkeys(names, stream)
            for names in (("stdout",), ("stderr",), ("stdout", "stderr"))
            for what, stream in (("full", full), ("without a reader", pipe))
        }


@pytest.mark.parametrize("name", CASES)
def test_lost_streams_change_neither_what_is_done_nor_the_exit_code(
    host: Host, exchange: RunningExchange, name: str
) -> None:
    case = CASES[name]

    def ended(**streams: Any) -> tuple[int, int]:
        arguments = case.arguments(host, exchange)
        before = case.done(host, exchange)
        code = host.start(*arguments, **streams).wait(60)
        return code, case.done(host, exchange) - before

    whole = ended()
    assert whole[0] == case.code
    with lost_streams() as ways:
        assert {way: ended(**streams) for way, streams in ways.items()} == dict.fromkeys(ways, whole)
    assert host.crash_reports == []


def test_an_account_that_was_changed_is_said_on_the_stream_that_is_left(host: Host, exchange: RunningExchange) -> None:
    talk, words = host.home / "talk", account("deactivate")(host, exchange)
    with Path("/dev/full").open("wb") as full, talk.open("wb") as err:
        assert host.start(*words, stdout=full, stderr=err).wait(60) == 3
    assert "the result could not be written to stdout; it is in the journal of the profile" in talk.read_text()


def test_a_shift_is_not_taken_over_by_a_report_that_nobody_could_read(host: Host, exchange: RunningExchange) -> None:
    words = "handover", "--take", "--name", "Ann"
    take_overs = recorded("take-over")
    with Path("/dev/full").open("wb") as full, unread_pipe() as pipe:
        assert host.start(*words, stdout=full).wait(60) == 5
        assert host.start(*words, stdout=pipe).wait(60) == 5
        assert take_overs(host, exchange) == 0
        assert host.start(*words, stderr=full).wait(60) == 0
        assert host.start(*words, stderr=pipe).wait(60) == 0
        assert take_overs(host, exchange) == 2


@pytest.mark.parametrize("words", ["orders", "--help", "journal show"])
def test_a_list_that_loses_its_reader_ends_as_one_that_can_not_be_written(
    host: Host, exchange: RunningExchange, words: str
) -> None:
    assert host.start("handover", "--note", "a line for the journal").wait(60) == 0
    with Path("/dev/full").open("wb") as full, unread_pipe() as pipe:
        ways: list[Mapping[str, Any]] = [{"stdout": full}, {"stdout": pipe}, {"stderr": full}, {"stderr": pipe}]
        codes = [host.start(*words.split(), **streams).wait(60) for streams in ways]
        assert codes == [5, 5, 0, 0]
