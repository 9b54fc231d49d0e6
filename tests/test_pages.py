"""The pages: links hold, command lines are understood, and every setting stands in them."""

import re
import shlex
from pathlib import Path

import click
import pytest

from pbtui.cli.main import main
from pbtui.settings.document.schema import settings_schema
from tests.end_to_end.host import Host
from tests.exchange import RunningExchange

PROJECT = Path(__file__).parents[1]
PAGES = [*sorted(PROJECT.glob("*.md")), *sorted((PROJECT / "docs").glob("*.md"))]
NAMES = [page.relative_to(PROJECT).as_posix() for page in PAGES]
BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(
    r"(?:^|[|(`]|&& |=\S+ )\s*(?:\.venv/bin/)?pbtui\b(?![\w./-])((?:(?! \d>)[^|&;`<>#)\n])*)", re.MULTILINE
)
TABLES = {
    "The file": "Settings",
    "`[keys]`": "KeySettings",
    "`[team]`": "TeamSettings",
    "`[profiles.NAME]`": "Profile",
    "`[profiles.NAME.limits]`": "Limits",
    "`[profiles.NAME.kill]`": "KillSettings",
    "`[profiles.NAME.alerts]`": "AlertSettings",
}
"""The sections of docs/settings.md, and the table of the schema that each describes."""


def anchor(heading: str) -> str:
    """The anchor that a heading gets on the page of a repository."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def headings(page: Path) -> list[str]:
    return re.findall(r"^#+ (.*)$", BLOCK.sub("", page.read_text()), re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_each_link_leads_to_a_file_and_a_heading_of_it(name: str) -> None:
    page = PROJECT / name
    for target in re.findall(r"\]\(([^)\s]+)\)", BLOCK.sub("", page.read_text())):
        if "://" in target:
            continue
        path, _, fragment = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        assert not fragment or fragment in map(anchor, headings(there)), target


def in_blocks(page: Path) -> list[str]:
    """What follows `pbtui` in each command line of the blocks of a page."""
    blocks = BLOCK.findall(page.read_text())
    return [line for _, language, block in blocks if language in ("", "sh") for line in COMMAND.findall(block)]


def in_sentences(page: Path) -> list[str]:
    """The same within the text, where an argument may be left out."""
    return COMMAND.findall("\n".join(re.findall(r"`[^`\n]+`", BLOCK.sub("", page.read_text()))))


def understood(words: list[str]) -> None:
    """Parse a command line as pbtui does, and run nothing. Raises click.UsageError where pbtui would refuse it."""
    command: click.Command = main
    while isinstance(command, click.Group):
        context = click.Context(command)
        _, rest, _ = command.make_parser(context).parse_args(words)
        if not rest:
            return
        _, found, words = command.resolve_command(context, rest)
        assert found
        command = found
    command.make_context("pbtui", words).close()


@pytest.mark.parametrize("name", NAMES)
def test_each_command_line_is_one_that_pbtui_understands(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("orders.csv").touch()
    for line in in_blocks(PROJECT / name):
        understood(shlex.split(line))
    for line in in_sentences(PROJECT / name):
        assert not problem(line).startswith("No such"), line


NOT_ALONE = {
    "demo",
    "setup",
    "simulate",
    "drill",
    "kill",
    "keys",
    "team",
    "--plain",
    "journal",
    "--profile",
    "--api-key-stdin",
}
"""Words of command lines that need a terminal, a team store or a program beside them, or that end the trading."""


def test_command_lines_that_need_nothing_else_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchange: RunningExchange
) -> None:
    host = Host(tmp_path)
    host.adopt(exchange.base_url, exchange.keys["trader"], read_only=False)
    monkeypatch.chdir(tmp_path)
    Path("orders.csv").write_bytes(host.invoke("export").stdout)
    contract = str(exchange.free_contract()["contract_id"])
    lines = [shlex.split(line.replace("61234567", contract)) for page in PAGES for line in in_blocks(page)]
    alone = [words for words in lines if not NOT_ALONE.intersection(words) and words != ["handover", "--take"]]
    assert {words[0] for words in alone} >= {"trades", "market", "positions", "depth", "whoami", "apply", "handover"}
    for words in alone:
        ended = host.invoke(*words)
        assert ended.returncode == 0, (words, ended.stderr)


def problem(line: str) -> str:
    """What pbtui says of a command line; empty if it understands it."""
    try:
        understood(shlex.split(line))
    except click.UsageError as error:
        return error.message
    return ""


def test_every_setting_stands_in_its_table_with_its_default_and_no_other() -> None:
    page = (PROJECT / "docs" / "settings.md").read_text()
    schema = settings_schema()["$defs"]
    for heading, name in TABLES.items():
        section = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
        rows = dict(re.findall(r"^\| `(\w+)` \|[^|]*\| ?([^|]*?) ?\|", section, re.MULTILINE))
        assert set(rows) == set(schema[name]["properties"]), heading
        for setting, value in schema[name]["properties"].items():
            if (default := value.get("default")) not in (None, [], {}):
                written = str(default).lower() if isinstance(default, bool) else str(default)
                assert rows[setting] == f"`{written}`", (heading, setting)
    described = {name for name, table in schema.items() if "properties" in table}
    assert described == set(TABLES.values())


CARD_NAMES = {"enter": "⏎", "escape": "esc", "F9": "f9"}
"""Keys that the guide names by another word than the key card."""


def first_columns(text: str) -> list[str]:
    return re.findall(r"^\| (.*?[^\\]) \|", text, re.MULTILINE)


def quoted(text: str) -> set[str]:
    """The words in backticks."""
    return set(re.findall(r"`([^`\n]+)`", text))


def test_the_guide_has_each_key_of_the_desk_and_no_other() -> None:
    card = (PROJECT / "docs" / "keys.md").read_text()
    by_task, _, _ = card.partition("\n## Move\n")
    of_desk = {key.removeprefix("alt+") for cell in first_columns(by_task) for key in quoted(cell)}
    guide = (PROJECT / "docs" / "guide.md").read_text()
    table = guide.split("\n## The screen\n")[1].split("\n\n")[0]
    named = {CARD_NAMES.get(key, key) for key in quoted(table)}
    first = {CARD_NAMES.get(key, key) for cell in first_columns(table) for key in quoted(cell)}
    assert of_desk - named == set()
    assert first - quoted(card) == set()
