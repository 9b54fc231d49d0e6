"""The journals of a team, as `pbtui journal` shows and exports them from the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import aclosing
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import click

from pbtui.api.sanitize import safe_text
from pbtui.cli.invocation import Invocation
from pbtui.cli.journal.verified import NOT_VERIFIED, PROBLEMS_FOUND, UNCHANGED
from pbtui.cli.listing import list_option
from pbtui.cli.progress import Progress, progress
from pbtui.cli.refusals import LocalRefusal, local_refusals
from pbtui.cli.team.asking import asked, store_errors
from pbtui.desk.journal.describe import entry_lines
from pbtui.desk.journal.writer import JournalUnusable, Kind
from pbtui.desk.storage.problem import problem_of
from pbtui.settings.file import load_settings
from pbtui.settings.profiles import Profile

if TYPE_CHECKING:
    from pbtui.desk.team.database.password import Address
    from pbtui.desk.team.journal.stored import StoredLine, Wanted

F = TypeVar("F", bound=Callable[..., object])
_FILTERS = (
    list_option("--operator", "Operators, as the system of their host names them.", metavar="NAME"),
    list_option("--host", "Hosts.", metavar="NAME"),
    list_option("--order", "Orders: the lines that name one, and those of its tickets."),
    list_option("--portfolio", "Portfolios: the lines that name one, and those of its tickets."),
    click.option("--kind", multiple=True, type=click.Choice([*map(str, Kind)]), help="Kinds. May be repeated."),
    click.option("--from", "from_time", metavar="TIME", help="Only lines from this time on, such as 13:00."),
    click.option("--to", "to_time", metavar="TIME", help="Only lines before this time."),
)


def filter_options(command: F) -> F:
    """Add the options that choose lines of the store."""
    for option in reversed(_FILTERS):
        command = option(command)
    return command


def wanted_lines(profile: Profile, filters: Mapping[str, Any], last: int | None = None) -> Wanted:
    """The lines that these options choose, of all profiles at the profile's server. Raises BadParameter."""
    from pbtui.cli.reads.output import past_moment  # most commands do without httpx
    from pbtui.desk.team.journal.stored import Wanted

    def moment(name: str, option: str) -> datetime | None:
        return past_moment(filters[name], option, ZoneInfo(profile.market_timezone))

    since, before = moment("from_time", "--from"), moment("to_time", "--to")
    if since and before and since >= before:
        raise click.BadParameter(
            "the end is not after the start; a time without a date is the last one before now", param_hint="'--to'"
        )
    return Wanted(
        server=profile.server,
        operators=tuple(filters["operator"]),
        hosts=tuple(filters["host"]),
        orders=tuple(filters["order"]),
        portfolios=tuple(filters["portfolio"]),
        kinds=tuple(filters["kind"]),
        since=since,
        before=before,
        last=last,
    )


def print_lines(invocation: Invocation, filters: Mapping[str, Any], form: str, last: int | None = None) -> None:
    """Print the lines of the store that these options choose, as `text`, `jsonl` or `csv`."""
    profile = chosen_profile(invocation)
    with store_errors():
        from pbtui.desk.team.journal.exported import COLUMNS, csv_line, csv_text, json_text
        from pbtui.desk.team.journal.stored import lines_of

        wanted = wanted_lines(profile, filters, last)
        texts: dict[str, Callable[[StoredLine], str]] = {
            "text": partial(_shown, profile.name),
            "jsonl": json_text,
            "csv": csv_text,
        }

        async def print_all(writing: Progress, address: Address) -> int:
            count = 0
            async with aclosing(lines_of(address, wanted)) as lines:
                async for line in lines:
                    if form == "csv" and not count:
                        click.echo(csv_line(COLUMNS))
                    click.echo(texts[form](line))
                    count += 1
                    writing.count(count)
            return count

        with progress("writing", "lines", beside_output=True) as writing:
            count = asked(partial(print_all, writing), invocation)
        if not count:
            click.echo(f"The store has no such line of {profile.server}.", err=True)


def verify_store(invocation: Invocation, noted: tuple[int, str] | None) -> int:
    """Verify the lines of the chosen profile in the store, and print what was found; return the exit code."""
    profile = chosen_profile(invocation)
    with store_errors():
        from pbtui.desk.team.journal.verification import verify

        try:
            with progress("verifying the team store", "lines") as verifying:
                found = asked(lambda address: verify(address, profile, noted, verifying.count), invocation)
        except (JournalUnusable, OSError) as error:
            raise LocalRefusal(f"the journal can't be read: {problem_of(error)}") from None
    for text, is_note in (*((each, False) for each in found.problems), *((each, True) for each in found.notes)):
        click.echo(safe_text(text), err=is_note)
    count = len(found.problems)
    result = f"{count} problem{'s' if count != 1 else ''}" if count else "unchanged"
    if is_empty := not (found.lines or count):
        click.echo(f"The team store has no lines of profile {profile.name} at {profile.server}.", err=True)
    else:
        lines = f"{found.lines} lines of {found.runs} runs"
        click.echo(f"The team store, {lines} of profile {profile.name} at {profile.server}: {result}", err=True)
    if found.waiting:
        click.echo(f"Lines of this host that are not in the store yet: {found.waiting}", err=True)
    if not is_empty:
        click.echo(f"Head of the store: {found.lines}:{found.head}", err=True)
    return PROBLEMS_FOUND if count else NOT_VERIFIED if is_empty else UNCHANGED


def chosen_profile(invocation: Invocation) -> Profile:
    """The named profile, or the default one. Raises LocalRefusal."""
    with local_refusals():
        return load_settings(invocation.config_file).profile(invocation.profile_name)


def _shown(profile_name: str, line: StoredLine) -> str:
    """The line as text, with operator and host; with its profile too, if it is another one."""
    other = "" if line.profile == profile_name else f" {line.profile}"
    who, entry = safe_text(f"{line.operator}@{line.host}{other}"), line.entry
    if entry is None:
        return f"{line.at:%Y-%m-%d %H:%M:%S}Z  {who}  line {line.no} is not a journal line"
    return "\n".join(entry_lines(entry, who))
