"""The bounds of a kill as options of the command, in place of those of the settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import click

from pbtui.api.structs import replace
from pbtui.cli import completion
from pbtui.cli.listing import split_list, whole_names
from pbtui.settings.areas import area_code, code_problem
from pbtui.settings.kill import ALL

if TYPE_CHECKING:
    from pbtui.desk.kill.plan import KillPlan

F = TypeVar("F", bound=Callable[..., object])


def _areas(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> list[str]:
    """Return the codes of typed areas; `all` stays a word."""
    codes = [area_code(text) for text in split_list(ctx, param, values)]
    for code in codes:
        if code != ALL and (problem := code_problem(code)):
            raise click.BadParameter(f"{code} {problem}")
    return codes


_OPTIONS = (
    click.option(
        "--delivery-area",
        "delivery_areas",
        multiple=True,
        metavar="AREA",
        callback=_areas,
        shell_complete=completion.areas(),
        help="Only orders in this delivery area, or all; for deactivate-mine and delete-mine. May be repeated.",
    ),
    click.option(
        "--product",
        "products",
        multiple=True,
        metavar="NAME",
        callback=whole_names,
        help="Only orders of this product, or all; for deactivate-all and delete-all. May be repeated.",
    ),
    click.option("--exclude-pre-arranged", is_flag=True, help="Leave pre-arranged orders; not for delete-mine."),
)


def bounds_options(command: F) -> F:
    """Add the options. Without one, the settings say what is in scope."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def bounded(
    plan: KillPlan, delivery_areas: Sequence[str], products: Sequence[str], *, exclude_pre_arranged: bool
) -> KillPlan:
    """Return the plan with the bounds of the options. Raises UsageError for one that its action does not know."""
    is_wide, action = plan.action.is_account_wide, plan.action.value
    for option, is_given, is_known in (
        ("--delivery-area", bool(delivery_areas), not is_wide),
        ("--product", bool(products), is_wide),
        ("--exclude-pre-arranged", exclude_pre_arranged, is_wide or not plan.action.deletes),
    ):
        if is_given and not is_known:
            raise click.UsageError(f"{option} is no bound of {action}: it would withdraw the other orders too")
    if delivery_areas:
        plan = replace(plan, delivery_areas=_without_all("--delivery-area", delivery_areas))
    if products:
        plan = replace(plan, products=_without_all("--product", products))
    return replace(plan, includes_pre_arranged=not exclude_pre_arranged)


def _without_all(option: str, bounds: Sequence[str]) -> tuple[str, ...]:
    """Return the bounds, none for the word `all` alone. Raises UsageError if it stands beside others."""
    if ALL not in bounds:
        return tuple(dict.fromkeys(bounds))
    if len(bounds) > 1:
        raise click.UsageError(f"{option}: all can't stand beside others")
    return ()
