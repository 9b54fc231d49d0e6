"""`pbtui account`: what is said of a change of every order, and of the reads after it."""

import asyncio
import json
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.canned import a_wire_order
from tests.end_to_end.host import Host
from tests.raw_server import RawRequest, Respond, drop, raw_server_on, reply
from tests.simulation.virtual_exchange import virtual_command

ACCEPTED = reply(b"", "204 No Content")
ACTIVE = reply(json.dumps([a_wire_order("1"), a_wire_order("2")]).encode())
NO_RIGHT = reply(b'{"message": "no right to read"}', "403 Forbidden")
TOO_MANY = reply(b'{"message": "too many"}', "429 Too Many Requests")
ACTIONS = ("activate", "deactivate", "delete")


def changed(
    home: Path, action: str, reads: Sequence[Respond], change: Respond = ACCEPTED
) -> "subprocess.CompletedProcess[str]":
    """The end of the command, in virtual time. The last one answers all further reads."""
    answers = list(reads)

    async def answer(request: RawRequest, writer: asyncio.StreamWriter) -> None:
        respond = change if request.method == "PUT" else answers.pop(0) if len(answers) > 1 else answers[0]
        await respond(request, writer)

    host = Host(home)
    with virtual_command() as virtual, raw_server_on(virtual.loop, answer) as server:
        host.adopt(server.base_url, "a-key", read_only=False)
        done = host.invoke("account", action, "--confirm", f"{action} everything")
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("read", [NO_RIGHT, TOO_MANY, drop, reply(b"<html>no</html>", "403 Forbidden", "text/html")])
def test_an_error_of_the_read_says_nothing_of_an_accepted_change(tmp_path: Path, action: str, read: Respond) -> None:
    done = changed(tmp_path, action, [read])
    assert (done.returncode, done.stdout) == (5, "")
    assert (
        "The server accepted the call. It is not known which orders are active. They can't be read: GET " in done.stderr
    )
    assert "To list them: pbtui " in done.stderr


@pytest.mark.parametrize("action", ACTIONS)
def test_a_change_that_never_left_was_not_sent(tmp_path: Path, action: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    host = Host(tmp_path)
    host.adopt(f"http://127.0.0.1:{port}/playground/epex/v2/api", "a-key", read_only=False)
    done = host.invoke("account", action, "--confirm", f"{action} everything")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"Error: nothing was sent: PUT /orders/status: cannot reach 127.0.0.1: Connection refused" in done.stderr


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (drop, 5, "the request may have left, and the orders may have changed: PUT "),
        (reply(b"<html>no</html>", "403 Forbidden", "text/html"), 5, "the request may have left, and "),
        (reply(b"<html>hello</html>", "200 OK", "text/html"), 5, "the request may have left, and "),
        (reply(b"<html>no</html>", "502 Bad Gateway", "text/html"), 5, "the request may have left, and "),
        (NO_RIGHT, 4, "refused: PUT /orders/status: the key has no right to do this (403)"),
        (TOO_MANY, 4, "refused: PUT /orders/status: too many calls (429)"),
    ],
)
def test_a_change_that_was_not_accepted_is_refused_or_not_known(
    tmp_path: Path, change: Respond, code: int, words: str
) -> None:
    done = changed(tmp_path, "deactivate", [reply()], change)
    assert (done.returncode, done.stdout) == (code, "")
    assert f"Error: {words}" in done.stderr
    assert "accepted" not in done.stderr


PART = reply(b"[]", "206 Partial Content")
CUT = reply(b"[]", X_Total_Count="5")
CACHED = reply(b"[]", Age="600")
NONE = reply()


@pytest.mark.parametrize("action", ["deactivate", "delete"])
@pytest.mark.parametrize(
    ("reads", "why"),
    [
        ([PART], "They can't be read completely: the server answered with only a part of the orders (206)"),
        ([CUT], "They can't be read completely: the server sent 0 of 5 orders"),
        ([CACHED], "A cache between here and the server answers with data 601 s old"),
        ([reply(b"[]", Age="old")], "A cache between here and the server answers with data of unknown age"),
        ([NONE, CACHED], "A cache between here and the server answers with data 601 s old"),
        ([NONE, PART, NONE, CUT, NONE], "Only the last read shows none, and one is not enough"),
        ([NONE, drop], "They can't be read: GET "),
    ],
)
def test_what_no_two_reads_prove_is_not_known(tmp_path: Path, action: str, reads: list[Respond], why: str) -> None:
    done = changed(tmp_path, action, reads)
    assert (done.returncode, done.stdout) == (5, "")
    assert f"The server accepted the call. It is not known which orders are active. {why}" in done.stderr


@pytest.mark.parametrize(
    ("reads", "count", "code"),
    [
        ([PART, CUT, drop, NONE], 0, 0),
        ([reply(b"<html>no</html>", "403 Forbidden", "text/html"), TOO_MANY, NONE], 0, 0),
        ([reply(b"[]", Age="0")], 0, 0),  # the first one may be of a moment before the answer
        ([NONE, ACTIVE], 2, 3),
        ([ACTIVE, NONE], 0, 0),
        ([NONE, ACTIVE, NONE, NONE], 0, 0),
        ([ACTIVE, NONE, PART, NONE, ACTIVE], 2, 3),
    ],
)
def test_reads_are_made_again_until_two_show_the_same(
    tmp_path: Path, reads: list[Respond], count: int, code: int
) -> None:
    done = changed(tmp_path, "deactivate", reads)
    assert f"{count} orders that this key can see are active." in done.stdout, done.stderr
    assert done.returncode == code


def test_a_pause_that_the_server_asks_for_is_kept(tmp_path: Path) -> None:
    """All reads would be too early a second apart."""
    early = reply(b'{"message": "too many"}', "429 Too Many Requests", Retry_After="6")

    async def answer(request: RawRequest, writer: asyncio.StreamWriter) -> None:
        now_s = asyncio.get_running_loop().time()
        first_s.append(now_s)
        await (early if now_s < first_s[0] + 6 else NONE)(request, writer)

    first_s: list[float] = []
    assert changed(tmp_path, "deactivate", [answer]).returncode == 0


def test_orders_that_a_read_shows_are_counted(tmp_path: Path) -> None:
    done = changed(tmp_path, "activate", [ACTIVE])
    assert (done.returncode, "2 orders that this key can see are active." in done.stdout) == (0, True)
    done = changed(tmp_path, "deactivate", [ACTIVE])
    assert (done.returncode, "2 orders that this key can see are active." in done.stdout) == (3, True)
    done = changed(tmp_path, "delete", [reply()])
    assert (done.returncode, "0 orders that this key can see are active." in done.stdout) == (0, True)
