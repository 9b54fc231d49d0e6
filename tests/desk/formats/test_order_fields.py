"""The table of order fields, and that everything which speaks of a field takes its words from there."""

import ast
import dataclasses
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import get_args

import pytest
from click import Command, Option

import pbtui
from pbtui.api.models import Order
from pbtui.api.requests import OrderEntry, OrderModify
from pbtui.api.values import UnreadableField
from pbtui.cli.write.command import add, modify
from pbtui.desk.formats.order_fields import FIELDS, OPTIONS, ORDER_FIELDS, SHOWN
from pbtui.desk.formats.request_fields import CHANGE_FIELDS, ENTRY_FIELDS
from pbtui.desk.formats.vocabulary import UNREADABLE
from pbtui.desk.tickets.ticket import WriteOptions
from pbtui.ui.forms.entry_form import COMMON, FOLDED
from pbtui.ui.table.order_columns import COLUMNS
from tests.orders import an_order

ALL = (*ORDER_FIELDS, *OPTIONS.values())
REQUESTED = {*OrderEntry.model_fields, *OrderModify.model_fields} - {"action"}
ATTRIBUTES = {field.name for field in dataclasses.fields(Order)} - {"unreadable", "quantity"}
MADE = {"open_quantity_mw", "slice_mw"}
NOT_SHOWN = {field.name for field in ORDER_FIELDS if field.attribute is None}


def test_every_field_has_one_row() -> None:
    names = [field.name for field in ORDER_FIELDS]
    attributes = [field.attribute for field in ORDER_FIELDS if field.attribute is not None]
    assert len(names) == len(set(names))
    assert len(attributes) == len(set(attributes))
    assert set(attributes) == ATTRIBUTES | MADE == set(SHOWN)
    assert REQUESTED <= set(names) <= REQUESTED | ATTRIBUTES | {"shown_quantity"}
    assert set(OPTIONS) == {field.name for field in dataclasses.fields(WriteOptions)}


def test_every_row_has_words_of_its_own() -> None:
    assert all(field.label and field.help for field in ALL)
    assert len({field.label for field in ALL}) == len(ALL)


@pytest.mark.parametrize("name", sorted(REQUESTED - NOT_SHOWN))
def test_a_row_reads_what_an_order_shows(name: str) -> None:
    shown = an_order(quantity=Decimal(5), hidden_quantity=Decimal(20), display_quantity=Decimal(5), type="I")
    value = FIELDS[name].of(shown)
    if name == "quantity":
        assert value == shown.open_quantity_mw == 25
    elif name == "ppd":
        assert (shown.peak_price_delta, value) == (None, 0)
    else:
        assert value == getattr(shown, FIELDS[name].attribute or "")


@pytest.mark.parametrize("name", sorted(REQUESTED))
def test_the_choices_are_those_of_the_api(name: str) -> None:
    model = OrderEntry if name in OrderEntry.model_fields else OrderModify
    annotation = model.model_fields[name].annotation
    kinds = [kind for kind in (annotation, *get_args(annotation)) if isinstance(kind, type)]
    choices = [choice.value for choice in FIELDS[name].choices]
    wanted: list[object] = [value for kind in kinds if issubclass(kind, StrEnum) for value in kind]
    assert set(choices) == set(wanted or ([True, False] if bool in kinds else []))


@pytest.mark.parametrize(("command", "names"), [(add, ENTRY_FIELDS), (modify, CHANGE_FIELDS)])
def test_the_command_line_takes_its_help_from_the_rows(command: Command, names: tuple[str, ...]) -> None:
    options = {option.name: option for option in command.params if isinstance(option, Option)}
    for field in (*(FIELDS[name] for name in names), *OPTIONS.values()):
        if field.name in options or field.name in names:
            assert field.help in (options[field.name].help or "")


def test_the_form_has_every_field_once() -> None:
    assert sorted([*COMMON, *(name for names in FOLDED.values() for name in names)]) == sorted(
        [*ENTRY_FIELDS, *OPTIONS]
    )


def test_mw_is_all_that_is_open_and_the_slice_has_a_name_of_its_own() -> None:
    iceberg = an_order(quantity=Decimal(5), hidden_quantity=Decimal(24), type="I")
    unreadable = an_order(hidden_quantity=None, unreadable=(UnreadableField("hidden_quantity", "x", "is no number"),))
    names = ("quantity", "shown_quantity", "hidden_quantity")
    assert [FIELDS[name].text(iceberg) for name in names] == ["29.0", "5.0", "24.0"]
    assert [FIELDS[name].text(an_order()) for name in names] == ["5.0", "", "0.0"]
    assert [FIELDS[name].text(unreadable) for name in names] == [UNREADABLE, "5.0", UNREADABLE]


def test_the_columns_mark_fields_that_orders_have() -> None:
    assert all(column.fields <= ATTRIBUTES | {"quantity"} for column in COLUMNS)


def test_only_order_fields_describes_the_fields() -> None:
    """Two fields with a text or an accessor to each of them, by a table or call after call, are a second table.

    The values to complete from, and those that the words of a line set, are no description. The room `market` describes
    the fields of trades, not of orders.
    """
    names = REQUESTED | ATTRIBUTES | set(OPTIONS) | {field.filter_name for field in ORDER_FIELDS} - {""}
    found = []
    for room in ("cli", "desk", "ui"):
        for path in sorted(Path(pbtui.__file__).parent.joinpath(room).rglob("*.py")):
            nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
            tables = [_described(node) for node in nodes if isinstance(node, ast.Dict)]
            calls = [node.args for node in nodes if isinstance(node, ast.Call) and len(node.args) > 1]
            rows = {_text(first) for first, second, *_ in calls if _text(second)}
            if any(len(table & names) > 1 for table in (*tables, rows)):
                found.append(f"{path.parent.name}/{path.name}")
    known = [
        "drafts/entry_line.py",
        "drafts/line_words.py",
        "formats/order_fields.py",
        "market/trade_terms.py",
        "forms/seen_values.py",
    ]
    assert found == known


def test_no_other_module_has_a_heading_of_a_field() -> None:
    headings = {field.heading for field in ORDER_FIELDS if field.heading != field.label}
    found = [
        (path.name, node.value)
        for path in sorted(Path(pbtui.__file__).parent.joinpath("ui").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and node.value in headings
    ]
    assert found == []


def _described(table: ast.Dict) -> set[str]:
    pairs = zip(table.keys, table.values, strict=True)
    return {_text(key) for key, value in pairs if any(_text(node) or _is_accessor(node) for node in ast.walk(value))}


def _is_accessor(node: ast.AST) -> bool:
    return isinstance(node, ast.Lambda)


def _text(node: ast.AST | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
