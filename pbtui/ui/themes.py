"""Themes: one palette a file, in `themes/*.toml` beside the project, or inside the package once it is installed."""

import asyncio
import tomllib
from collections.abc import Callable, Iterator
from functools import partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from textual.app import App, SystemCommand
from textual.color import Color, ColorParseError
from textual.theme import Theme

from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.places import theme_file

DEFAULT_THEME = "night"

COLORS = (
    "primary",
    "secondary",
    "accent",
    "foreground",
    "background",
    "surface",
    "panel",
    "warning",
    "error",
    "success",
)
"""Colours that every theme defines for Textual's own widgets."""
ROLE_COLORS = ("label", "dim", "buy", "sell", "cursor", "changed")
"""Colours of pbtui's own roles; `cursor` and `changed` are backgrounds."""


_LONGEST_NAME = 200
"""Bytes of the file with the chosen theme that are read."""


class ThemeError(Exception):
    """An unusable theme file; the message names the file, the key and the reason."""


class ThemeChoice:
    """The theme of one application, which then has the themes of pbtui only. Without `wanted` it is the default.

    `say` shows the trader a sentence. `problem` says that there is no such theme; empty if there is.
    """

    def __init__(self, app: App[Any], wanted: str | None, say: Callable[[str], None]) -> None:
        self._app = app
        self._say = say
        for name in list(app.available_themes):
            app.unregister_theme(name)
        for theme in load_themes().values():
            app.register_theme(theme)
        is_known = wanted in app.available_themes
        app.theme = wanted if wanted is not None and is_known else DEFAULT_THEME
        known = ", ".join(sorted(app.available_themes))
        is_missing = wanted is not None and not is_known
        self.problem = f"There is no theme {wanted!r}, so {app.theme} is used. Known: {known}" if is_missing else ""

    def commands(self) -> Iterator[SystemCommand]:
        """Yield the commands of the palette that use another theme."""
        for name in self._app.available_themes:
            yield SystemCommand(f"Theme: {name}", "Use the colours of this theme", partial(self._use, name))

    def _use(self, name: str) -> None:
        self._app.theme = name
        self._app.run_worker(self._keep(name))

    async def _keep(self, name: str) -> None:
        try:
            await asyncio.to_thread(keep_theme, name)
        except OSError as error:
            self._say(f"The theme is used in this run only, it can't be saved: {error}")


def theme_names() -> list[str]:
    """Return the names of all themes."""
    return sorted(file.name.removesuffix(".toml") for file in _folder().iterdir() if file.name.endswith(".toml"))


def load_themes() -> dict[str, Theme]:
    """Return all themes by name. Raises ThemeError."""
    themes = [
        _read(file) for file in sorted(_folder().iterdir(), key=lambda file: file.name) if file.name.endswith(".toml")
    ]
    return {theme.name: theme for theme in themes}


def chosen_theme() -> str | None:
    """Return the theme that the trader chose in an earlier run; None if that can't be read or there is none."""
    try:
        name = disk().read(theme_file(), _LONGEST_NAME).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return name if name in load_themes() else None


def keep_theme(name: str) -> None:
    """Remember the theme that the trader chose. Raises OSError."""
    disk().write_whole(theme_file(), name.encode())


def _folder() -> Traversable:
    installed = files("pbtui") / "themes"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "themes"


def _read(file: Traversable) -> Theme:
    try:
        palette = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ThemeError(f"{file.name}: {error}") from None
    unknown = palette.keys() - {"dark", *COLORS, *ROLE_COLORS}
    if unknown:
        raise ThemeError(f"{file.name}: {min(unknown)} is not a key of a theme file")
    if not isinstance(palette.get("dark"), bool):
        raise ThemeError(f"{file.name}: dark must be true or false")
    colors = {name: _color(file.name, name, palette.get(name)) for name in (*COLORS, *ROLE_COLORS)}
    return Theme(
        name=file.name.removesuffix(".toml"),
        dark=palette["dark"],
        primary=colors["primary"],
        secondary=colors["secondary"],
        accent=colors["accent"],
        foreground=colors["foreground"],
        background=colors["background"],
        surface=colors["surface"],
        panel=colors["panel"],
        warning=colors["warning"],
        error=colors["error"],
        success=colors["success"],
        variables={name: colors[name] for name in ROLE_COLORS},
    )


def _color(file_name: str, name: str, value: Any) -> str:
    try:
        return Color.parse(str(value)).hex
    except ColorParseError:
        raise ThemeError(f'{file_name}: {name} must be a colour such as "#30a46c"') from None
