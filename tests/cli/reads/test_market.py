"""`pbtui market` and `pbtui whoami` on a simulator: words, JSON and exit codes."""

import asyncio
import json

import pytest

from tests.canned import canned_exchange
from tests.cli.reads.conftest import Ran
from tests.end_to_end.host import Host
from tests.exchange import RunningExchange
from tests.raw_server import RawRequest, reply

HOSTILE = "\x1b]52;c;ZXZpbA==\x07[/]\u202e01.54"


def labelled(out: str) -> dict[str, str]:
    """The labelled lines, before the first table."""
    pairs = (line.partition("  ") for line in out.split("\n\n")[0].splitlines())
    return {label: text.strip() for label, _, text in pairs}


def test_the_market_is_described_in_words(ran: Ran, exchange: RunningExchange) -> None:
    lines = labelled(ran("market")[0])
    assert (lines["Exchange"], lines["Status"], lines["Mode"]) == ("epex (simulation)", "OK", "NORMAL")
    assert lines["Quota"] == "0.0 % of the allowed order actions are used"
    assert "before this answer" in lines["Heartbeat"]
    exchange.market(status="LOGGED_OUT", mode="SAFE", messages=["Maintenance until 14:00"])
    exchange.announce("MARKET_HALT", severity="URG", type="PRIVATE")
    exchange.announce("low", severity="LOW")
    out, talk = ran("market", "--severity-at-least", "HIG")
    lines = labelled(out)
    assert lines["Status"] == "LOGGED OUT: the server is not logged in at the exchange"
    assert lines["Mode"].startswith("SAFE since ")
    assert (lines["Message"], lines["Heartbeat"]) == ("Maintenance until 14:00", "not stated by this server")
    assert out.splitlines()[-1].split()[-4:] == ["URG", "this", "user", "MARKET_HALT"]
    assert talk == ""
    found = json.loads(ran("market", "--json")[0])
    assert (found["market"]["mode"], [note["text"] for note in found["notifications"]]) == (
        "SAFE",
        ["low", "MARKET_HALT"],
    )


def test_a_market_that_is_not_offered_leaves_the_rest(ran: Ran, exchange: RunningExchange) -> None:
    exchange.announce("MARKET_HALT")
    exchange.faults(errors={"value": {"404": 1}, "paths": ["/market"]})
    out, talk = ran("market", code=4)
    assert "MARKET_HALT" in out
    assert talk == "Error: this server does not offer GET /market (404: Not Found)\n"
    exchange.faults(errors={"value": {"429": 1}, "paths": ["/market/notifications"]})
    out, talk = ran("market", code=4)
    assert labelled(out)["Status"] == "OK"
    assert talk.startswith("Error: GET /market/notifications: too many calls (429")


def test_odd_and_hostile_answers_are_shown_as_far_as_they_can_be(ran: Ran, host: Host) -> None:
    market = {"status": "NEW1", "mode": 7, "messages": [HOSTILE], "order_action_quota": 0.801, "heartbeat_as_of": 5}
    with canned_exchange() as server:
        server.trouble, server.trouble_at = reply(json.dumps(market).encode()), "/market"
        host.adopt(server.base_url, "a-key")
        _, talk = ran("market", code=5)
        assert "not a list but" in talk
        server.trouble_at = "/api-key"
        server.trouble = reply(json.dumps({"name": HOSTILE, "can_trade": "yes", "portfolios": None}).encode())
        out, talk = ran("whoami")
    assert not {"\x1b", "\x07", "\u202e"} & set(out + talk)
    assert labelled(out)["Rights"] == "not stated: read, trade, send signals"
    assert "key: can_trade yes" in talk


def test_the_secret_of_a_second_factor_is_not_printed(ran: Ran, host: Host) -> None:
    async def respond(request: RawRequest, writer: asyncio.StreamWriter) -> None:
        is_market = request.target.endswith("/market")
        await reply(b'{"status":"OK","mfa_secret" : "JB\\"SWY3"}' if is_market else b"[]")(request, writer)

    with canned_exchange() as server:
        server.trouble = respond
        host.adopt(server.base_url, "a-key")
        out, _ = ran("market", "--json")
    assert "SWY3" not in out
    assert json.loads(out)["market"]["mfa_secret"] == "[secret]"


@pytest.mark.parametrize(
    ("owner", "kind", "rights"),
    [
        ("trader", "standard key (STANDARD_API_KEY)", "may read, trade; may not send signals"),
        ("reader", "standard key (STANDARD_API_KEY)", "may read; may not trade, send signals"),
        ("admin", "master key (MASTER_API_KEY)", "may read, trade; may not send signals"),
    ],
)
def test_a_key_is_named_with_its_rights_and_portfolios(
    ran: Ran, host: Host, exchange: RunningExchange, owner: str, kind: str, rights: str
) -> None:
    host.adopt(exchange.base_url, exchange.keys[owner], portfolios=["DE1", "NONE"])
    out, _ = ran("whoami")
    lines = labelled(out)
    assert (lines["Key"], lines["Type"], lines["Rights"]) == (owner, kind, rights)
    assert lines["Out of reach"].startswith("NONE:")
    table = out.split("\n\n")[1].splitlines()[1:]
    assert [line.split()[0] for line in table] == exchange.portfolios[owner]
    assert json.loads(ran("whoami", "--json")[0]) == exchange.call("GET", "/api-key", key=owner).json()


def test_a_key_that_may_not_ask_is_refused_in_words(ran: Ran, exchange: RunningExchange) -> None:
    exchange.faults(errors={"value": {"403": 1}, "paths": ["/api-key"]})
    assert ran("whoami", code=4) == ("", "Error: this API key may not call GET /api-key (403: Forbidden)\n")
    exchange.faults(unauthorized=True)
    assert "does not accept the key" in ran("whoami", code=4)[1]
