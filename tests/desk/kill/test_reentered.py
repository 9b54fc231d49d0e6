"""Orders that come during a kill while registered writes are open: they explain as many as they can enter."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from pbtui.cli.kill.output import exit_code
from pbtui.desk.journal.open_writes import EVERY_ORDER, OpenWrites, leaving_now, open_writes
from pbtui.desk.journal.writer import Journal, Kind
from pbtui.desk.kill.progress import Doubt, KillView, Phase
from tests.canned import a_wire_order, canned_exchange
from tests.desk.kill.armed import Kill, armed, owner_at, profile_at


def leave(journal: Journal, keys: Sequence[str], action: str = "add") -> None:
    """Record a request of these lines that leaves now."""
    journal.record(Kind.INTENT, ticket="AAA", action=action, lines=[{"key": key} for key in keys])
    journal.record(Kind.REQUEST, ticket="AAA", method="POST", path="/orders/list", keys=list(keys), **leaving_now())


def end(journal: Journal, keys: Sequence[str]) -> None:
    """Record that they were confirmed."""
    journal.record(Kind.OUTCOME, ticket="AAA", results=[{"key": key, "state": "CONFIRMED"} for key in keys])


async def verified(
    kill: Kill, orders: list[dict[str, Any]], *, journal: Journal | None, keys: Sequence[str]
) -> KillView:
    """Kill while five orders come one after the other; then the write ends."""
    firing = kill.begin()
    for number in range(2, 7):
        await asyncio.sleep(0.6)
        orders.append(a_wire_order(f"{number}"))
    await asyncio.sleep(1)
    if journal is not None:
        end(journal, keys)
    return await firing


@pytest.mark.parametrize(
    ("keys", "action", "came"),
    [
        (["a"], "add", 4),
        (["a", "b", "c"], "add", 2),
        (["a", "b", "c", "d", "e"], "add", 0),
        (["1"], "modify", 4),
        (["1", "2", "3", "4", "5"], "deactivate", 5),
    ],
)
async def test_a_write_under_way_explains_no_more_orders_than_it_has_lines(
    keys: list[str], action: str, came: int
) -> None:
    with canned_exchange(a_wire_order("1")) as exchange:
        exchange.obeys = True
        async with armed(exchange.base_url, "key") as kill:
            with Journal(kill.profile) as journal:
                leave(journal, keys, action)
                view = await verified(kill, exchange.orders, journal=journal, keys=keys)
    assert view.phase is Phase.VERIFIED
    assert view.headline.endswith(f", {came} CAME BACK MEANWHILE") is bool(came)
    assert (view.doubts, exit_code(view)) == (((Doubt.CAME_BACK,), 3) if came else ((), 0))


async def test_a_write_that_the_journal_does_not_show_yet_explains_one_order() -> None:
    under_way = [1]
    with canned_exchange(a_wire_order("1")) as exchange:
        exchange.obeys = True
        async with armed(exchange.base_url, "key", writes_under_way=lambda: under_way[0]) as kill:
            firing = asyncio.create_task(verified(kill, exchange.orders, journal=None, keys=()))
            await asyncio.sleep(5)
            under_way[0] = 0
            view = await firing
    assert view.headline.endswith(", 4 CAME BACK MEANWHILE")
    assert (view.phase, view.doubts, exit_code(view)) == (Phase.VERIFIED, (Doubt.CAME_BACK,), 3)


def test_the_journal_shows_how_many_orders_a_request_under_way_can_enter() -> None:
    profile, owner = profile_at("http://127.0.0.1:1/acme/epex/v2/api"), owner_at("http://127.0.0.1:1/acme/epex/v2/api")
    with Journal(profile) as journal:
        leave(journal, ["a", "b", "c"])
        assert open_writes(owner) == OpenWrites(1, 0, 2)
        end(journal, ["a"])
        assert open_writes(owner) == OpenWrites(1, 0, 1)
        journal.record(Kind.STATUS, wanted={"orderModType": "DEAC"})
        assert open_writes(owner) == OpenWrites(2, 0, 0)
        journal.record(Kind.STATUS, end="accepted")
        journal.record(Kind.STATUS, wanted={"orderModType": "ACTI"})
        assert open_writes(owner) == OpenWrites(2, 0, EVERY_ORDER)


def test_a_write_that_the_journal_does_not_show_counts_for_as_many_orders_as_is_known_of_it() -> None:
    assert OpenWrites(1, 0, 2).at_least(1) == OpenWrites(1, 0, 2)
    assert OpenWrites(1, 0, 2).at_least(2) == OpenWrites(2, 0, 2)
    assert OpenWrites().at_least(0, 1, orders_each=EVERY_ORDER) == OpenWrites(0, 1, EVERY_ORDER - 1)
