"""The orders that a command names by their ids: in an option, or in a file."""

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

import click

from pbtui.api.sanitize import shown_id
from pbtui.cli.listing import split_list
from pbtui.cli.refusals import LocalRefusal

ORDER_IDS = click.Option(
    ["--order-id", "order_ids"],
    multiple=True,
    callback=split_list,
    metavar="ID[,ID]",
    help="Ids of the orders. May be repeated.",
)
ORDER_IDS_FROM = click.Option(
    ["--order-ids-from"],
    type=click.File("rb"),
    metavar="FILE",
    help="File with ids of orders, one a line, as they are; - is standard input.",
)


def named_orders(given: Mapping[str, Any]) -> Sequence[str]:
    """Return the ids of the orders that the options name, each once. Raises LocalRefusal if there are none."""
    ids = [*given["order_ids"], *(_ids_in(given["order_ids_from"]) if given["order_ids_from"] else ())]
    if not ids:
        raise LocalRefusal("no order was named; add --order-id ID")
    return list(dict.fromkeys(map(shown_id, ids)))


def _ids_in(source: BinaryIO) -> list[str]:
    """Return the ids in a file, one a line, byte for byte: one may contain a comma or a blank. Raises LocalRefusal."""
    try:
        lines = source.read().decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise LocalRefusal(f"--order-ids-from: the file is not valid UTF-8: {error}; nothing was sent") from None
    ids = [line.removesuffix("\r") for line in lines]
    odd = next((number for number, each in enumerate(ids, 1) if not each.isprintable()), None)
    if odd is not None:
        text = f"--order-ids-from: line {odd} contains a character that does not print"
        raise LocalRefusal(f"{text}; nothing was sent")
    return [each for each in ids if each]
