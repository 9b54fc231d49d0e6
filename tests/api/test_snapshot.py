"""An order list is read order by order: what did not change is reused, what is broken hides nothing else."""

import dataclasses
import json
from decimal import Decimal
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbtui.api.models import Order
from pbtui.api.snapshot import Snapshot, UnreadableList, UnreadableOrder, decode


def wire_order(order_id: str = "1", **fields: Any) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "initial_order_id": order_id,
        "revision_no": 3,
        "state": "ACTI",
        "action": "UADD",
        "side": "BUY",
        "delivery_area": "10YDE-RWENET---I",
        "price": 45.1,
        "quantity": 5,
        **fields,
    }


def body(*elements: object) -> bytes:
    return json.dumps(elements).encode()


def json_key(field_name: str) -> str:
    return {"cl_ordr_id": "clOrdrId"}.get(field_name, field_name)


def only(snapshot: Snapshot) -> Order | UnreadableOrder:
    (order,) = snapshot.orders
    return order


def test_prices_are_exact() -> None:
    order = only(
        decode(b'[{"state":"ACTI","action":"UADD","side":"BUY","delivery_area":"A","price":45.10,"quantity":0.3}]')
    )
    assert isinstance(order, Order)
    assert str(order.price) == "45.10"
    assert order.quantity == Decimal("0.3")


def test_an_unchanged_order_is_the_same_object_and_a_changed_one_is_not() -> None:
    first = decode(body(wire_order("1"), wire_order("2")))
    second = decode(body(wire_order("2"), wire_order("1", price=46)), first)
    assert second.orders[0] is first.orders[1]
    changed = second.orders[1]
    assert isinstance(changed, Order)
    assert changed.price == 46


@pytest.mark.parametrize(
    ("number", "what"),
    [
        ("true", "not a JSON number"),
        ('"45.1"', "not a JSON number"),
        ("NaN", "not a JSON number"),
        ("-Infinity", "not a JSON number"),
        ("1e400", "out of range"),
        ("12345678901234567890", "out of range"),
        ("0.12345678901234567890", "digits"),
        ("[]", "not a JSON number"),
    ],
)
def test_a_price_that_is_no_number_makes_that_order_unreadable_and_no_other(number: str, what: str) -> None:
    elements = [json.dumps(wire_order(str(n), price=n)) for n in range(500)]
    elements[250] = json.dumps(wire_order("250")).replace("45.1", number)
    orders = decode(f"[{','.join(elements)}]".encode()).orders
    assert len(orders) == 500
    (unreadable,) = [order for order in orders if isinstance(order, UnreadableOrder)]
    assert unreadable.order_id == "250"
    assert unreadable.key == "250"
    assert unreadable.is_live
    assert unreadable.reason.startswith("price: ")
    assert what in unreadable.reason


def test_minus_zero_is_zero() -> None:
    order = only(decode(json.dumps([wire_order()]).replace("45.1", "-0.0").encode()))
    assert isinstance(order, Order)
    assert str(order.price) == "0.0"


@pytest.mark.parametrize(
    "element",
    [
        None,
        5,
        "text",
        [],
        {},
        {"state": "ACTI"},
        wire_order(side=None),
        wire_order(delivery_start="2026-10-25T02:15:00"),
    ],
)
def test_a_broken_element_is_kept_with_its_reason(element: object) -> None:
    broken, sound = decode(body(element, wire_order("2"))).orders
    assert isinstance(broken, UnreadableOrder)
    assert broken.reason
    assert json.loads(broken.raw) == element
    assert isinstance(sound, Order)


def test_unknown_fields_and_codes_are_read() -> None:
    order = only(decode(body(wire_order(state="FOO", action="QFEX", type="X", side="BOTH", later={"a": [1]}))))
    assert isinstance(order, Order)
    assert (order.state, order.action, order.type, order.side) == ("FOO", "QFEX", "X", "BOTH")
    assert order.is_live


