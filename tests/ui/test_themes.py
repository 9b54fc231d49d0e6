"""The themes: every colour there, every text readable on what it stands on."""

import os
import re
from pathlib import Path

import pytest

from pbtui.desk.storage.places import theme_file
from pbtui.ui import themes
from pbtui.ui.contrast import DRAWN, GROUNDS, LEAST_RATIO, TEXTS, contrast
from pbtui.ui.themes import (
    COLORS,
    ROLE_COLORS,
    ThemeError,
    Themes,
    all_themes,
    chosen_theme,
    keep_theme,
    load_themes,
)
from tests.canned import a_wire_order, canned_exchange
from tests.ui.desk_under_test import a_desk_app, desk_on

THEMES = load_themes()


def test_there_is_a_theme_for_each_room_eye_and_terminal() -> None:
    assert set(THEMES) == {"night", "day", "high-contrast", "colour-blind", "sixteen"}
    assert [name for name, theme in THEMES.items() if not theme.dark] == ["day"]
    assert [name for name, theme in THEMES.items() if theme.ansi] == ["sixteen"]


@pytest.mark.parametrize("name", THEMES)
def test_every_text_is_readable_on_every_ground(name: str) -> None:
    theme = THEMES[name]
    colors = {**{color: getattr(theme, color) for color in COLORS}, **theme.variables}
    least = {"high-contrast": 7.0, "sixteen": 4.0}.get(name, 4.5)  # the terminal decides how its own colours look
    assert least > LEAST_RATIO
    for text, ground in DRAWN:
        if text != "primary" or not theme.ansi:
            needed = least if text in TEXTS else LEAST_RATIO
            assert contrast(colors[text], colors[ground]) >= needed, f"{text} on {ground}"
    assert contrast(colors["background"], colors["error"]) >= 4.5


def test_every_role_of_a_text_is_judged_on_what_it_stands_on() -> None:
    """As app.tcss draws them: a role with a ground of its own, and all others on the ground of the pane or the row."""
    styles = (Path(themes.__file__).parent / "app.tcss").read_text()
    roles = re.findall(r"^\.lines--(\w+) \{ color: \$(\w+);(?: background: \$(\w+);)?", styles, re.MULTILINE)
    assert len(roles) > 10
    drawn = {(color, ground or each) for role, color, ground in roles if role != "scroll" for each in GROUNDS}
    assert drawn == {*DRAWN} - {("primary", "surface")}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            ("foreground", "#202020"),
            "foreground #202020 on background #000000 can't be read: its contrast is 1.3:1, and",
        ),
        (
            ("sell", "#000000"),
            "sell #000000 on background #000000 can't be read: its contrast is 1.0:1, and must be 3:1",
        ),
        (("cursor", "#c0c0c0"), "on cursor #C0C0C0 can't be read: its contrast is 1.0:1, and must be 3:1 or more"),
        (
            ("changed", "#e0e0e0"),
            "foreground #C0C0C0 on changed #E0E0E0 can't be read: its contrast is 1.4:1, and must",
        ),
        (("dim", "#ffffff20"), "dim must be a colour that nothing shines through"),
        (("dim", "transparent"), "dim must be a colour that nothing shines through"),
        (("dim", "auto"), "dim must be a colour such as"),
    ],
)
def test_a_theme_that_hides_a_text_is_refused_with_the_colours(
    changes: tuple[str, str], reason: str, tmp_path: Path
) -> None:
    (tmp_path / "themes").mkdir()
    name, color = changes
    (tmp_path / "themes" / "mine.toml").write_text(mine(f'{name} = "{color}"'))
    themes, (problem,) = all_themes(tmp_path / "config.toml")
    assert "mine" not in themes
    assert problem.startswith("mine.toml: ")
    assert reason in problem


