"""Options of the write commands: every order field and every request option, under the API's names."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import click

from pbtui.api.codes import ExecutionInstruction
from pbtui.cli import completion
from pbtui.desk.formats.order_fields import OPTIONS, ORDER_FIELDS, REQUEST_OPTIONS, Field, Kind
from pbtui.desk.tickets.ticket import WriteOptions

_SHORT = {"portfolio_id": ["--portfolio"]}
_FLAGS = tuple(option for option in REQUEST_OPTIONS if {choice.value for choice in option.choices} == {True, False})


def once(ctx: click.Context, param: click.Parameter, values: Sequence[Any]) -> Any:
    """Return the value of an option that may be given once; None without it. Click itself would take the last one."""
    if len(set(values)) > 1:
        raise click.BadParameter(f"is given {len(values)} times, with different values")
    return values[0] if values else None


def whole_number(ctx: click.Context, param: click.Parameter, values: Sequence[str]) -> int | None:
    """Return the value of an option as a whole number, written in digits only. Python itself reads `1_0` as 10."""
    text = once(ctx, param, values)
    if text is not None and not (text.isascii() and text.isdecimal() and len(text) < 20):
        raise click.BadParameter(f"{text!r} is not a whole number; write it in digits")
    return None if text is None else int(text)


def field_params(names: Collection[str], *, is_change: bool = False) -> list[click.Parameter]:
    """Return a text option for each of these fields, of a new order or of a change."""
    return [
        click.Option(
            [*_SHORT.get(field.name, []), _flag(field.name), field.name],
            multiple=True,
            callback=once,
            metavar="TEXT",
            shell_complete=_completion(field),
            help=_help(field, field.change_help if is_change and field.change_help != field.help else ""),
        )
        for field in ORDER_FIELDS
        if field.name in names
    ]


def _completion(field: Field) -> completion.Complete:
    if field.kind is Kind.AREA:
        return completion.areas()
    return completion.one_of(choice.words[0] if choice.words else str(choice.value) for choice in field.choices)


def request_params(*, has_instruction: bool) -> list[click.Parameter]:
    """Return the request options. `has_instruction` adds the execution instruction, which only new orders have."""
    params: list[click.Parameter] = [
        click.Option(
            [f"{_flag(option.name)}/{_flag(f'no_{option.name}')}", option.name],
            multiple=True,
            callback=once,
            default=None,
            help=_help(option),
        )
        for option in _FLAGS
    ]
    if has_instruction:
        option = OPTIONS["exec_instruction"]
        codes = click.Choice([choice.value.value for choice in option.choices])
        params.append(
            click.Option(
                [_flag(option.name), option.name], type=codes, multiple=True, callback=once, help=_help(option)
            )
        )
    return params


def consent_params() -> list[click.Parameter]:
    """Return the options about sending that every write command has."""
    return [
        click.Option(["--dry-run"], is_flag=True, help="Print the request and send nothing."),
        click.Option(["--yes"], is_flag=True, help="Send without asking; required if there is no terminal."),
        click.Option(["--accept-warnings"], is_flag=True, help="Send in spite of warnings without asking."),
        click.Option(
            ["--expect-count"],
            multiple=True,
            callback=whole_number,
            metavar="N",
            help="Send only if the command affects exactly N orders. --yes requires it above the profile's typed_count "
            "limits, and without a terminal for more than one order.",
        ),
        click.Option(["--json", "as_json"], is_flag=True, help="Print the result as JSON."),
    ]


def given_texts(given: Mapping[str, Any], names: Iterable[str]) -> dict[str, str]:
    """Return the given fields by name."""
    return {name: given[name] for name in names if given[name] is not None}


def given_options(given: Mapping[str, Any]) -> WriteOptions:
    """Return the request options; those not given have the defaults of WriteOptions."""
    chosen: dict[str, Any] = {name: given[name] for name in OPTIONS if given.get(name) is not None}
    if "exec_instruction" in chosen:
        chosen["exec_instruction"] = ExecutionInstruction(chosen["exec_instruction"])
    return WriteOptions(**chosen)


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _help(field: Field, hint: str = "") -> str:
    unit = f", {field.unit}" if field.unit else ""
    return f"{field.label.capitalize()}{unit}: {'; '.join(text for text in (field.help, hint) if text)}."
