"""`pbtui journal`: show the journal of a profile or a team, and verify that it is unchanged."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click

from pbtui.api.sanitize import safe_text
from pbtui.cli.invocation import Invocation
from pbtui.cli.journal.from_store import filter_options, print_lines, verify_store
from pbtui.cli.journal.verified import GAPS_FOUND, NOT_VERIFIED, PROBLEMS_FOUND, UNCHANGED, code_of_both
from pbtui.cli.progress import progress
from pbtui.cli.refusals import LocalRefusal
from pbtui.desk.journal.against_head import known_head
from pbtui.desk.journal.audit import audit
from pbtui.desk.journal.chain import Problem, read_journal
from pbtui.desk.journal.chronicle import in_order
from pbtui.desk.journal.describe import entry_lines
from pbtui.desk.journal.line import JournalEntry, journal_line
from pbtui.desk.journal.writer import JournalUnusable, journal_files
from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.earlier_state import move_earlier_state
from pbtui.desk.storage.places import Owner, journal_folder, journal_head, owner_of, profile_of
from pbtui.settings.file import default_file, load_settings
from pbtui.settings.named_command import named_command
from pbtui.settings.profiles import SettingsError


@click.group()
def journal() -> None:
    """Show and verify the journal of a profile or a team.

    Without --profile before the command the default profile is used. The journal of the demo has --profile demo.
    """


@journal.command()
@click.option("--last", type=click.IntRange(1), metavar="N", help="Only the last N entries.")
@click.option("--json", "as_json", is_flag=True, help="Print the entries as stored, one JSON object per line.")
@click.option("--team", is_flag=True, help="Show the journals of all desks, from the team store.")
@filter_options
@click.pass_obj
def show(invocation: Invocation, /, last: int | None, as_json: bool, team: bool, **filters: Any) -> None:
    """Show the entries of all runs in the order in which they were written; times are UTC.

    With --team, the entries of all desks and commands at the profile's server, in the order of their times. The other
    filters need --team. The store lacks the lines that a host could not bring yet: see pbtui team status.
    """
    if team:
        print_lines(invocation, filters, "jsonl" if as_json else "text", last)
        return
    if given := [name for name, value in filters.items() if value]:
        raise click.UsageError(f"--{given[0].removesuffix('_time')} needs --team")
    owner = _owner(invocation)
    with _readable(), progress("reading", "files") as reading:
        files = journal_files(owner)
        readings = {path: read_journal(path) for path in reading.each(files, len(files))}
        entries = in_order(readings, known_head(owner))
    for entry in entries[-last:] if last else entries:
        click.echo(_json(entry) if as_json else "\n".join(entry_lines(entry)))
    if not entries:
        click.echo(f"The journal of profile {profile_of(owner)} is empty ({journal_folder(owner)}).", err=True)
    if any(reading.problems for reading in readings.values()):
        click.echo(f"Some lines have problems. To list them: {_command(invocation, 'verify')}", err=True)


@journal.command()
@click.option("--noted", metavar="NO:HASH", help="The head that an earlier verify printed and you kept elsewhere.")
@click.option("--team", is_flag=True, help="Verify the profile's lines in the team store too, and this host's there.")
@click.pass_obj
def verify(invocation: Invocation, noted: str | None, team: bool) -> None:
    """Verify that no line, file or kill report was changed, removed, added or moved.

    At the end it prints the head: the number of lines of all runs and their hash. Anyone who can write the journal and
    its head can forge both. With --noted and a head that you keep elsewhere, that is found too.

    With --team, it also verifies all lines of the profile in the team store, and compares the files of this host with
    them: what was cut or changed on either side is a problem; lines that are not in the store yet are none. It prints
    the head of the store, and --noted is one of those.

    Exit codes: 0 nothing found, 2 not verified, 3 problems found, 4 only records that could not be written, or the
    store refuses, 5 no answer of the store.
    """
    head = None if noted is None else _noted(noted)
    owner = _owner(invocation)
    code = _verify_here(owner, None if team else head, _command(invocation, "verify", "--noted"))
    try:
        if team:
            code = code_of_both(code, verify_store(invocation, head))
    except click.ClickException as error:
        if code != PROBLEMS_FOUND:
            raise
        error.show()  # the exit code is that of the problems here
    if code == NOT_VERIFIED:
        click.echo("Nothing was verified.", err=True)
    sys.exit(code)


def _verify_here(owner: Owner, noted: tuple[int, str] | None, verify_noted: str) -> int:
    """Verify the journal of this host; return the exit code. `verify_noted` is the command that verifies a head."""
    with _readable(), progress("verifying", "files") as verifying:
        found = audit(owner, noted, verifying.count)
    _print(found.problems)
    _print(found.gaps)
    _print(found.notes, err=True)
    damaged, incomplete = (sum(map(bool, doubts.values())) for doubts in (found.problems, found.gaps))
    count = len(journal_files(owner))
    files = f"{count} file{'s' if count != 1 else ''} of the journal of profile {profile_of(owner)}"
    counts = {"problems": damaged, "gaps": incomplete}
    result = [f"{count} with {what}" for what, count in counts.items() if count]
    if not (count or result):
        click.echo(f"Profile {profile_of(owner)} has no journal on this host ({journal_folder(owner)}).", err=True)
        return NOT_VERIFIED
    click.echo(f"{files}: {', '.join(result) or 'unchanged'}", err=True)
    if found.head is not None:
        click.echo(f"Head: {found.head.no}:{found.head.all}", err=True)
        click.echo(
            "Not proved: that nobody changed journal and head together. To prove it later, keep the head", err=True
        )
        click.echo(f"elsewhere and use it with: {verify_noted} NO:HASH", err=True)
    return PROBLEMS_FOUND if damaged else GAPS_FOUND if incomplete else UNCHANGED


@journal.command()
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
@filter_options
@click.pass_obj
def export(invocation: Invocation, /, form: str, **filters: Any) -> None:
    """Write the entries of all desks and commands from the team store to stdout, for other programs.

    Without a filter, all entries at the profile's server, in the order of their times. jsonl: one JSON object per line;
    its field entry is the journal line, byte by byte, with the SHA-256 in hash. csv: one line for each entry, with what
    it says as text.
    """
    print_lines(invocation, filters, form)


def _print(doubts: Mapping[Path, Sequence[Problem]], *, err: bool = False) -> None:
    for path, found in doubts.items():
        for problem in found:
            place = f"{path}, line {problem.line_no}" if problem.line_no else str(path)
            click.echo(safe_text(f"{place}: {problem.reason}"), err=err)


def _noted(text: str) -> tuple[int, str]:
    number, _, everything = text.strip().partition(":")
    if not number.isdecimal() or not everything:
        raise LocalRefusal("--noted has the form NO:HASH, as `pbtui journal verify` prints the head")
    return int(number), everything


def _command(invocation: Invocation, *words: str) -> str:
    """The command for a shell that finds the same journal. Raises SettingsError as `_owner` does."""
    name = invocation.profile_name or load_settings(invocation.config_file).profile(None).name
    file = invocation.config_file
    with suppress(SettingsError):  # without a home folder no file is the default one
        file = file or default_file()
    return named_command(file, name, "journal", *words)


def _owner(invocation: Invocation) -> Owner:
    """Return the owner of the journal: the profile of the settings, or one that left them and still has a journal."""
    try:
        profile = load_settings(invocation.config_file).profile(invocation.profile_name)
    except SettingsError as error:
        found = [] if invocation.profile_name is None else _owners_named(invocation.profile_name)
        if len(found) > 1:
            names = "\n".join(["Several journals have this name. Name one of them with --profile:", *found])
            raise LocalRefusal(names) from None
        if not found:
            raise LocalRefusal(str(error)) from None
        return found[0]
    with suppress(OSError):  # a state folder that can't be written can still be read
        if moved := move_earlier_state(profile):
            click.echo(moved, err=True)
    return owner_of(profile)


def _owners_named(name: str) -> list[Owner]:
    """The owners of journals whose name, or whose profile's name, is this one."""
    owners: set[Owner] = set()
    for place in (journal_folder, journal_head):
        example = place(Owner("profile"))
        with suppress(OSError):
            owners |= {Owner(path.name.removesuffix(example.suffix)) for path in disk().files(example.parent)}
    return sorted(owner for owner in owners if name.lower() in (owner, profile_of(owner)))


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except JournalUnusable as error:
        raise LocalRefusal(f"the journal can't be read: {error}") from None


def _json(entry: JournalEntry) -> str:
    return journal_line(entry.seq, entry.at, entry.kind, entry.facts, entry.prev).decode()
