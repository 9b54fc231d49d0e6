"""Options of the commands that write: every field of an order and every option of a request, under the API's names."""

from collections.abc import Iterable, Mapping
from typing import Any

import click

from pbtui.api.models import ExecutionInstruction
from pbtui.desk.tickets.ticket import WriteOptions

_HELP = {
    "portfolio_id": "The portfolio.",
    "side": "buy or sell.",
    "quantity": "MW, at most one decimal.",
    "price": "The contract's currency per MWh; negative prices are legal.",
    "delivery_area": "EIC of the delivery area.",
    "contract_id": "The contract by its id …",
    "contract_name": "… or by its name …",
    "dlvry_start": "… or by its delivery: start …",
    "dlvry_end": "… and end.",
    "prod": "Product, with a delivery period only.",
    "type": "limit (O), iceberg (I) or block (B).",
    "display_qty": "MW an iceberg shows at a time.",
    "ppd": "Peak price delta of an iceberg: buy at most 0, sell at least 0.",
    "ordr_exe_restriction": "NON, FOK, IOC, AON or AU.",
    "validity_res": "GFS, GTD or NON.",
    "validity_date": "Until when, with GTD: ISO with zone, or in the market's time.",
    "state": "ACTI, or HIBE to enter it deactivated.",
    "txt": "Text of the order.",
}
_SHORT = {"portfolio_id": ["--portfolio"]}
_REQUEST = {
    "internal_trading": "Trade with own orders internally; without it, as the market's options say.",
    "fail_on_limit_violations": "One violated limit stops the whole list; without it, as the server has it.",
    "ignore_order_action_quota": "Pass the order action quota.",
    "include_errors": "Tell of each order that failed.  [default: on]",
}


def field_params(names: Iterable[str]) -> list[click.Parameter]:
    """An option for each of these fields, as text."""
    return [
        click.Option([*_SHORT.get(name, []), _flag(name), name], metavar="TEXT", help=_HELP.get(name)) for name in names
    ]


def request_params(*, has_instruction: bool) -> list[click.Parameter]:
    """The options of a request; what binds a list together is only asked for new orders."""
    params: list[click.Parameter] = [
        click.Option([f"{_flag(name)}/--no-{name.replace('_', '-')}", name], default=None, help=text)
        for name, text in _REQUEST.items()
    ]
    if has_instruction:
        choice = click.Choice([instruction.value for instruction in ExecutionInstruction])
        text = "VALID: all or none are taken; NONE: each for itself; LNKD: all trade or none."
        params.append(click.Option(["--exec-instruction", "exec_instruction"], type=choice, help=text))
    return params


def consent_params() -> list[click.Parameter]:
    """What says yes where nobody can be asked, and what else every command that writes takes."""
    return [
        click.Option(["--dry-run"], is_flag=True, help="Print the request, send nothing."),
        click.Option(["--yes"], is_flag=True, help="Send without asking; needed where there is no terminal."),
        click.Option(["--accept-warnings"], is_flag=True, help="Send in spite of warnings, without asking."),
        click.Option(["--expect-count"], type=int, metavar="N", help="Send only if it is about exactly N orders."),
        click.Option(["--json", "as_json"], is_flag=True, help="Print what became of it as JSON."),
    ]


def given_texts(given: Mapping[str, Any], names: Iterable[str]) -> dict[str, str]:
    """The fields that were given, by name."""
    return {name: given[name] for name in names if given[name] is not None}


def given_options(given: Mapping[str, Any]) -> WriteOptions:
    """The options of the request; what was not given is as for every ticket."""
    chosen: dict[str, Any] = {name: given[name] for name in _REQUEST if given[name] is not None}
    instruction = given.get("exec_instruction")
    if instruction is not None:
        chosen["exec_instruction"] = ExecutionInstruction(instruction)
    return WriteOptions(**chosen)


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