def test_a_theme_of_the_colours_of_the_terminal_can_not_be_judged(tmp_path: Path) -> None:
    (tmp_path / "themes").mkdir()
    (tmp_path / "themes" / "mine.toml").write_text(mine().replace("#c0c0c0", "ansi_red").replace("#000000", "ansi_red"))
    themes, problems = all_themes(tmp_path / "config.toml")
    assert problems == ()
    assert themes["mine"].ansi


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("dark = 1", "dark must be true or false"),
        ('buy = "greenish"', 'buy must be a colour such as "#30a46c"'),
        ("sell = 5", "sell must be a colour"),
        ('flair = "#ffffff"', "flair is not a key of a theme file"),
        ("not toml", "mine.toml"),
    ],
)
def test_a_wrong_theme_names_file_key_and_reason(
    change: str, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.toml").write_text(mine(change))
    monkeypatch.setattr(themes, "_folder", lambda: tmp_path)
    with pytest.raises(ThemeError, match="mine") as caught:
        load_themes()
    assert what in str(caught.value)


def mine(change: str = "") -> str:
    """A theme file of a trader; `change` replaces the line of its key."""
    grounds = (*GROUNDS, "changed")
    lines = [f'{name} = "{"#000000" if name in grounds else "#c0c0c0"}"' for name in (*COLORS, *ROLE_COLORS)]
    lines.append("dark = true")
    key = change.partition(" =")[0]
    return "\n".join([*(line for line in lines if not line.startswith(f"{key} =")), change])


def test_own_themes_are_beside_the_settings_and_a_broken_one_is_left_out_with_a_word(tmp_path: Path) -> None:
    folder = tmp_path / "themes"
    assert all_themes(None) == all_themes(tmp_path / "config.toml") == (THEMES, ())
    folder.mkdir()
    (folder / "good.toml").write_text(mine('buy = "#00ff00"'))
    (folder / "broken\x1b.toml").write_text(mine('buy = "greenish"'))
    (folder / "mixed.toml").write_text(mine('buy = "ansi_green"'))
    (folder / "night.toml").write_text(mine())
    (folder / "large.toml").write_text("#" * 20_000)
    os.mkfifo(folder / "pipe.toml")
    themes, problems = all_themes(tmp_path / "config.toml")
    assert set(themes) == {*THEMES, "good"}
    assert themes["good"].variables["buy"] == "#00FF00"
    assert themes["night"] == THEMES["night"]
    assert [problem.partition(":")[0] for problem in problems] == [
        "broken␛.toml",
        "large.toml",
        "mixed.toml",
        "night.toml",
        "pipe.toml",
    ]
    assert problems[2] == "mixed.toml: buy is a colour of the terminal; then all of them must be"


async def test_the_palette_changes_the_theme() -> None:
    with canned_exchange(a_wire_order("1")) as exchange:
        async with desk_on(a_desk_app(exchange.base_url, theme="day")) as desk:
            await desk.until_shown("LIVE")
            assert desk.app.theme == "day"
            await desk.press("ctrl+p", *"high")
            await desk.until_shown("Theme: high-contrast")
            await desk.press("enter")
            await desk.until(lambda: desk.app.theme == "high-contrast")
            await desk.until(lambda: chosen_theme(THEMES) == "high-contrast")


async def test_each_theme_that_is_left_out_is_news_that_can_be_read_again() -> None:
    broken = [f'mine-{number}.toml: buy must be a colour such as "#30a46c"' for number in range(8)]
    with canned_exchange(a_wire_order("1")) as exchange:
        app = a_desk_app(exchange.base_url, theme="nord", themes=Themes(THEMES, tuple(broken)))
        async with desk_on(app) as desk:
            await desk.until_shown("LIVE", "There is no theme 'nord', so night is used")
            await desk.press("n")
            await desk.until_shown(*(f"{problem}. This theme is left out" for problem in broken), "no theme 'nord'")


@pytest.mark.parametrize("content", [b"", b"nord", b"\xff\xfe", b"../day"])
def test_a_kept_theme_that_is_none_of_ours_does_not_count(content: bytes) -> None:
    keep_theme("day")
    assert chosen_theme(THEMES) == "day"
    theme_file().write_bytes(content)
    assert chosen_theme(THEMES) is None
