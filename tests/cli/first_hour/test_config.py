"""`pbtui config`: every fault with its line, every value with where it comes from, and no key."""

import json
from pathlib import Path

import pytest

from pbtui.settings.document.schema import settings_schema
from tests.end_to_end.host import Host

URL = "https://staging.powerbot-trading.com/playground/epex/v2/api"
KEY = "a-key-that-must-not-be-shown"


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path, {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"})


def write(host: Host, text: str, mode: int = 0o600) -> Path:
    file = host.home / "xdg_config_home" / "pbtui" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    file.chmod(mode)
    return file


def test_all_faults_are_named_with_their_lines(host: Host) -> None:
    file = write(
        host,
        f"""theme = "nigt"
[profiles.test]
base_url = "{URL}"
portfolios = [
  "A,B",
]
pol_seconds = 3
[profiles.test.limits]
api_key = "{KEY}"
[profiles.two]
""",
        0o666,
    )
    done = host.invoke("config", "check")
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 2
    assert lines[0].startswith(f"Warning: other users can change {file}")
    assert [line.partition(": ")[0].rpartition(":")[2] for line in lines[1:]] == ["1", "4", "7", "9", "10"]
    assert lines[1] == f"{file}:1: theme: names no theme; there are colour-blind, day, high-contrast, night, sixteen"
    assert KEY not in done.stdout.decode()


@pytest.mark.parametrize("command", [("config", "check"), ("doctor", "--no-input")])
def test_each_own_theme_that_is_left_out_is_named_whether_or_not_it_is_chosen(
    host: Host, command: tuple[str, ...]
) -> None:
    file = write(host, f'[profiles.a]\nbase_url = "{URL}"\n')
    folder = file.parent / "themes"
    folder.mkdir()
    for name in ("one", "two", "three"):
        (folder / f"{name}.toml").write_text("dark = 5\n")
    done = host.invoke(*command)
    assert done.returncode == 2
    lines = [line for line in done.stdout.decode().splitlines() if ".toml: " in line]
    shown = folder if command[0] == "config" else Path("~") / folder.relative_to(host.home)
    assert [line[line.index(str(shown)) :] for line in lines] == [
        f"{shown}/{name}.toml: dark must be true or false" for name in ("one", "three", "two")
    ]


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (f'[profiles.a]\nbase_url = "{URL}"\n', 0, ": no faults; profiles: a\n"),
        ("", 0, ": no faults; profiles: none\n"),
        ("a = \n", 2, ": is not TOML: Invalid value (at line 1, column 5)\n"),
    ],
)
def test_the_exit_code_says_whether_there_are_faults(host: Host, text: str, code: int, said: str) -> None:
    file = write(host, text)
    done = host.invoke("config", "check")
    assert (done.returncode, done.stdout.decode()) == (code, f"{file}{said}")


def test_a_preset_that_no_line_can_use_is_a_fault(host: Host) -> None:
    """What may be a name that only the exchange knows is none, and neither is what other words complete."""
    file = write(
        host,
        f"""[profiles.a]
base_url = "{URL}"
[profiles.a.presets]
fine = "sell 5 @ 80 de1 PH-20261127-18 h18 tomorrow #hedge"
part = "aon gtd 13:50"
comma = "buy 5 @ 1,5 de1"
twice = "buy 5 sell de1"
time = "h25 de1"
""",
    )
    done = host.invoke("config", "check")
    assert done.returncode == 2
    assert done.stdout.decode().splitlines() == [
        f"{file}:6: profiles.a.presets.comma: price: write a decimal point and no comma, such as 45.10",
        f"{file}:7: profiles.a.presets.twice: side is given twice: BUY and SELL",
        f"{file}:8: profiles.a.presets.time: h25: hours are h1 to h24, their quarters q1 to q4",
    ]


def test_without_a_file_set_up_is_named(host: Host) -> None:
    done = host.invoke("config", "check")
    assert done.returncode == 2
    file = host.home / "xdg_config_home" / "pbtui" / "config.toml"
    assert f"To write one: pbtui --config {file} setup" in done.stderr.decode()


def test_each_value_is_shown_with_where_it_comes_from(host: Host) -> None:
    file = write(
        host,
        f"""default_profile = "b"
[profiles.a]
base_url = "{URL}"
api_key_command = ["{KEY}", "--twice"]
[profiles.b]
base_url = "{URL}"
portfolios = ["P1", "P\\u202e2"]
environment = "production"
limits.max_quantity_mw = 25
""",
    )
    host.variables["PBTUI_API_KEY_B"] = KEY
    done = host.invoke("config", "show")
    rows = {line.split("  ")[0]: line.split() for line in done.stdout.decode().splitlines()}
    assert done.returncode == 0
    assert rows["file"][1:] == [str(file), "default", "place"]
    assert rows["profile"][1:] == ["b", "default_profile,", "line", "1"]
    assert rows["profiles.b.environment"][1:] == ['"production"', "line", "8"]
    assert rows["profiles.b.portfolios"][1:] == ['["P1",', '"P\ufffd2~9b216a02"]', "line", "7"]
    assert rows["profiles.b.limits.max_quantity_mw"][1:] == ["25", "line", "9"]
    assert rows["profiles.b.poll_seconds"][1:] == ["2.0", "default"]
    assert rows["theme"][1:] == ['"night"', "default"]
    assert rows["API key"][2:] == ["not", "shown", "variable", "PBTUI_API_KEY_B"]
    other = host.invoke("--config", str(file), "config", "show", "a").stdout.decode()
    assert "command line, --config" in other
    assert '"test"' in other
    assert "follows from base_url" in other
    assert KEY not in done.stdout.decode() + other


def test_the_theme_that_was_chosen_wins(host: Host) -> None:
    write(host, f'theme = "night"\n[profiles.a]\nbase_url = "{URL}"\n')
    state = host.home / "xdg_state_home" / "pbtui"
    state.mkdir(parents=True)
    (state / "theme").write_text("day")
    shown = host.invoke("config", "show").stdout.decode()
    assert [line.split() for line in shown.splitlines() if line.startswith("theme")] == [
        ["theme", '"day"', "chosen", "with", "ctrl+p"]
    ]


def test_the_schema_is_printed_as_json(host: Host) -> None:
    done = host.invoke("config", "schema")
    assert done.returncode == 0
    assert json.loads(done.stdout) == settings_schema()
