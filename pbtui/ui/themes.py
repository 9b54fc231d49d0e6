"""Themes: one palette a file, in `themes/*.toml` beside the project, or inside the package once it is installed.

A trader's own themes are in the folder `themes` beside the settings file. One that can't be used is named and left out.
"""

import asyncio
import tomllib
from collections.abc import Callable, Container, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from textual.app import App, SystemCommand
from textual.color import Color, ColorParseError
from textual.theme import Theme

from pbtui.api.sanitize import safe_text
from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.places import theme_file
from pbtui.desk.storage.problem import problem_of
from pbtui.ui.contrast import unreadable

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
_LONGEST_FILE, _MOST_FILES = 10_000, 50
"""Bytes of a theme of the trader's own, and how many of them are looked at."""
_ANSI = "ansi_"
"""Beginning of the names of the sixteen colours of the terminal."""


class ThemeError(Exception):
    """An unusable theme file; the message names the file, the key and the reason."""


class Themes(NamedTuple):
    """All themes by name, and what is wrong with files of the trader's own that are left out."""

    by_name: dict[str, Theme]
    problems: tuple[str, ...] = ()


class ThemeChoice:
    """The theme of one application, which then has these themes only. Without `wanted` it is the default.

    `say` shows the trader a sentence. `problems` says of each theme that can't be used why.
    """

    def __init__(self, app: App[Any], themes: Themes, wanted: str | None, say: Callable[[str], None]) -> None:
        self._app = app
        self._say = say
        for name in list(app.available_themes):
            app.unregister_theme(name)
        for theme in themes.by_name.values():
            app.register_theme(theme)
        app.theme = wanted if wanted in themes.by_name else DEFAULT_THEME
        problems = [f"{problem}. This theme is left out" for problem in themes.problems]
        if wanted is not None and wanted != app.theme:
            known = ", ".join(sorted(themes.by_name))
            problems.append(f"There is no theme {wanted!r}, so {app.theme} is used. Known: {known}")
        self.problems = tuple(problems)

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
            self._say(f"The theme is used in this run only, it can't be saved: {problem_of(error)}")


def load_themes() -> dict[str, Theme]:
    """Return the themes of pbtui by name. Raises ThemeError."""
    files = sorted((file for file in _folder().iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    themes = [_theme(file.name, file.read_bytes()) for file in files]
    return {theme.name: theme for theme in themes}


def all_themes(settings_file: Path | None) -> Themes:
    """Return the themes of pbtui and those beside the settings file. Raises ThemeError for one of pbtui."""
    themes, files, problems = load_themes(), _own_files(settings_file), []
    for file in files[:_MOST_FILES]:
        try:
            theme = _theme(file.name, disk().read(file, _LONGEST_FILE))
        except (OSError, ThemeError) as error:
            problems.append(f"{file.name}: {error.strerror}" if isinstance(error, OSError) else str(error))
            continue
        if theme.name in themes:
            problems.append(f"{file.name}: pbtui has a theme of this name")
        else:
            themes[theme.name] = theme
    problems += [f"{file.name}: no more than {_MOST_FILES} files are read" for file in files[_MOST_FILES:][:1]]
    return Themes(themes, tuple(map(safe_text, problems)))


def theme_folder(settings_file: Path) -> Path:
    """Return the folder of the trader's own themes."""
    return settings_file.parent / "themes"


def _own_files(settings_file: Path | None) -> list[Path]:
    return sorted(theme_folder(settings_file).glob("*.toml")) if settings_file else []


def chosen_theme(known: Container[str]) -> str | None:
    """Return the theme that the trader chose in an earlier run; None if that can't be read or it is not known."""
    try:
        name = disk().read(theme_file(), _LONGEST_NAME).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return name if name in known else None


def keep_theme(name: str) -> None:
    """Remember the theme that the trader chose. Raises OSError."""
    disk().write_whole(theme_file(), name.encode())


def _folder() -> Path:
    package = Path(__file__).parents[1]
    return package / "themes" if (package / "themes").is_dir() else package.parent / "themes"


def _theme(file_name: str, content: bytes) -> Theme:
    try:
        palette = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ThemeError(f"{file_name}: {error}") from None
    unknown = palette.keys() - {"dark", *COLORS, *ROLE_COLORS}
    if unknown:
        raise ThemeError(f"{file_name}: {min(unknown)} is not a key of a theme file")
    if not isinstance(palette.get("dark"), bool):
        raise ThemeError(f"{file_name}: dark must be true or false")
    colors = {name: _color(file_name, name, palette.get(name)) for name in (*COLORS, *ROLE_COLORS)}
    ansi = {name for name, color in colors.items() if color.startswith(_ANSI)}
    if ansi and ansi != colors.keys():
        raise ThemeError(f"{file_name}: {min(ansi)} is a colour of the terminal; then all of them must be")
    if not ansi and (reason := unreadable(colors)):  # the terminal decides how its own colours look
        raise ThemeError(f"{file_name}: {reason}")
    return Theme(
        name=file_name.removesuffix(".toml"),
        dark=palette["dark"],
        ansi=bool(ansi),
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
        variables={name: colors[name] for name in ROLE_COLORS} | (_of_terminal(colors) if ansi else {}),
    )


def _of_terminal(colors: Mapping[str, str]) -> dict[str, str]:
    """Return what Textual's own widgets need to know in a theme of the terminal's colours."""
    ground, text, marked = colors["background"], colors["foreground"], colors["cursor"]
    return {
        "ansi-background": ground,
        "ansi-foreground": text,
        "border-blurred": colors["dim"],
        "block-cursor-foreground": text,
        "block-cursor-background": marked,
        "input-cursor-foreground": ground,
        "input-cursor-background": text,
        "input-selection-foreground": text,
        "input-selection-background": marked,
        "screen-selection-foreground": text,
        "screen-selection-background": marked,
    }


def _color(file_name: str, name: str, value: Any) -> str:
    try:
        color = Color.parse(str(value))
        if color.a != 1:
            raise ThemeError(f"{file_name}: {name} must be a colour that nothing shines through")
    except ColorParseError:
        raise ThemeError(f'{file_name}: {name} must be a colour such as "#30a46c" or "ansi_green"') from None
    return str(value) if color.ansi is not None else color.hex
