"""What our client writes is what the vendor's own client writes for the same order: field by field, on the wire.

Two differences are known and mean nothing to a server: numbers and times are spelled otherwise (`45.10` and `45.1`,
`Z` and `+00:00`), and the vendor's client puts the default `preArranged: false` into every new order, and
`inclPreArranged: false` into every status change.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import powerbot_client as vendor
import pytest
from pydantic import BaseModel

from pbtui.api.client import OrdersClient
from pbtui.api.codes import ModifyAction
from pbtui.api.requests import OrderEntry, OrderModify, OrderModifyItem, UpdateStatus
from pbtui.settings.key_text import Secret
from tests.raw_server import RawRequest, raw_server

MOMENT = datetime(2026, 11, 22, 15, 30, tzinfo=timezone(timedelta(hours=1)))
TEXT = 'ü "quoted" \\ / € 電力 \N{ELECTRIC LIGHT BULB}'
NUMBERS = tuple(Decimal(number) for number in ("45.10", "-0.05", "0.0", "5", "-9999.99", "1E+2"))
LEAST = {"portfolio_id": "DE1", "quantity": Decimal("1.5"), "price": Decimal("-0.25")}
DEFAULTS = {"preArranged": False, "inclPreArranged": False}


class BothClients:
    """Our client and the vendor's, talking to one server that answers nothing and keeps everything."""

    def __init__(self, ours: OrdersClient, theirs: Any, requests: list[RawRequest]) -> None:
        self.ours = ours
        self.theirs = theirs
        self._requests = requests

    async def compare(self, ours: Coroutine[Any, Any, object], method: str, *args: Any, **kwargs: Any) -> RawRequest:
        """Make the same call with both; what they sent must mean the same. Gives our request."""
        await ours
        await asyncio.to_thread(getattr(self.theirs, method), "epex", *args, **kwargs)
        mine, others = self._requests
        self._requests.clear()
        assert (mine.method, urlsplit(mine.target).path) == (others.method, urlsplit(others.target).path)
        assert query_of(mine) == query_of(others)
        assert mine.headers["content-type"] == others.headers["content-type"] == "application/json"
        assert body_of(mine) == body_of(others)
        return mine


@asynccontextmanager
async def both_clients() -> AsyncIterator[BothClients]:
    async with raw_server() as server, OrdersClient(server.base_url, Secret("a-key")) as ours:
        host = server.base_url.removesuffix("/epex/v2/api")
        settings = vendor.Configuration(host=host, api_key={"api_key_security": "a-key"})
        yield BothClients(ours, vendor.OrdersApi(vendor.ApiClient(settings)), server.requests)


def query_of(request: RawRequest) -> dict[str, list[str]]:
    return {
        name: [value.lower() for value in values] for name, values in parse_qs(urlsplit(request.target).query).items()
    }


def body_of(request: RawRequest) -> object:
    """The body with its values typed: a number is no text, true is no 1; without the vendor's defaults."""
    return typed(json.loads(request.body, object_pairs_hook=distinct))


def distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    assert len({name for name, _ in pairs}) == len(pairs)
    return {name: value for name, value in pairs if (name, value) not in DEFAULTS.items()}


