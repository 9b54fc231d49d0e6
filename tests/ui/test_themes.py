"""The themes: every colour there, every text readable on what it stands on."""

import os
from pathlib import Path

import pytest
from textual.color import Color

from pbtui.desk.storage.places import theme_file
from pbtui.ui import themes
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
TEXTS = ["foreground", "label", "dim", "buy", "sell", "warning", "error", "success", "accent"]


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2: 1 for the same colour, 21 for black on white."""

    def luminance(color: str) -> float:
        parts = [part / 255 for part in Color.parse(color).rgb]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_there_is_a_theme_for_each_room_eye_and_terminal() -> None:
    assert set(THEMES) == {"night", "day", "high-contrast", "colour-blind", "sixteen"}
    assert [name for name, theme in THEMES.items() if not theme.dark] == ["day"]
    assert [name for name, theme in THEMES.items() if theme.ansi] == ["sixteen"]


@pytest.mark.parametrize("name", THEMES)
def test_every_text_is_readable_on_every_ground(name: str) -> None:
    theme = THEMES[name]
    colors = {**{color: getattr(theme, color) for color in COLORS}, **theme.variables}
    least = {"high-contrast": 7.0, "sixteen": 4.0}.get(name, 4.5)  # the terminal decides how its own colours look
    for ground in ("background", "surface", "panel", "cursor", "changed"):
        for text in TEXTS:
            if ground == "changed" and text != "foreground":
                continue  # a changed cell is always in the foreground's colour
            assert contrast(colors[text], colors[ground]) >= least, f"{text} on {ground}"
    assert contrast(colors["background"], colors["error"]) >= 4.5


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
    lines = ["dark = true", *(f'{name} = "#808080"' for name in (*COLORS, *ROLE_COLORS))]
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
    broken = Themes(THEMES, ("mine.toml: buy must be a colour",))
    with canned_exchange(a_wire_order("1")) as exchange:
        async with desk_on(a_desk_app(exchange.base_url, theme="day", themes=broken)) as desk:
            await desk.until_shown("LIVE", "mine.toml: buy must be a colour. This theme is left out")
            assert desk.app.theme == "day"
            await desk.press("ctrl+p", *"high")
            await desk.until_shown("Theme: high-contrast")
            await desk.press("enter")
            await desk.until(lambda: desk.app.theme == "high-contrast")
            await desk.until(lambda: chosen_theme(THEMES) == "high-contrast")


@pytest.mark.parametrize("content", [b"", b"nord", b"\xff\xfe", b"../day"])
def test_a_kept_theme_that_is_none_of_ours_does_not_count(content: bytes) -> None:
    keep_theme("day")
    assert chosen_theme(THEMES) == "day"
    theme_file().write_bytes(content)
    assert chosen_theme(THEMES) is None
