"""An ordinary order is read as it would be field by field; every other one is left to that."""

import dataclasses
import json
from collections.abc import Mapping
from datetime import UTC
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pbtui.api.decoding.field_by_field import read_order
from pbtui.api.decoding.ordinary import ordinary_order
from pbtui.api.models import Order
from pbtui.api.values import Id, JsonText, Moment, Number, Text, json_key

TEXTS = st.text(max_size=6) | st.sampled_from(["BUY", "10YDE-RWENET---I", 'a":b', "x\u202e", "\ud800"]) | st.integers()
NUMBERS = st.sampled_from(["5", "45.10", "-0.0", "-0", "1e3", "1E-2", "12345678901234567890", "1e400", "NaN"])
MOMENTS = st.sampled_from(
    [
        "2026-11-22T12:00:00Z",
        "2026-11-22T12:00:00.123456Z",
        "2026-11-22T12:00:00.123+00:00",
        "2026-11-22T12:00:00+01:00",
        "2026-11-22T12:00:00+01",
        "2026-11-22T24:00:00Z",
        "2026-11-22T12:00:60Z",
        "2026-02-30T12:00:00Z",
        "2026-11-22 12:00Z",
        "2026-11-22T12:00:00",
        "soon",
    ]
) | st.integers(0, 2**40)
DETAILS = st.recursive(
    st.none() | st.booleans() | st.text(max_size=3) | st.integers(-(2**70), 2**70),
    lambda inside: st.lists(inside, max_size=2) | st.dictionaries(st.text(max_size=3), inside, max_size=2),
    max_leaves=4,
)
CONTRACTS = st.lists(
    st.fixed_dictionaries(
        {}, optional={"contract_id": TEXTS, "name": TEXTS | st.booleans(), "delivery_start": MOMENTS, "more": DETAILS}
    ),
    max_size=2,
)
PLAUSIBLE: Mapping[Any, st.SearchStrategy[Any]] = {
    Text: TEXTS,
    Id: TEXTS,
    Moment: MOMENTS,
    JsonText: DETAILS,
    int: st.integers(-5, 5) | st.booleans(),
    bool: st.booleans() | st.sampled_from([0, 1, "true"]),
}


def values_of(field: dataclasses.Field[Any]) -> st.SearchStrategy[Any]:
    for kind, plausible in PLAUSIBLE.items():
        if field.type in (kind, kind | None):
            return plausible | st.none()
    return (
        CONTRACTS | st.none() if field.name == "contracts" else st.none() | st.just([]) | st.just([{"message": "no"}])
    )


REQUIRED = ("state", "action", "side", "delivery_area")
NUMBER_FIELDS = [field.name for field in dataclasses.fields(Order) if field.type == Number | None]
ODD_FIELDS = {
    **{
        json_key(Order, field.name): values_of(field)
        for field in dataclasses.fields(Order)
        if field.name not in ("unreadable", *NUMBER_FIELDS)
    },
    "cl_ordr_id": TEXTS,
    "unreadable": DETAILS,
    "new": DETAILS,
}
DESCRIBED: Mapping[Any, st.SearchStrategy[Any]] = {
    Text: st.text(max_size=6) | st.integers(),
    Id: st.text(max_size=6) | st.integers(),
    Moment: st.sampled_from(
        ["2026-11-22T12:00:00Z", "2026-11-22T12:00:00.12+01:00", "2026-11-22T12:00:00.123456789-00:30"]
    ),
    JsonText: st.text(max_size=3) | st.dictionaries(st.text("ab", max_size=2), DETAILS, max_size=2),
    int: st.integers(),
    bool: st.booleans(),
}
"""Values as the API describes them, by the type of the field."""
DESCRIBED_FIELDS = {
    json_key(Order, field.name): values
    for field in dataclasses.fields(Order)
    for kind, values in DESCRIBED.items()
    if field.type in (kind, kind | None)
}
ORDERS = st.builds(
    lambda described, odd: {**described, **odd},
    st.fixed_dictionaries(
        dict.fromkeys(REQUIRED, DESCRIBED[Text]),
        optional={name: values for name, values in DESCRIBED_FIELDS.items() if name not in REQUIRED},
    ),
    st.lists(
        st.sampled_from(list(ODD_FIELDS)).flatmap(lambda name: st.tuples(st.just(name), ODD_FIELDS[name])), max_size=2
    ).map(dict),
)
"""Orders as the API describes them, with at most two fields that may have another value."""
ALL_FIELDS = {
    "state": "ACTI",
    "action": "UADD",
    "side": "BUY",
    "delivery_area": "10YDE-RWENET---I",
    "order_id": "7",
    "revision_no": 3,
    "clOrdrId": "pb-7",
    "txt": "a text",
    "contract_id": 41995438,
    "contracts": [{"contract_id": "1", "delivery_start": "2026-11-22T12:00:00Z"}],
    "price": -12.5,
    "quantity": 5,
    "pre_arranged": False,
    "api_timestamp": "2026-11-22T12:00:00.123Z",
    "valid_until": None,
    "details": {"a": [1, {"b": 2.5}]},
    "not known here": {"a": 1},
}


