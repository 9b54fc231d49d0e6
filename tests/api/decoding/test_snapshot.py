"""An order list is read order by order: what did not change is reused, what is broken hides nothing else."""

import dataclasses
import json
import tracemalloc
from collections.abc import Mapping, Sequence
from datetime import UTC
from decimal import Decimal
from typing import Any, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbtui.api.decoding import raw_list
from pbtui.api.decoding.raw_list import MAX_ORDERS, UnreadableList
from pbtui.api.decoding.snapshot import Snapshot, UnreadableOrder, decode
from pbtui.api.models import Order
from pbtui.api.values import Moment


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
        decode(
            b'[{"order_id":"1","state":"ACTI","action":"UADD","side":"BUY","delivery_area":"A","price":45.10,"quantity":0.3}]'
        )
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


def test_the_bytes_of_an_unchanged_order_are_kept_once_wherever_it_is_in_the_list() -> None:
    first = decode(body(wire_order("1"), wire_order("2"), wire_order("3")))
    second = decode(body(wire_order("3"), wire_order("4"), wire_order("1")), first)
    kept = {id(raw) for raw in first.slices}
    assert [id(raw) in kept for raw in second.slices] == [True, False, True]


def test_orders_share_the_values_that_they_have_in_common() -> None:
    common = {"portfolio_id": "P-17", "txt": "hedge of P-17", "price": 45.1, "quantity": 5}
    first, second = decode(body(wire_order("1", **common), wire_order("2", **common))).readable
    for name in common:
        assert getattr(first, name) is getattr(second, name)


def test_a_long_text_is_not_kept_to_be_shared() -> None:
    text = {"txt": "x" * 1_000}
    first, second = decode(body(wire_order("1", **text), wire_order("2", **text))).readable
    assert first.txt == second.txt
    assert first.txt is not second.txt


def test_an_order_that_another_list_showed_is_not_decoded_again() -> None:
    by_contract, by_id = decode(body(wire_order("7"), wire_order("8"))), decode(body(wire_order("8")))
    assert only(by_id) is by_contract.orders[1]


def test_an_order_that_is_too_long_to_be_kept_is_decoded_each_time() -> None:
    long = body(wire_order("9", txt=10_000 * "x"))
    assert only(decode(long)) == only(decode(long))
    assert only(decode(long)) is not only(decode(long))


def hidden(order: Order | UnreadableOrder) -> dict[str, str]:
    """The fields of an order that could not be read, and the reasons."""
    assert isinstance(order, Order)
    return {field.name: str(field) for field in order.unreadable}


@pytest.mark.parametrize(
    ("number", "what"),
    [
        ("true", "not a JSON number"),
        ('"45.1"', "not a JSON number"),
        ('"45,10"', "not a JSON number"),
        ('""', "not a JSON number"),
        ("NaN", "not a JSON number"),
        ("-Infinity", "not a JSON number"),
        ("1e400", "out of range"),
        ("1e-2000000", "digits"),
        ("1e9999999999999999999999", "not a JSON number"),
        ("1e-9999999999999999999999", "not a JSON number"),
        ("9" * 5000, "out of range"),
        ("1e1000000", "out of range"),
        ("-1e999999999999999999", "out of range"),
        ("12345678901234567890", "out of range"),
        ("0.12345678901234567890", "digits"),
        ("[]", "not a JSON number"),
        ("{}", "not a JSON number"),
        ('45.1,"price":450', "twice"),
    ],
)
def test_a_price_that_is_no_number_is_unknown_and_everything_else_is_read(number: str, what: str) -> None:
    elements = [json.dumps(wire_order(str(n), price=n)) for n in range(500)]
    elements[250] = json.dumps(wire_order("250")).replace("45.1", number)
    orders = decode(f"[{','.join(elements)}]".encode()).readable
    assert len(orders) == 500
    (odd,) = [order for order in orders if order.unreadable]
    assert (odd.order_id, odd.price, odd.quantity, odd.is_live) == ("250", None, Decimal(5), True)
    assert what in hidden(odd)["price"]
    assert hidden(odd).keys() == {"price"}