def typed(value: object) -> object:
    if isinstance(value, dict):
        return {name: typed(part) for name, part in value.items()}
    if isinstance(value, list):
        return [typed(part) for part in value]
    if isinstance(value, str) and value[:4] == "2026":
        return "time", datetime.fromisoformat(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "number", value
    return type(value).__name__, value


def samples(model: type[BaseModel], theirs: Any) -> Iterator[tuple[str, object]]:
    """Values for every field of a request: all codes, numbers of every spelling, times, texts, both booleans."""
    assert set(model.model_fields) == set(theirs.openapi_types)
    for name, kind in theirs.openapi_types.items():
        values: Mapping[str, tuple[object, ...]] = {
            "float": NUMBERS,
            "bool": (True, False),
            "datetime": (MOMENT, MOMENT.astimezone(UTC), MOMENT.replace(microsecond=123000)),
        }
        for value in codes_of(model.model_fields[name].annotation) or values.get(kind, (TEXT,)):
            yield name, value


def codes_of(annotation: Any) -> list[str]:
    kinds = getattr(annotation, "__args__", (annotation,))
    return [str(code) for kind in kinds if hasattr(kind, "__members__") for code in kind]


def as_theirs(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in fields.items()}


async def test_every_field_of_a_new_order() -> None:
    async with both_clients() as both:
        for name, value in samples(OrderEntry, vendor.OrderEntry):
            fields = {**LEAST, name: value}
            ours = both.ours.add_orders([OrderEntry.model_validate(fields)])
            sent = await both.compare(ours, "add_orders", [vendor.OrderEntry(**as_theirs(fields))])
            key = vendor.OrderEntry.attribute_map[name]
            assert json.loads(sent.body)[0].keys() == {"portfolio_id", "quantity", "price", key}


@pytest.mark.parametrize("is_single", [False, True])
async def test_every_field_of_a_change(is_single: bool) -> None:
    async with both_clients() as both:
        for name, value in samples(OrderModify, vendor.OrderModify):
            fields = {"action": "MODI", name: value}
            ours, theirs = OrderModify.model_validate(fields), vendor.OrderModify(**as_theirs(fields))
            if is_single:
                call = both.ours.modify_order("61000/1 2", 3, ours)
                await both.compare(call, "modify_order", "61000/1 2", 3, modifications=theirs)
                continue
            for revision_no in (3, 2**53 + 1, None):
                numbered = {} if revision_no is None else {"revision_no": revision_no}
                item = OrderModifyItem(order_id="6100003841", changes=ours, **numbered)
                their_item = vendor.OrderModifyItem(order_id="6100003841", changes=theirs, **numbered)
                await both.compare(both.ours.modify_orders([item]), "modify_orders", modifications=[their_item])


async def test_every_field_of_a_status_change() -> None:
    async with both_clients() as both:
        for action in ("ACTI", "DEAC", "DELE"):
            for more in ({}, {"incl_pre_arranged": True}, {"incl_pre_arranged": False}, {"prod_name": ["A", TEXT]}):
                fields = {"order_mod_type": action, **more}
                theirs = vendor.UpdateStatus(**fields)
                await both.compare(
                    both.ours.update_status(UpdateStatus.model_validate(fields)), "update_status", theirs
                )


async def test_several_orders_and_every_option_of_a_request() -> None:
    entries = [{**LEAST, "txt": text} for text in ("one", "two", "three")]
    our_entries = [OrderEntry.model_validate(fields) for fields in entries]
    their_entries = [vendor.OrderEntry(**as_theirs(fields)) for fields in entries]
    ours, theirs = OrderModify(action=ModifyAction.DEAC), vendor.OrderModify(action="DEAC")
    our_items = [OrderModifyItem(order_id=order_id, revision_no=1, changes=ours) for order_id in "12"]
    their_items = [vendor.OrderModifyItem(order_id=order_id, revision_no=1, changes=theirs) for order_id in "12"]
    single = ("internal_trading", "fail_on_limit_violations", "ignore_order_action_quota")
    async with both_clients() as both:
        for flag in (True, False):
            given: dict[str, Any] = dict.fromkeys(single, flag)
            await both.compare(
                both.ours.modify_order("1", 1, ours, **given), "modify_order", "1", 1, modifications=theirs, **given
            )
            given["include_errors"] = flag
            await both.compare(
                both.ours.modify_orders(our_items, **given), "modify_orders", modifications=their_items, **given
            )
            for instruction in ("NONE", "VALID", "LNKD"):
                given["exec_instruction"] = instruction
                await both.compare(both.ours.add_orders(our_entries, **given), "add_orders", their_entries, **given)
