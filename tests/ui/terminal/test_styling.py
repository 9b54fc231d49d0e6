"""Styles that are found when they are needed: the same as Textual's own, at every moment."""

from typing import Any

import pytest
from rich.style import Style
from textual.app import App, ComposeResult
from textual.color import Color
from textual.css.stylesheet import Stylesheet
from textual.widgets import Input

from pbtui.ui.terminal.styling import SparingStylesheet, StylingApp
from pbtui.ui.widgets.lines import ROLES, TextLines

CSS = "\n".join(f".lines--{role} {{ color: rgb({number}, 2, 3); }}" for number, role in enumerate(ROLES))
LATER = "TextLines.-late .lines--text { color: $error; text-style: bold; } #field { color: red; }"


class Found(TextLines):
    """Lines that count how often they are painted anew."""

    refreshes = 0

    def refresh(self, *regions: Any, **how: Any) -> Any:
        """Count."""
        self.refreshes += 1
        return super().refresh(*regions, **how)


class Plain(App[None]):
    """Lines with Textual's own styles."""

    CSS = CSS + LATER

    def compose(self) -> ComposeResult:
        """The lines, and an input."""
        self.later = Input(id="field")
        self.later.add_class("-new")
        yield Found()


class Sparing(StylingApp[None], Plain):
    """The same with ours, and frames are drawn."""

    def _display(self, *frame: Any) -> None:
        super()._display(*frame)


async def styles_at_each_moment(app: Plain) -> list[Style]:
    """The styles of all roles at first, with a class, in other colours, and those of an input that comes later."""
    seen: list[Style] = []
    async with app.run_test(size=(20, 4)) as pilot:
        lines = app.query_one(Found)

        def look() -> None:
            seen.extend(lines.get_component_rich_style(f"lines--{role}") for role in ROLES)

        look()
        lines.add_class("-late")
        look()
        app.theme = "textual-light"
        await pilot.pause()
        look()
        await app.screen.mount(app.later)
        seen.append(app.later.rich_style)
        seen.append(app.later.get_component_rich_style("input--cursor"))
    return seen


async def test_all_styles_are_those_of_textual_with_a_class_and_in_other_colours() -> None:
    ours, plain = await styles_at_each_moment(Sparing()), await styles_at_each_moment(Plain())
    assert ours == plain
    assert len(set(ours)) > len(ROLES) + 2, "the class, the colours, and the input differ"


async def test_only_what_is_drawn_is_found_and_a_change_of_it_paints_anew() -> None:
    app = Sparing()
    async with app.run_test(size=(20, 4)) as pilot:
        lines = app.query_one(Found)
        lines.show([[("a", "good")]])
        await pilot.pause()
        assert {name: styles.color.r for name, styles in lines._component_styles.items()} == {
            f"lines--{role}": ROLES.index(role) for role in ("text", "good", "scroll")
        }
        lines.refreshes = 0
        lines.add_class("-other")
        lines.show([[("a", "good")]])
        assert lines.refreshes == 0
        lines.add_class("-late")
        assert lines.refreshes == 1
        lines.show([[("a", "good")]])
        assert lines.refreshes == 2, "its line has other colours, too"
        assert lines.get_component_styles("lines--text").text_style.bold


async def test_what_is_not_on_the_screen_is_styled_when_it_gets_there() -> None:
    app = Sparing()
    async with app.run_test(size=(20, 4)):
        assert not app.later.styles.has_rule("color")
        await app.screen.mount(app.later)
        assert app.later.styles.color == Color.parse("red")


def test_sources_are_read_again_in_other_colours_and_by_no_other_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sheet remembers what it has read, so that a source that comes later is the only one to read then."""
    parse, readers = Stylesheet._parse_rules, set()

    def parse_noted(sheet: Stylesheet, css: str, **source: Any) -> Any:
        readers.add(sheet)
        return parse(sheet, css, **source)

    monkeypatch.setattr(Stylesheet, "_parse_rules", parse_noted)
    sheet = SparingStylesheet(variables={"text": "red"})
    sheet.add_source("A { color: $text; }")
    for color in ("red", "blue"):
        sheet.set_variables({"text": color})
        sheet.reparse()
        assert [rule.styles.color for rule in sheet.rules] == [Color.parse(color)]
    assert readers == {sheet}
