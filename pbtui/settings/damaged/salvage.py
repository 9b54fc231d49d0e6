"""Finds the tables of one profile in a settings file with problems, for a kill, also if the file is not TOML.

The tables are used as they stand, or not at all. A lost or an added line may have moved the end of a table. So a
profile is refused if a line behind its tables could belong to them, or one in them to another table.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from pbtui.settings.alerts import AlertSettings
from pbtui.settings.kill import KillSettings
from pbtui.settings.limits import Limits
from pbtui.settings.profiles import Profile

PROFILE_KEYS = frozenset(Profile.__struct_fields__) - {"name", "team", "file"}
KILL_KEYS, LIMITS_KEYS, ALERT_KEYS = (
    frozenset(kind.__struct_fields__) for kind in (KillSettings, Limits, AlertSettings)
)
SCOPE_KEYS = ("portfolios", "delivery_areas", "products")
KEYS_OF_OTHERS = {
    "": KILL_KEYS - PROFILE_KEYS - set(SCOPE_KEYS),
    "kill": PROFILE_KEYS - KILL_KEYS - set(SCOPE_KEYS),
    "limits": (PROFILE_KEYS | KILL_KEYS) - set(SCOPE_KEYS),
    "alerts": (PROFILE_KEYS | KILL_KEYS) - set(SCOPE_KEYS),
    "presets": PROFILE_KEYS | KILL_KEYS,
}
"""Keys that stand in another table of a profile, by the name of the table below the profile."""

_KEY = re.compile(r"""\s*["']?([A-Za-z0-9_-]+)["']?\s*[.=]""")
_MARKER = re.compile(r"(<<<<<<<|\|\|\|\|\|\|\||=======|>>>>>>>)(\s|$)")
_MARKERS_IN_ORDER = re.compile(r"(<\|?=>)*")


class Unclear(Exception):
    """Raised if it is not clear which lines belong to the profile. The message is the reason."""


class Section(NamedTuple):
    """A table as it stands: its path, empty before the first header, and its lines with the header."""

    path: tuple[str, ...]
    lines: Sequence[str]
    first_line: int

    @property
    def keys(self) -> list[str]:
        """The first part of each line that looks like a key."""
        return [found[1] for line in self.lines if (found := _KEY.match(line))]

    def parsed(self) -> Mapping[str, Any] | None:
        """The section alone as TOML; None if it is not."""
        return _parsed("\n".join(self.lines))


def sections(text: str) -> list[Section]:
    """The sections of a file, in the order of their lines. Raises Unclear where a header may be no header."""
    if '"""' in text or "'''" in text:
        raise Unclear("a text of several lines may hold lines that look like tables")
    lines = text.replace("\r\n", "\n").split("\n")
    starts = [(0, ()), *((index, path) for index, line in enumerate(lines) if (path := _header(line)))]
    ends = [*(start for start, _ in starts[1:]), len(lines)]
    return [Section(path, lines[start:end], start + 1) for (start, path), end in zip(starts, ends, strict=True)]


def salvaged(found: Sequence[Section], name: str) -> Mapping[str, Any]:
    """The tables of a profile, and that of the team store, in a file that is not TOML as a whole. Raises Unclear."""
    own = [section for section in found if section.path[:2] == ("profiles", name)]
    if not own:
        raise Unclear(f"there is no table [profiles.{name}] in it")
    table = _parsed("\n".join("\n".join(section.lines) for section in own))
    if table is None:
        raise Unclear(f"the tables of profile {name} are damaged themselves")
    if any(section.path not in _tables(name) for section in own):
        raise Unclear(f"profile {name} has a table with an unknown name")
    for section in found:
        if section.path in ((), ("profiles",)) and _may_define(section, name):
            raise Unclear(f"line {section.first_line} and those below may also define profile {name}")
    _check_markers(found, own)
    return {"profiles": table["profiles"], **_team(found)}


def _team(found: Sequence[Section]) -> Mapping[str, Any]:
    own = [section for section in found if section.path == ("team",)]
    return (own[0].parsed() or {}) if len(own) == 1 else {}


def names_store(found: Sequence[Section]) -> bool:
    """Return whether a line may name a team store."""
    return any(section.path[:1] == ("team",) or {"team", "store"} & {*section.keys} for section in found)


def check_ends(found: Sequence[Section], name: str) -> None:
    """Raise Unclear if lines below another header may belong to the profile, or lines below its own to another one."""
    is_open = False
    for before, section in pairwise([found[0], *found]):
        if section.path == ("profiles", name) and _lacks_url(before):
            raise Unclear(f"the lines from {section.first_line} on may belong to profile {before.path[1]}")
        if section.path in _tables(name):
            is_open = True
        elif is_open and _may_be_the_rest(section):
            raise Unclear(f"the lines from {section.first_line} on may belong to profile {name}")
        elif _is_profile(section) and not _lacks_url(section):
            is_open = False


def default_profile(found: Sequence[Section]) -> object:
    """The default profile that the lines before the first table name; None if they name none or are damaged."""
    return (found[0].parsed() or {}).get("default_profile")


def _tables(name: str) -> Iterator[tuple[str, ...]]:
    yield from (("profiles", name, *below) for below in ((), ("limits",), ("kill",), ("alerts",), ("presets",)))


def _header(line: str) -> tuple[str, ...]:
    """The path of a header, empty if the line is none. The path of a header of a list ends in an empty name."""
    if not line.lstrip().startswith("["):
        return ()
    inner: Any = _parsed(line)
    path: list[str] = []
    while isinstance(inner, dict) and inner:
        [(key, inner)] = inner.items()
        path.append(key)
    return (*path, *[""] * isinstance(inner, list))


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _may_be_the_rest(section: Section) -> bool:
    """Return whether the header of a section may have been put into the middle of a profile's table.

    The rest of a table never has the profile's base_url: without it before the header the profile is refused.
    """
    keys = section.keys
    if _lacks_url(section):
        return bool(keys)
    if _is_profile(section):
        return section.parsed() is None and any(key in SCOPE_KEYS for key in keys[: keys.index("base_url")])
    below: Mapping[tuple[str, ...], frozenset[str]] = {("limits",): LIMITS_KEYS, ("alerts",): ALERT_KEYS}
    allowed = {"kill"} if section.path == ("keys",) else below.get(section.path[2:], frozenset())
    return any(key in PROFILE_KEYS | KILL_KEYS | LIMITS_KEYS | ALERT_KEYS and key not in allowed for key in keys)


def _is_profile(section: Section) -> bool:
    return len(section.path) == 2 and section.path[0] == "profiles"


def _lacks_url(section: Section) -> bool:
    return _is_profile(section) and "base_url" not in section.keys


def _may_define(section: Section, name: str) -> bool:
    """Return whether the lines before the first table, or the table [profiles], also have keys of the profile."""
    table = section.parsed()
    if table is None:
        return any(key in ("profiles", name) for key in section.keys)
    inner = table.get("profiles") if section.path == () else table["profiles"]
    return inner is not None and (section.path == () or name in inner)


def _check_markers(found: Sequence[Section], own: Sequence[Section]) -> None:
    """Raise Unclear if a table of the profile may stand on one side of a merge conflict."""
    seen = ""
    for section in found:
        if section in own and seen.count("<") != seen.count(">"):
            raise Unclear("a table of the profile stands in a merge conflict")
        seen += "".join(mark[1][0] for line in section.lines if (mark := _MARKER.match(line)))
    if not _MARKERS_IN_ORDER.fullmatch(seen):
        raise Unclear("the marks of a merge conflict are not complete")
