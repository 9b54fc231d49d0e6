"""The exit codes of each command are the same in the code, in its help and on the pages."""

import re
from collections.abc import Iterator
from pathlib import Path

import click

from pbtui.cli import access, interrupts, process
from pbtui.cli.journal.verified import GAPS_FOUND, NOT_VERIFIED, PROBLEMS_FOUND, UNCHANGED
from pbtui.cli.kill.account import EXIT_LEFT_ACTIVE
from pbtui.cli.kill.output import EXIT_CODES, EXIT_NOT_KNOWN
from pbtui.cli.main import main
from pbtui.cli.refusals import LocalRefusal
from pbtui.cli.team.asking import NoAnswer, StoreRefuses
from pbtui.cli.write import exit_code as writes

DOCS = Path(__file__).parents[2] / "docs"
REFUSED = LocalRefusal.exit_code
IN_CODE = {
    "account": {0, REFUSED, EXIT_LEFT_ACTIVE, access.RefusedByServer.exit_code, access.OutcomeUnknown.exit_code},
    "journal verify": {
        *(UNCHANGED, REFUSED, NOT_VERIFIED, PROBLEMS_FOUND, GAPS_FOUND),
        *(StoreRefuses.exit_code, NoAnswer.exit_code),
    },
    "kill": {0, *EXIT_CODES.values(), EXIT_NOT_KNOWN, REFUSED},
    "rearm": {0, REFUSED},
    "team cut-loose": {0, REFUSED},
    "team status": {0, REFUSED, StoreRefuses.exit_code, NoAnswer.exit_code},
}
"""The codes of each command whose help has them."""
WRITES = {code for name, code in vars(writes).items() if name.isupper() and isinstance(code, int)}
INTERNAL_ERROR_OF_THE_DESK = 1


def helps(group: click.Group, path: str = "") -> Iterator[tuple[str, str]]:
    """The help of every command, as one line."""
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        yield f"{path}{name}", " ".join((command.help or "").split())
        if isinstance(command, click.Group):
            yield from helps(command, f"{path}{name} ")


def in_helps() -> dict[str, dict[int, str]]:
    """What the help of each command says of its codes."""
    found: dict[str, dict[int, str]] = {}
    for name, text in helps(main):
        sentences = re.findall(r"Exit codes: (.*?)\.(?= |$)", text)
        assert len(sentences) == text.count("Exit codes") <= 1, name
        for sentence in sentences:
            codes = [part.partition(" ") for part in re.split(r", (?=\d+ )", sentence)]
            found[name] = {int(code): meaning for code, _, meaning in codes}
    return found


def rows(text: str) -> dict[str, str]:
    return dict(re.findall(r"^\| ([\d, ]+) \| (.*) \|$", text, re.MULTILINE))


def on_pages() -> dict[str, dict[int, str]]:
    """What the tables of the pages say of the codes of one command."""
    pages = "\n".join(page.read_text() for page in DOCS.glob("*.md"))
    sections = re.findall(r"^##+ Exit codes of `pbtui ([\w -]+)`\n(.*?)(?=^#|\Z)", pages, re.MULTILINE | re.DOTALL)
    plain = {name: rows(text.replace("`", "")) for name, text in sections}
    return {name: {int(code): meaning for code, meaning in table.items()} for name, table in plain.items()}


def test_each_command_with_codes_of_its_own_has_them_in_its_help_and_on_a_page() -> None:
    shown = in_helps()
    assert {name: set(codes) for name, codes in shown.items()} == IN_CODE
    assert on_pages() == shown


def test_the_codes_of_all_other_commands_stand_in_one_table() -> None:
    section = (DOCS / "commands.md").read_text().split("\n## Exit codes\n")[1].partition("\n### ")[0]
    described, shown = rows(writes.__doc__ or ""), rows(section)
    assert set(map(int, described)) == WRITES
    signals = sorted(128 + number for number in interrupts.NUMBERS)
    assert shown.keys() == {*described, str(INTERNAL_ERROR_OF_THE_DESK), ", ".join(map(str, signals))}
    assert {process.NOTHING_SENT, process.NO_ANSWER} <= WRITES
    states = re.compile(r"[A-Z]{4,}(?: [A-Z]+)?")
    for code, text in described.items():
        assert set(states.findall(text)) <= set(states.findall(shown[code]))
