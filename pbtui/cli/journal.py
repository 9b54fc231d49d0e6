"""`pbtui journal`: show the journal of a profile, and verify that it is unchanged."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from pbtui.cli.invocation import Invocation
from pbtui.cli.refusals import LocalRefusal, local_refusals
from pbtui.desk.journal.audit import read_journal, verify_all
from pbtui.desk.journal.describe import entry_lines
from pbtui.desk.journal.line import JournalEntry, journal_line
from pbtui.desk.journal.writer import JournalUnusable, journal_files
from pbtui.desk.storage.places import journal_folder
from pbtui.settings.file import load_settings
from pbtui.settings.profiles import NAME

FAULTS_FOUND = 3


@click.group()
def journal() -> None:
    """Show and verify the journal of a profile.

    Without --profile before the command the default profile is used. The journal of the demo has --profile demo.
    """


@journal.command()
@click.option("--last", type=click.IntRange(1), metavar="N", help="Only the last N entries.")
@click.option("--json", "as_json", is_flag=True, help="Print the entries as stored, one JSON object per line.")
@click.pass_obj
def show(invocation: Invocation, last: int | None, as_json: bool) -> None:
    """Show the entries of all runs, oldest first; times are UTC."""
    profile_name = _profile_name(invocation)
    with _readable():
        readings = [read_journal(path) for path in journal_files(profile_name)]
    entries = sorted((entry for reading in readings for entry in reading.entries), key=lambda entry: entry.at)
    for entry in entries[-last:] if last else entries:
        click.echo(_json(entry) if as_json else "\n".join(entry_lines(entry)))
    if not entries:
        click.echo(f"The journal of profile {profile_name} is empty ({journal_folder(profile_name)}).", err=True)
    if any(reading.faults for reading in readings):
        click.echo("Some lines have faults. To list them: pbtui journal verify", err=True)


@journal.command()
@click.pass_obj
def verify(invocation: Invocation) -> None:
    """Verify that no line and no kill report was changed, removed, inserted or moved.

    Exit codes: 0 no faults, 3 faults found. Lines removed from the end of the newest file can't be detected.
    """
    profile_name = _profile_name(invocation)
    with _readable():
        found = verify_all(profile_name)
    for path, faults in found.items():
        for fault in faults:
            place = f"{path}, line {fault.line_no}" if fault.line_no else str(path)
            click.echo(f"{place}: {fault.reason}")
    faulty = sum(bool(faults) for faults in found.values())
    files = f"{len(found)} file{'s' if len(found) != 1 else ''} of the journal of profile {profile_name}"
    click.echo(f"{files}: {faulty} with faults" if faulty else f"{files}: unchanged", err=True)
    if faulty:
        sys.exit(FAULTS_FOUND)


def _profile_name(invocation: Invocation) -> str:
    """Return the given name, or the default profile's. A profile that left the settings may still have a journal."""
    if invocation.profile_name is None:
        with local_refusals():
            return load_settings(invocation.config_file).profile(None).name
    if not NAME.fullmatch(invocation.profile_name):
        raise LocalRefusal("a profile's name has only letters, digits, - and _")
    if not journal_folder(invocation.profile_name).exists():
        with local_refusals():
            return load_settings(invocation.config_file).profile(invocation.profile_name).name
    return invocation.profile_name


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except JournalUnusable as trouble:
        raise LocalRefusal(f"the journal can't be read: {trouble}") from None


def _json(entry: JournalEntry) -> str:
    return journal_line(entry.seq, entry.at, entry.kind, entry.facts, entry.prev).decode()
