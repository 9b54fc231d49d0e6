"""Words that the shell completes: profiles of the settings file, delivery areas, and the choices of a field."""

from collections.abc import Callable, Iterable
from contextlib import suppress

import click

from pbtui.settings.areas import AREAS

Complete = Callable[[click.Context, click.Parameter, str], list[str]]


def one_of(words: Iterable[str]) -> Complete:
    """Return a completion with these words, in upper or lower case."""
    known = sorted(words)
    return lambda _ctx, _param, begun: [word for word in known if word.casefold().startswith(begun.casefold())]


def areas() -> Complete:
    """Return a completion with the short names of the delivery areas."""
    return one_of(AREAS.values())


def profiles(ctx: click.Context, param: click.Parameter, begun: str) -> list[str]:
    """The names of the profiles; none if the settings can't be read: a completion must not fail."""
    from pbtui.settings.file import load_settings  # only where the shell asks

    with suppress(Exception):
        return [
            name for name in load_settings(ctx.find_root().params.get("config_file")).profiles if name.startswith(begun)
        ]
    return []
