"""The options before a command's name: settings file, profile, and an API key for this run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import click

    from pbtui.settings.key_text import KeyText


class Invocation(NamedTuple):
    """Options before the command's name; commands receive them with `click.pass_obj`."""

    config_file: Path | None
    profile_name: str | None
    asks_for_key: bool = False
    """Whether the trader is asked for the API key, also if a source has one."""
    piped_key: KeyText | None = None
    """The API key that was piped in."""
    shows_stats: bool = False
    """Whether the desk prints the bytes it sent when it ends."""


def profile_names(ctx: click.Context, param: click.Parameter, begun: str) -> list[str]:
    """Complete the name of a profile for the shell."""
    from pbtui.cli.completion import profiles  # only where the shell asks

    return profiles(ctx, param, begun)
