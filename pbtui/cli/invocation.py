"""The options before a command's name: settings file, profile, and an API key for this run."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import click

    from pbtui.desk.desk import Desk
    from pbtui.desk.view import DeskView
    from pbtui.settings.key_text import KeyText
    from pbtui.settings.profiles import Profile

    DeskWork = Callable[[Desk], Coroutine[Any, Any, int]]


class Session(NamedTuple):
    """A plain session. Its commands act for its profile, and with its desk, which stays open after them.

    `run` does work in the loop of that desk, and returns its exit code. It raises what the work raises. `view` returns
    what the desk knows now.
    """

    profile: Profile
    run: Callable[[DeskWork], int]
    view: Callable[[], DeskView]


class Invocation(NamedTuple):
    """Options before the command's name; commands receive them with `click.pass_obj`."""

    config_file: Path | None
    profile_name: str | None
    asks_for_key: bool = False
    """Says whether to ask the trader for the API key even if a source has one."""
    piped_key: KeyText | None = None
    """The API key that was piped in."""
    shows_stats: bool = False
    """Says whether the desk prints the bytes it sent when it ends."""
    is_plain: bool = False
    """Says whether the desk is lines and questions instead of a screen."""
    session: Session | None = None
    """The plain session that the command is part of, if it is."""


def profile_names(ctx: click.Context, param: click.Parameter, begun: str) -> list[str]:
    """Complete the name of a profile for the shell."""
    from pbtui.cli.completion import profiles  # only where the shell asks

    return profiles(ctx, param, begun)
