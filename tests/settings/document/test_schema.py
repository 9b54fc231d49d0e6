"""The schema says what the settings accept: the same keys, the same bounds, the same words."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pbtui.settings.alerts import AlertSettings
from pbtui.settings.decode import decode
from pbtui.settings.document.new import settings_text
from pbtui.settings.document.schema import settings_schema
from pbtui.settings.file import load_settings
from pbtui.settings.key_bindings import KeySettings
from pbtui.settings.kill import KillSettings
from pbtui.settings.limits import Limits
from pbtui.settings.profiles import Profile, Settings, SettingsError
from pbtui.settings.team import TeamSettings

TABLES = settings_schema()["$defs"]
KINDS = (Settings, Profile, Limits, KillSettings, AlertSettings, KeySettings, TeamSettings)
URL = "https://desk.example/epex/v2/api"


def numbers() -> Iterator[tuple[Any, str, float]]:
    """Values beside each bound of the schema, that are refused."""
    for kind in KINDS:
        for name, rule in TABLES[kind.__name__]["properties"].items():
            for bound, beside in (("minimum", -1), ("maximum", 1)):
                if bound in rule:
                    yield kind, name, rule[bound] + beside


@pytest.mark.parametrize("kind", KINDS)
def test_it_has_the_keys_that_are_known(kind: Any) -> None:
    table = TABLES[kind.__name__]
    assert table["additionalProperties"] is False
    _, problems = decode(kind, dict.fromkeys(table["properties"], 0))
    assert not [problem for problem in problems if problem.is_unknown_key]
    assert set(kind.__struct_fields__) - set(table["properties"]) <= {"name", "team", "file"}
    assert table["required"] == (["base_url"] if kind is Profile else [])
    assert all(rule["description"] for rule in table["properties"].values())


@pytest.mark.parametrize(("kind", "name", "refused"), [*numbers()])
def test_its_bounds_are_those_of_the_settings(kind: Any, name: str, refused: float) -> None:
    rule = TABLES[kind.__name__]["properties"][name]
    within = {bound: rule[bound] for bound in ("minimum", "maximum")}
    assert decode(kind, {name: refused, "base_url": URL})[1]
    for accepted in (*within.values(), rule["default"]):
        problems = decode(kind, {name: accepted, "base_url": URL})[1]
        assert not [problem for problem in problems if problem.path == (name,)]


def test_its_words_are_accepted_and_its_patterns_have_no_flags() -> None:
    assert set(TABLES["Profile"]["properties"]["environment"]["enum"]) == {"production", "test"}
    assert "(?" not in json.dumps(settings_schema())
    for word in TABLES["KillAction"]["enum"]:
        assert not decode(KillSettings, {"action": word})[1]


def test_a_refused_file_has_its_problems_one_by_one(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    text = settings_text(Profile(name="test", base_url=URL), [], [], datetime(2026, 11, 27, tzinfo=UTC))
    file.write_text(text.replace("read_only = true", 'read_only = "no"') + "\n[keys]\nkill = 'x'\n")
    with pytest.raises(SettingsError) as refused:
        load_settings(file)
    assert [problem.path for problem in refused.value.problems] == [
        ("keys", "kill"),
        ("profiles", "test", "read_only"),
    ]
