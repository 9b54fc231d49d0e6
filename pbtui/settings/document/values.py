"""The settings that count, each with its path in the file."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

import msgspec

from pbtui.api.sanitize import safe_text
from pbtui.settings.decode import fields_of, is_table
from pbtui.settings.profiles import Profile, Settings


class Setting(NamedTuple):
    """A setting: its path in the file, and its value as the file would say it, `none` if there is none."""

    path: tuple[str, ...]
    value: str

    @property
    def name(self) -> str:
        """Its name with those of its tables, such as `profiles.test.kill.guard`."""
        return ".".join(self.path)


def settings_of(settings: Settings, profile: Profile) -> Iterator[Setting]:
    """The settings that count for a profile: those of the whole file, then its own.

    The programs and the file that secrets come from are left out: by mistake they may be the secret. Of the program for
    alerts only the name is there: its arguments may hold a secret, as the URL of a hook does.
    """
    yield from _of_table(settings, ())
    yield from _of_table(profile, ("profiles", profile.name))


def _of_table(table: msgspec.Struct, path: tuple[str, ...]) -> Iterator[Setting]:
    for name, hint in fields_of(type(table)).items():
        value = getattr(table, name)
        if is_table(hint):
            yield from _of_table(value, (*path, name))
        elif name not in ("profiles", "api_key_command", "api_key_file", "password_command"):
            shown = (value[0], "…") if name == "command" and len(value) > 1 else value
            yield Setting((*path, name), safe_text(_as_written(shown)))


def _as_written(value: object) -> str:
    if value is None or value == "":
        return "none"
    if isinstance(value, tuple):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        lines = [f"{name} = {json.dumps(line, ensure_ascii=False)}" for name, line in value.items()]
        return f"{{ {', '.join(lines)} }}" if lines else "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, Decimal | int | float) else json.dumps(str(value), ensure_ascii=False)
