"""`pbtui config`: check the settings file, show every value with where it comes from, print the schema."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
from click.core import ParameterSource

from pbtui.api.clock import utc_now
from pbtui.cli.invocation import Invocation, profile_names
from pbtui.cli.listing import print_table
from pbtui.cli.refusals import LocalRefusal, local_refusals
from pbtui.desk.drafts.line_faults import preset_faults
from pbtui.settings.decode import Problem
from pbtui.settings.document.lines import line_near, lines_of
from pbtui.settings.document.values import settings_of
from pbtui.settings.file import default_file, load_settings, parsed, settings_bytes, settings_file_text, warning_of
from pbtui.settings.named_command import named_command
from pbtui.settings.profiles import Profile, Settings, SettingsError
from pbtui.settings.secrets import credentials
from pbtui.settings.secrets.credentials import configured_sources
from pbtui.ui.desk_keys import key_problems

if TYPE_CHECKING:
    from pbtui.ui.themes import Themes

FAULTS_FOUND = 2

Lines = Mapping[tuple[str, ...], int]
"""Lines of keys, by their paths."""


@click.group()
def config() -> None:
    """Check the settings file, show every value and where it comes from, print the schema."""


# ---------------------------------------------------------------- check


@config.command()
@click.pass_obj
@local_refusals()
def check(invocation: Invocation) -> None:
    """Check the settings file and name all faults, each with its line. Exit code 2 if there are any.

    Keys are checked by `pbtui keys status`, the server by `pbtui doctor`.
    """
    file = invocation.config_file or default_file()
    if not os.path.lexists(file):
        raise LocalRefusal(f"there is no settings file {file}. To write one: {named_command(file, None, 'setup')}")
    faults = list(faults_of(invocation))
    for fault in faults:
        click.echo(fault)
    if not faults:
        click.echo(
            f"{file}: no faults; profiles: {', '.join(load_settings(invocation.config_file).profiles) or 'none'}"
        )
    sys.exit(FAULTS_FOUND if faults else 0)


def faults_of(invocation: Invocation) -> Iterator[str]:
    """All faults of the settings, each as `file:line: key: reason`, by their lines; then those of the trader's themes.

    There are none without a settings file.
    """
    if warning := warning_of(invocation.config_file):
        yield warning
    try:
        file, content = settings_bytes(invocation.config_file)
        text = settings_file_text(file, content)
        document = parsed(file, text)
    except SettingsError as error:
        yield str(error)
        return
    lines = lines_of(text)
    from pbtui.ui.themes import all_themes, theme_folder  # brings along Textual

    themes = all_themes(file)
    problems = [*_problems(invocation), *_theme_problems(themes, document.get("theme"))]
    placed = [(line_near(problem.path, lines) or 0, problem) for problem in problems]
    for line, problem in sorted(placed, key=lambda each: each[0]):
        yield f"{_place(file, line)}: {problem}"
    yield from (f"{theme_folder(file)}/{problem}" for problem in themes.problems)


def _problems(invocation: Invocation) -> Sequence[Problem]:
    try:
        settings = load_settings(invocation.config_file)
    except SettingsError as error:
        return error.problems
    return [*key_problems(settings.keys), *_preset_problems(settings)]


def _preset_problems(settings: Settings) -> Iterator[Problem]:
    for profile in settings.profiles.values():
        for name, reason in preset_faults(profile, utc_now()):
            yield Problem(("profiles", profile.name, "presets", name), reason)


def _theme_problems(themes: Themes, theme: object) -> Iterator[Problem]:
    if isinstance(theme, str) and theme not in themes.by_name:
        yield Problem(("theme",), f"names no theme; there are {', '.join(sorted(themes.by_name))}")


def _place(file: Path, line: int) -> str:
    return f"{file}:{line}" if line else str(file)


# ---------------------------------------------------------------- show


@config.command()
@click.argument("profile_name", metavar="[PROFILE]", required=False, shell_complete=profile_names)
@click.pass_obj
@local_refusals()
def show(invocation: Invocation, profile_name: str | None) -> None:
    """Show every value that counts for a profile, and where it comes from.

    The API key itself is not shown.
    """
    settings = load_settings(invocation.config_file)
    wanted = profile_name or invocation.profile_name
    profile = settings.profile(wanted)
    file, content = settings_bytes(invocation.config_file)
    lines = lines_of(settings_file_text(file, content))
    print_table(
        [
            ["SETTING", "VALUE", "FROM"],
            ["file", str(file), _origin_of_file()],
            ["profile", profile.name, _origin_of_profile(settings, wanted, lines)],
            *_rows(settings, profile, lines),
            ["API key", *_key(profile)],
        ]
    )


def _rows(settings: Settings, profile: Profile, lines: Lines) -> Iterator[list[str]]:
    # Only where the theme is shown: it brings along Textual.
    from pbtui.ui.themes import DEFAULT_THEME, all_themes, chosen_theme

    for setting in settings_of(settings, profile):
        if setting.path != ("theme",):
            yield [setting.name, setting.value, _origin(setting.path, profile, lines)]
        elif (chosen := chosen_theme(all_themes(settings.file).by_name)) is not None:
            yield [setting.name, f'"{chosen}"', "chosen with ctrl+p"]
        else:
            yield [setting.name, f'"{settings.theme or DEFAULT_THEME}"', _origin(setting.path, profile, lines)]


def _origin_of_file() -> str:
    source = click.get_current_context().find_root().get_parameter_source("config_file")
    named = {
        ParameterSource.COMMANDLINE: "command line, --config",
        ParameterSource.ENVIRONMENT: "variable PBTUI_CONFIG",
    }
    return named.get(source, "default place") if source is not None else "default place"


def _origin_of_profile(settings: Settings, wanted: str | None, lines: Lines) -> str:
    if wanted is not None:
        return "command line"
    return (
        "the only one" if settings.default_profile is None else f"default_profile, line {lines[('default_profile',)]}"
    )


def _origin(path: tuple[str, ...], profile: Profile, lines: Lines) -> str:
    if path in lines:
        return f"line {lines[path]}"
    return "follows from base_url" if path == ("profiles", profile.name, "environment") else "default"


def _key(profile: Profile) -> tuple[str, str]:
    source = next(configured_sources(profile), None)
    if source is not None:
        return "not shown", f"{source.kind} {source.place}"
    status = credentials.keyring_status(profile)
    return ("not shown", credentials.KEYRING) if status.holds_key else ("none", "asked for at the terminal")


# ---------------------------------------------------------------- schema


@config.command()
def schema() -> None:
    """Print the JSON schema of the settings file, for editors that check it while it is written."""
    from pbtui.settings.document.schema import settings_schema

    click.echo(msgspec.json.format(msgspec.json.encode(settings_schema()), indent=2).decode())
