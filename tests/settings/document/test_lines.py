"""The line of every key, however its value is written."""

import tomllib

import pytest

from pbtui.settings.document.lines import line_near, lines_of

TEXT = '''# a comment
theme = "night"

[profiles.test]
base_url = """
https://desk.example
[profiles.not-a-table]
"""
portfolios = [
  "A",  # [
  "B",
]
kill.action = "delete-mine"

[profiles.test.limits]
min_price = -1
[profiles]
other = { base_url = "x" }
'''


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_key_has_the_line_at_which_it_begins(end: str) -> None:
    text = TEXT.replace("\n", end)
    tomllib.loads(text)
    assert lines_of(text) == {
        ("theme",): 2,
        ("profiles",): 4,
        ("profiles", "test"): 4,
        ("profiles", "test", "base_url"): 5,
        ("profiles", "test", "portfolios"): 9,
        ("profiles", "test", "kill"): 13,
        ("profiles", "test", "kill", "action"): 13,
        ("profiles", "test", "limits"): 15,
        ("profiles", "test", "limits", "min_price"): 16,
        ("profiles", "other"): 18,
        ("profiles", "other", "base_url"): 18,
    }


def test_a_missing_key_has_the_line_of_its_table() -> None:
    lines = lines_of(TEXT)
    assert line_near(("profiles", "other", "read_only"), lines) == 18
    assert line_near(("profiles", "test", "limits", "max_price"), lines) == 15
    assert line_near(("keys", "kill"), lines) is None
