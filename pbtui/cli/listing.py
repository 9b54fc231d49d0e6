"""Values of options, and tables of the commands that list what a server has."""

from collections.abc import Callable
from math import isfinite
from typing import TypeVar
from unicodedata import category, east_asian_width

import click

from pbtui.cli import completion
from pbtui.settings.areas import area_code, code_problem

F = TypeVar("F", bound=Callable[..., object])


def split_list(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> list[str]:
    """Return the ids of a list, none of them empty."""
    return _checked([part.strip() for value in values for part in value.split(",")], "an id")


def whole_names(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Return names as they are typed, none of them empty. A comma can be part of a name."""
    return tuple(_checked([value.strip() for value in values], "a name"))


def _checked(parts: list[str], one: str) -> list[str]:
    if not all(parts):
        # If an empty one were dropped, a script with an empty variable would list, or withdraw, everything.
        raise click.BadParameter(f"{one} is empty")
    if not all(part.isprintable() for part in parts):
        raise click.BadParameter(f"{one} contains a character that does not print")
    return parts


def finite(_ctx: click.Context, _param: click.Parameter, value: float | None) -> float | None:
    """Return the number of an option. Ranges of click accept `nan`, and `inf` if they have no upper bound."""
    if value is not None and not isfinite(value):
        raise click.BadParameter(f"{value} is not a finite number")
    return value


def not_empty(_ctx: click.Context, _param: click.Parameter, text: str | None) -> str | None:
    """Return the text of a filter, which must not be empty: a script with an empty variable would list everything."""
    if text is not None and not text.strip():
        raise click.BadParameter("it is empty")
    return text


def one_area(_ctx: click.Context, _param: click.Parameter, area: str | None) -> str | None:
    """Return the code of a typed delivery area."""
    code = None if area is None else area_code(area)
    if code is not None and (problem := code_problem(code)):
        hint = "" if "did you mean" in problem else "; write a short name such as AMP, or an EIC"
        raise click.BadParameter(f"{code} {problem}{hint}")
    return code


def list_option(name: str, text: str, metavar: str = "ID") -> Callable[[F], F]:
    """Return an option that takes ids, separated by commas or repeated."""
    words = f"{metavar}[,{metavar}]"
    return click.option(name, multiple=True, callback=split_list, metavar=words, help=f"{text} May be repeated.")


area_option = click.option(
    "--delivery-area",
    metavar="AREA",
    callback=one_area,
    shell_complete=completion.areas(),
    help="One delivery area, such as BE or its EIC.",
)


def print_table(lines: list[list[str]]) -> None:
    """Print a table in columns."""
    widths = [max(_columns(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        padded = (cell + " " * (width - _columns(cell)) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(padded).rstrip())


def _columns(text: str) -> int:
    """Return the width of a safe text in cells: two for a wide character, none for a combining mark."""
    if text.isascii():
        return len(text)
    return sum(2 if east_asian_width(c) in "WF" else 0 if category(c) in ("Mn", "Me") else 1 for c in text)