def with_numbers(order: Mapping[str, Any], numbers: Mapping[str, str]) -> bytes:
    """The order in JSON, with these numbers as they are written."""
    fields = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in order.items()]
    return f"{{{', '.join([*fields, *(f'{json.dumps(name)}: {text}' for name, text in numbers.items())])}}}".encode()


@settings(max_examples=200)
@given(ORDERS, st.dictionaries(st.sampled_from(NUMBER_FIELDS), NUMBERS, max_size=3))
@example(ALL_FIELDS, {})
def test_an_order_that_is_read_at_once_is_the_one_that_is_read_field_by_field(
    order: dict[str, Any], numbers: dict[str, str]
) -> None:
    raw = with_numbers(order, numbers)
    found = ordinary_order(raw)
    assert found in (None, read_order(raw))


def test_an_order_as_the_api_describes_it_is_ordinary() -> None:
    found = ordinary_order(json.dumps(ALL_FIELDS).encode())
    assert found == read_order(json.dumps(ALL_FIELDS).encode())
    assert found is not None
    assert (found.cl_ordr_id, found.contract_id, found.details) == ("pb-7", "41995438", '{"a":[1,{"b":2.5}]}')


@pytest.mark.parametrize("time", ["12:00:00Z", "12:00:00.1Z", "12:00:00.123456789+00:00", "13:00:00+01:00"])
def test_a_time_in_the_notations_of_servers_is_ordinary(time: str) -> None:
    found = ordinary_order(json.dumps({**ALL_FIELDS, "valid_until": f"2026-11-22T{time}"}).encode())
    assert found is not None
    assert found.valid_until is not None
    assert found.valid_until.astimezone(UTC).hour == 12


@pytest.mark.parametrize(
    "odd",
    [
        b"[]",
        b"7",
        b"",
        b"{}",
        b'{"state": "ACTI", "action": "UADD", "side": "BUY"}',
        json.dumps(ALL_FIELDS).replace('"side": "BUY"', '"side": "BUY", "side": "SELL"').encode(),
        json.dumps({**ALL_FIELDS, "side": None}).encode(),
        json.dumps({**ALL_FIELDS, "revision_no": True}).encode(),
        json.dumps({**ALL_FIELDS, "price": "12.5"}).encode(),
        json.dumps({**ALL_FIELDS, "api_timestamp": 1763812800}).encode(),
        json.dumps({**ALL_FIELDS, "cl_ordr_id": "pb-8"}).encode(),
        json.dumps({**ALL_FIELDS, "contracts": [7]}).encode(),
        json.dumps({**ALL_FIELDS, "errors": [{"message": None}]}).encode(),
    ],
)
def test_an_odd_element_is_not_ordinary(odd: bytes) -> None:
    assert ordinary_order(odd) is None