def test_every_text_field_is_made_safe() -> None:
    names = [name for name, kind in get_type_hints(Order).items() if kind in (str, str | None)]
    assert len(names) > 20
    hostile = "\x1b]52;c;eA==\x07\u202e[/]"
    order = only(decode(body({json_key(name): hostile for name in names})))
    assert isinstance(order, Order)
    for name in names:
        value = getattr(order, name)
        assert "[/]" in value
        assert not set("\x1b\x07\u202e") & set(value), name


def test_nested_texts_are_made_safe_too() -> None:
    hostile = "\x1b[2J"
    order = only(
        decode(
            body(
                wire_order(
                    contracts=[{"name": hostile}],
                    errors=[{"message": hostile, "code": hostile, "variables": {hostile: hostile}}],
                    details={hostile: [hostile]},
                )
            )
        )
    )
    assert isinstance(order, Order)
    assert "\x1b" not in repr(order.contracts) + str(order.details)
    assert order.errors is not None
    assert order.errors[0].message == "␛[2J"
    assert dict(order.errors[0].variables) == {"␛[2J": "␛[2J"}


@pytest.mark.parametrize(
    ("reply", "what"),
    [
        (b"", "empty body"),
        (b"<html><title>Login</title></html>", "not JSON"),
        (b'[{"state": "ACTI", "act', "not JSON"),
        (b'{"message": "boom"}', "not a list"),
        (b"null", "not a list"),
        (b"NaN", "not a list"),
        (b"[" * 100_000, "not JSON"),
        ("[\u00fc]".encode("utf-16"), "not JSON"),
    ],
)
def test_a_body_that_is_no_list_is_refused_with_its_type(reply: bytes, what: str) -> None:
    with pytest.raises(UnreadableList, match=what):
        decode(reply)


def test_an_element_in_a_wrong_charset_is_one_unreadable_order() -> None:
    latin = json.dumps(wire_order("1", txt="Gr\u00fc\u00dfe"), ensure_ascii=False).encode("latin-1")
    broken, sound = decode(b"[" + latin + b"," + json.dumps(wire_order("2")).encode() + b"]").orders
    assert isinstance(broken, UnreadableOrder)
    assert isinstance(sound, Order)


@pytest.mark.parametrize("half", ["a\ud800b", "\udc00\ud800", "\ud83d", "\\\ud83d", "\ud83d\ud83d\ude00"])
def test_a_lone_surrogate_is_replaced_and_the_order_stays_readable(half: str) -> None:
    snapshot = decode(body(wire_order("1"), wire_order(half, txt=half, details={half: half})))
    assert len(snapshot.readable) == 2
    shown = half.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert (snapshot.readable[1].order_id, snapshot.readable[1].txt) == (shown, shown)


def test_a_lone_surrogate_and_an_invalid_price_make_one_unreadable_order() -> None:
    orders = json.dumps([wire_order("1", txt="\ud800"), wire_order("2", price=float("nan"))]).encode()
    first, second = decode(orders.replace(b'"initial_order_id": "2"', b'"initial_order_id": "\xed\xa0\x80"')).orders
    assert isinstance(first, Order)
    assert isinstance(second, UnreadableOrder)


def test_a_repeated_element_is_counted_and_shown_once() -> None:
    snapshot = decode(body(wire_order("1"), wire_order("1")))
    assert snapshot.received == 2
    assert len(snapshot.orders) == 1


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [json_key(field.name) for field in dataclasses.fields(Order)]


@given(st.lists(JSON_VALUES | st.dictionaries(st.sampled_from(FIELDS), JSON_VALUES), max_size=5))
def test_every_list_is_read_element_by_element(elements: list[object]) -> None:
    snapshot = decode(json.dumps(elements).encode())
    assert snapshot.received == len(elements)
    assert decode(json.dumps(elements).encode(), snapshot).slices == snapshot.slices
