"""The pages: links hold, command lines are understood, and every setting stands in them."""

import re
import shlex
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import pytest

from pbtui.api.clock import utc_now
from pbtui.cli.main import main
from pbtui.desk.drafts.entry_line import read_line
from pbtui.desk.drafts.line_names import KnownNames
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
PLACEHOLDER = re.compile(r"\[|…|[A-Z]{3,}")
"""What stands in the text for a word of the reader's own."""
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


def test_each_address_in_our_repository_names_a_file() -> None:
    about = [PROJECT / "pyproject.toml", PROJECT / "docs" / "pbtui.1"]
    text = "\n".join(file.read_text().replace("\\-", "-") for file in [*PAGES, *about])
    paths = re.findall(r"https://github\.com/pbtui/pbtui/(?:blob|tree|raw)/main/([\w./-]+)", text)
    assert paths
    assert [path for path in paths if not (PROJECT / path.rstrip(".")).exists()] == []


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
    above: click.Context | None = None  # a command keeps the names of its help option, which come from above
    while isinstance(command, click.Group):
        above = click.Context(command, parent=above, **command.context_settings)
        _, rest, _ = command.make_parser(above).parse_args(words)
        if not rest:
            return
        _, found, words = command.resolve_command(above, rest)
        assert found
        command = found
    command.make_context("pbtui", words, parent=above).close()


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


NOT_RUN = {
    "demo": "a desk on a terminal, or its tour: tests/cli/practice",
    "simulate": "runs until it is ended: tests/cli/practice",
    "drill": "takes 7 s or more, at a simulator of its own: tests/cli/kill",
    "--profile demo": "needs the journal that a demo left",
    "setup": "asks at a terminal, and needs a host without settings: tests/cli/first_hour",
    "--plain": "talks at a terminal: tests/cli/plain",
    "kill": "ends the trading of the exchange that the other lines need: tests/cli/kill",
    "rearm": "there is no halt to lift: tests/cli/kill",
    "add": "needs a delivery of the market's own day: test_each_order_line_of_the_pages_is_one_that_pbtui_reads",
    "account": "changes all orders of an exchange that other tests share: tests/cli/kill",
    "keys set": "needs a keyring: tests/cli/test_keys.py",
    "keys delete": "needs a keyring: tests/cli/test_keys.py",
    "team": "needs a PostgreSQL: tests/cli/team",
    "--team": "needs a PostgreSQL: tests/cli/journal",
    "journal export": "needs a PostgreSQL: tests/cli/journal",
    "--watch": "runs until it is ended: tests/cli/reads/test_watch.py",
    "handover --take": "asks for a name at a terminal: tests/cli/reads",
}
"""Words of the command lines that are not run, each with the reason and the tests that run such a command."""
RUN_ALL_THE_SAME = {"--print-curl", "--name"}
"""Options with which a kill sends nothing, and a take-over asks nothing."""
INCOMPLETE = {"account", "deactivate", "journal", "keys", "modify", "team", "--api-key-stdin", "--stats"}
"""What the text names without what has to follow."""


def why_not_run(words: list[str]) -> list[str]:
    """The entries of NOT_RUN that hold a command line back."""
    if RUN_ALL_THE_SAME.intersection(words):
        return []
    return [entry for entry in NOT_RUN if set(entry.split()) <= set(words)]


def runnable(page: Path) -> list[list[str]]:
    """The words of each command line of a page: those of the blocks, and those of the text that are whole."""
    in_text = [line for line in in_sentences(page) if not (PLACEHOLDER.search(line) or problem(line))]
    return [words for line in (*in_blocks(page), *in_text) if (words := shlex.split(line)) and {*words} - INCOMPLETE]


def test_each_command_line_of_the_pages_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchange: RunningExchange
) -> None:
    host = Host(tmp_path)
    host.adopt(exchange.base_url, exchange.keys["trader"], read_only=False)
    monkeypatch.chdir(tmp_path)
    Path("orders.csv").write_bytes(host.invoke("export").stdout)
    here = {"61234567": str(exchange.free_contract()["contract_id"]), "test": "desk", "sim": "desk"}
    lines = {tuple(here.get(word, word) for word in words) for page in PAGES for words in runnable(page)}
    held_back = {line: why_not_run(list(line)) for line in lines}
    assert set(NOT_RUN) == {entry for entries in held_back.values() for entry in entries}
    for line in sorted(line for line, entries in held_back.items() if not entries):
        ended = host.invoke(*line)
        assert ended.returncode == 0, (line, ended.stderr)


def test_each_order_line_of_the_pages_is_one_that_pbtui_reads(exchange: RunningExchange) -> None:
    """With the portfolios that `pbtui setup` finds at a simulator."""
    pages = "\n".join(page.read_text() for page in PAGES)
    lines = set(re.findall(r'[`"](?:enter )?((?:buy|sell|b|s) [\d@][^`"\n]*)[`"]', pages))
    assert len(lines) >= 3
    known = KnownNames(exchange.portfolios["trader"])
    for line in lines:
        assert read_line(line, ZoneInfo("Europe/Berlin"), utc_now(), known).problems == (), line


def problem(line: str) -> str:
    """What pbtui says of a command line; empty if it understands it."""
    try:
        understood(shlex.split(line))
    except click.UsageError as error:
        return error.format_message()
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