TEXTS = [name for name, kind in get_type_hints(Order).items() if kind in (str, str | None)]
NUMBERS = [name for name, kind in get_type_hints(Order).items() if kind == Decimal | None]
MOMENTS = [field.name for field in dataclasses.fields(Order) if field.type == Moment | None]
ODD: Mapping[str, Sequence[object]] = {
    **dict.fromkeys((name for name in TEXTS if name not in ("details", "order_id")), (True, [], {"a": 1})),
    **dict.fromkeys(NUMBERS, (True, [], {}, "5", "", "5,0", 1e30)),
    **dict.fromkeys(MOMENTS, ("2026-11-22T12:00:00", "", "soon", 1763812800, "1763812800", [])),
    **dict.fromkeys(("pre_arranged", "buy", "sell"), ("maybe", 7, [])),
    **dict.fromkeys(("contracts", "errors"), (True, "x", [5], [[]], {"a": 1})),
    **dict.fromkeys(("state", "action", "side", "delivery_area"), (None, True, [])),
    "revision_no": (True, "3", 3.5, []),
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in ODD.items() for value in values])
def test_an_odd_field_hides_itself_only(name: str, value: object) -> None:
    whole = only(decode(body(wire_order())))
    order, after = decode(body({**wire_order(), json_key(name): value}, wire_order("2"))).readable
    assert isinstance(whole, Order)
    assert hidden(order).keys() == {name}
    assert getattr(order, name) in (None, "")
    assert dataclasses.replace(order, unreadable=(), **{name: getattr(whole, name)}) == whole
    assert not after.unreadable


@pytest.mark.parametrize("name", ["state", "action", "side", "delivery_area"])
def test_an_order_without_a_field_that_the_api_always_gives_is_read(name: str) -> None:
    fields = wire_order()
    del fields[name]
    order = only(decode(body(fields)))
    assert hidden(order) == {name: f"{name}: is missing"}
    assert order.is_live


@pytest.mark.parametrize("zone", ["+00", "-00", "+01", "+0100", "+01:00", "Z"])
@pytest.mark.parametrize("time", ["12:00", "12:00:00", "12:00:00.123", "12:00:00.123456789"])
def test_a_time_in_any_notation_of_iso_8601_with_a_zone_is_read(time: str, zone: str) -> None:
    order = only(
        decode(body(wire_order(api_timestamp=f"2026-11-22T{time}{zone}", valid_until=f"2026-11-22 {time}{zone}")))
    )
    assert hidden(order) == {}
    assert isinstance(order, Order)
    assert order.api_timestamp == order.valid_until
    assert order.api_timestamp is not None
    assert order.api_timestamp.astimezone(UTC).hour == (11 if "01" in zone else 12)


@pytest.mark.parametrize(
    ("found", "name"),
    [
        ('"side":"BUY","side":"SELL"', "side"),
        ('"side" : "BUY", "side" : "SELL"', "side"),
        ('"side" : "BUY", "side":"SELL"', "side"),
        ('"side"\t:"BUY","side":"SELL"', "side"),
        ('"side":"BUY","side"\r\n:"SELL"', "side"),
        ('"side":"BUY","contracts":[{"name":"a","name":"b"}]', "contracts"),
        ('"side":"BUY","details":{"a":{"b":1,"b":2}}', "details"),
    ],
)
def test_a_name_that_occurs_twice_with_different_values_is_not_read(found: str, name: str) -> None:
    order = only(decode(json.dumps([wire_order()]).replace('"side": "BUY"', found).encode()))
    assert hidden(order).keys() == {name}


@pytest.mark.parametrize("found", ['"side":"BUY","side":"BUY"', '"side":"BUY","txt":"a\\":b"', '"side" : "BUY"'])
def test_a_name_that_occurs_twice_with_the_same_value_or_only_seems_to_is_read(found: str) -> None:
    order = only(decode(json.dumps([wire_order()]).replace('"side": "BUY"', found).encode()))
    assert hidden(order) == {}


def test_an_id_that_occurs_twice_is_no_id() -> None:
    order = only(
        decode(json.dumps([wire_order()]).replace('"order_id": "1"', '"order_id":"1","order_id":"2"').encode())
    )
    assert isinstance(order, UnreadableOrder)
    assert (order.order_id, order.is_live) == (None, True)
    assert "twice" in order.reason


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("depth", [300, 600, 900])
def test_a_field_that_is_nested_deeply_hides_at_most_itself(opening: str, depth: int) -> None:
    details = opening * depth + "1" + {"[": "]", '{"a":': "}"}[opening] * depth
    order = only(decode(json.dumps([wire_order(details=0)]).replace('"details": 0', f'"details": {details}').encode()))
    assert hidden(order).keys() <= {"details"}


def test_an_open_quantity_of_which_a_part_cannot_be_read_is_unknown() -> None:
    order = only(decode(body(wire_order(hidden_quantity="20"))))
    assert isinstance(order, Order)
    assert (order.quantity, order.open_quantity_mw) == (Decimal(5), None)


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
        {**wire_order(), "order_id": None, "side": None},
        {**wire_order(), "order_id": []},
        {**wire_order(), "order_id": True},
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
        (b'[{"price": NaN},]', "not JSON"),
        (b'[{"price": NaN}] and more', "not JSON"),
        (b'[{"price": NaN}', "not JSON"),
        (b'{"price": NaN}', "not a list"),
    ],
)
def test_a_body_that_is_no_list_is_refused_with_its_type(reply: bytes, what: str) -> None:
    with pytest.raises(UnreadableList, match=what):
        decode(reply)


