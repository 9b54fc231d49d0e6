"""`pbtui doctor`: a look at terminal, settings, key, server and store, as a text that can be mailed."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import click

from pbtui import __version__
from pbtui.api.clock import utc_now
from pbtui.cli.first_hour.findings import Finding, Grade, fault, report
from pbtui.cli.first_hour.host_look import has_file, profile_findings, proxy_findings, settings_findings, store_finding
from pbtui.cli.first_hour.terminal_look import key_finding, not_tested, terminal_findings
from pbtui.cli.invocation import Invocation
from pbtui.cli.typed_words import at_terminal
from pbtui.settings.addresses import host_of
from pbtui.settings.file import load_settings
from pbtui.settings.profiles import Profile, Settings, SettingsError

NOT_USABLE = 2
_HOSTS_OF_STORE = re.compile(r"(?:(?<=@)|(?<=://)|(?<=host=)|(?<=,))[A-Za-z0-9._-]+")


@click.command()
@click.option("--no-input", is_flag=True, help="Do not ask for the function key.")
@click.pass_obj
def doctor(invocation: Invocation, *, no_input: bool) -> None:
    """Look at terminal, settings, key, server and store, and print what was found.

    The text can be mailed: it holds no key and no password, the home folder is ~, and hosts are cut to their first
    part. The key is not sent. Exit code 2 if something has to be mended.
    """
    chosen = _Chosen(invocation)
    findings = list(_findings(invocation, chosen, asks=not no_input and at_terminal()))
    click.echo(report(_head(), findings, home=_home(), hosts=chosen.hosts))
    sys.exit(NOT_USABLE if any(finding.grade is Grade.FAULT for finding in findings) else 0)


class _Chosen:
    """The settings and the profile, each None if it can't be used. `problem` says why a file gives no profile."""

    def __init__(self, invocation: Invocation) -> None:
        self.settings: Settings | None = None
        self.profile: Profile | None = None
        self.problem = ""
        try:
            self.settings = load_settings(invocation.config_file)
            if has_file(invocation):
                self.profile = self.settings.profile(invocation.profile_name)
        except SettingsError as error:
            self.problem = str(error) if self.settings is not None else ""

    @property
    def hosts(self) -> list[str]:
        """The hosts that are named, the longer ones first."""
        named = [] if self.settings is None else _HOSTS_OF_STORE.findall(self.settings.team.store)
        if self.profile is not None:
            named += [self.profile.host, host_of(self.profile.proxy or "")]
        return sorted(filter(None, named), key=len, reverse=True)


def _findings(invocation: Invocation, chosen: _Chosen, *, asks: bool) -> Iterator[Finding]:
    settings, profile = chosen.settings or Settings(), chosen.profile
    yield from terminal_findings(os.environ, shutil.get_terminal_size())
    yield key_finding(settings.keys.kill_keys) if asks else not_tested(settings.keys.kill_keys)
    yield from settings_findings(invocation)
    if chosen.problem:
        yield fault("profile", chosen.problem)
    if profile is not None:
        yield from profile_findings(profile)
    yield from proxy_findings(os.environ, profile)
    yield store_finding(settings)


def _head() -> list[str]:
    return [
        f"pbtui doctor, {utc_now():%Y-%m-%d %H:%M} UTC",
        f"pbtui {__version__}, Python {platform.python_version()}, Textual {version('textual')}, "
        f"{platform.system()} {platform.release()} {platform.machine()}",
    ]


def _home() -> str:
    try:
        return str(Path.home())
    except RuntimeError:
        return ""
