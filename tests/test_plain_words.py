"""One word for one thing: the words that were replaced by the field's terms do not come back."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
READ = {".py", ".md", ".toml", ".tcss"}
PLACES = ("pbtui", "tests", "docs", "README.md", "CONTRIBUTING.md", "CHANGELOG.md")

REPLACED = {
    "reconciliation": "settle settled settles settling settlement settlements",
    "submission": "dispatch dispatched dispatches dispatcher dispatching",
    "pre-trade limits": "rail rails",
    "exposure, notional": "stake staked stakes",
    "timing, timeout": "patience pace paces",
    "batch, attempt": "volley volleys shot shots",
    "in scope": "doom doomed",
    "order event": "deed deeds",
    "task": "errand errands",
    "gate": "door doors",
    "executor": "office offices",
    "show, say, report": "tell tells telling told",
}
"""The term, and the words it replaced."""

TERM_OF = {word: term for term, words in REPLACED.items() for word in words.split()}

ALLOWED: dict[str, set[str]] = {
    # This list itself.
    "tests/test_plain_words.py": set(TERM_OF),
}
"""The words that a file may use, and why."""

_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def words(text: str) -> list[str]:
    """The words of a text, in lower case; identifiers are taken apart at underscores and capitals."""
    return [part.lower() for part in _PART.findall(text)]


def files() -> list[Path]:
    tops = [PROJECT / place for place in PLACES]
    found = [path for top in tops for path in ([top] if top.is_file() else top.rglob("*"))]
    return sorted(path for path in found if path.suffix in READ)


@pytest.mark.parametrize("text", ["settle_cursor", "TicketSettlement", "the LIMIT_RAILS hold", "A shot.", "_door"])
def test_a_replaced_word_is_found_in_prose_and_in_identifiers(text: str) -> None:
    assert [word for word in words(text) if word in TERM_OF]


@pytest.mark.parametrize("text", ["snapshot", "Snapshots", "doorbell", "space", "stakeholder"])
def test_a_word_that_contains_a_replaced_one_is_allowed(text: str) -> None:
    assert not [word for word in words(text) if word in TERM_OF]


def test_no_replaced_word_is_used() -> None:
    found = []
    for path in files():
        name = path.relative_to(PROJECT).as_posix()
        allowed = ALLOWED.get(name, set())
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            used = [word for word in words(line) if word in TERM_OF and word not in allowed]
            found += [f"{name}:{number}: {word}, say {TERM_OF[word]}" for word in used]
    assert not found, "\n".join(found)


def texts_about(source: str) -> Iterator[tuple[int, str]]:
    """Yield line number and text of each docstring, also of those that follow a constant or a field."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value


def test_a_docstring_starts_with_a_noun_or_a_verb() -> None:
    found = [
        f"{path.relative_to(PROJECT).as_posix()}:{number}: {text.splitlines()[0]}"
        for path in files()
        if path.is_relative_to(PROJECT / "pbtui") and path.suffix == ".py"
        for number, text in texts_about(path.read_text(encoding="utf-8"))
        if re.match(r"(What|How|Which|Where|Whether|When|Who|Whose|Why)\b", text)
    ]
    assert not found, "\n".join(found)


def test_every_allowed_word_is_used() -> None:
    for name, allowed in ALLOWED.items():
        assert allowed <= set(words((PROJECT / name).read_text(encoding="utf-8"))), name