def test_a_text_in_a_wrong_charset_is_read_as_far_as_it_can_be() -> None:
    latin = json.dumps(wire_order("1", txt="Gr\u00fc\u00dfe"), ensure_ascii=False).encode("latin-1")
    broken, sound = decode(b"[" + latin + b"," + json.dumps(wire_order("2")).encode() + b"]").readable
    assert (broken.txt, broken.price) == ("Gr\ufffd\ufffde", sound.price)


@pytest.mark.parametrize("half", ["a\ud800b", "\udc00\ud800", "\ud83d", "\\\ud83d", "\ud83d\ud83d\ude00"])
def test_a_lone_surrogate_is_replaced_and_the_order_stays_readable(half: str) -> None:
    snapshot = decode(body(wire_order("1"), wire_order(half, txt=half, details={half: half})))
    assert len(snapshot.readable) == 2
    shown = half.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert (snapshot.readable[1].order_id, snapshot.readable[1].txt) == (shown, shown)


def test_a_lone_surrogate_and_an_invalid_price_hide_one_price() -> None:
    orders = json.dumps([wire_order("1", txt="\ud800"), wire_order("2", price=float("nan"))]).encode()
    first, second = decode(orders.replace(b'"initial_order_id": "2"', b'"initial_order_id": "\xed\xa0\x80"')).readable
    assert (first.txt, first.price) == ("\ufffd", Decimal("45.1"))
    assert hidden(second).keys() == {"price"}


def test_a_list_with_a_number_that_json_does_not_know_keeps_the_bytes_of_the_others() -> None:
    whole = decode(body(wire_order("1"), wire_order("2")))
    again = decode(body(wire_order("1"), wire_order("2", price=float("inf"))), whole)
    assert again.orders[0] is whole.orders[0]
    assert hidden(again.orders[1]).keys() == {"price"}


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


@settings(max_examples=40)
@given(st.lists(JSON_VALUES | st.dictionaries(st.sampled_from(FIELDS), JSON_VALUES), max_size=5))
def test_every_list_is_read_element_by_element(elements: list[object]) -> None:
    snapshot = decode(json.dumps(elements).encode())
    assert snapshot.received == len(elements)
    assert decode(json.dumps(elements).encode(), snapshot).slices == snapshot.slices


@pytest.mark.parametrize("element", [b"1", b'"a"', b"{}", b"[]", b'{"order_id":1}', b"NaN", b'{"a":[],"b":{},"c":1}'])
def test_a_list_that_is_too_long_is_refused_before_memory_is_used_for_it(
    monkeypatch: pytest.MonkeyPatch, element: bytes
) -> None:
    monkeypatch.setattr(raw_list, "MAX_ORDERS", 10_000)
    body = b"[" + b",".join([element] * 133_000) + b"]"
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableList, match="more than 10000 elements"):
            decode(body)
        assert tracemalloc.get_traced_memory()[1] < 2**18
    finally:
        tracemalloc.stop()


def test_a_list_that_is_a_little_too_long_is_refused_too() -> None:
    body = b"[" + b",".join([b"{}"] * (MAX_ORDERS + 1)) + b"]"
    with pytest.raises(UnreadableList, match=f"a list of {MAX_ORDERS + 1} elements"):
        decode(body)


@pytest.mark.parametrize("number", ["1e5000", "1e1000000", "-1e999999999999999999", "9" * 5000])
def test_a_whole_number_that_is_far_too_large_hides_itself_only(number: str) -> None:
    order = only(decode(json.dumps([wire_order()]).replace('"revision_no": 3', f'"revision_no": {number}').encode()))
    assert hidden(order).keys() == {"revision_no"}


@pytest.mark.parametrize("more", [{"txt": 'a":b'}, {"valid_until": "2026-11-22T12:00:00+01"}, {"revision_no": 3.0}])
def test_odd_orders_without_any_id_stay_apart(more: Mapping[str, object]) -> None:
    elements = [wire_order(), wire_order()]
    for element in elements:
        del element["order_id"], element["initial_order_id"]
    orders = decode(body(*({**element, **more, "location": str(n)} for n, element in enumerate(elements)))).orders
    assert len({order.key for order in orders}) == 2
    assert all(isinstance(order, UnreadableOrder) and order.is_live for order in orders)


def test_an_order_that_was_refused_before_it_had_an_id_is_read_with_its_errors() -> None:
    fields = wire_order(clOrdrId="pb-7", errors=[{"message": "no credit", "code": "LIMIT", "variables": {"mw": 5}}])
    del fields["order_id"], fields["initial_order_id"]
    order = only(decode(body(fields)))
    assert isinstance(order, Order)
    assert (order.key, order.unreadable) == ("pb-7", ())
    assert order.errors is not None
    assert [(problem.message, problem.code) for problem in order.errors] == [("no credit", "LIMIT")]
