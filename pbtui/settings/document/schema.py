"""The JSON schema of the settings file, for editors that check it while it is written."""

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from pbtui.settings.decode import Bounds, defaults_of, description_of, fields_of, is_table
from pbtui.settings.profiles import NAME, Environment, Profile, Settings

_IN_FILE: dict[Any, Any] = {
    Decimal: float,
    Path: str,
    Environment: Literal["production", "test"],
    str | None: str,
    Path | None: str,
}
"""The types that a file has in place of others: what is not set is not there."""


def settings_schema() -> dict[str, Any]:
    """The schema, from the structs that the settings are read into."""
    schema = msgspec.json.schema(_as_in_file(Settings))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of pbtui",
        **_with_patterns(schema),
    }


@cache
def _as_in_file(kind: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """The struct with the settings alone, in types that a file has."""
    defaults = defaults_of(kind)
    fields = [(name, _type(kind, name, hint), _default(name, defaults)) for name, hint in fields_of(kind).items()]
    return msgspec.defstruct(kind.__name__, fields, kw_only=True, forbid_unknown_fields=True)


def _type(kind: type[msgspec.Struct], name: str, hint: Any) -> Any:
    origin = hint.__origin__
    rules = [rule for rule in hint.__metadata__ if isinstance(rule, Meta)]
    rules += [Meta(ge=rule.least, le=rule.most) for rule in hint.__metadata__ if isinstance(rule, Bounds)]
    plain: Any = _IN_FILE.get(origin, origin)
    if is_table(hint):
        plain, rules = _as_in_file(origin), [Meta(description=description_of(hint))]
    elif kind is Settings and name == "profiles":
        named = Annotated[str, Meta(pattern=f"^{NAME.pattern}$")]
        plain = dict.__class_getitem__((named, _as_in_file(Profile)))
    described: Any = Annotated[(plain, *rules)]
    return described | UnsetType


def _default(name: str, defaults: dict[str, Any]) -> Any:
    """The default that the schema shows: none for an empty value, and for what follows from other settings."""
    value = defaults.get(name, msgspec.NODEFAULT)
    if isinstance(value, Decimal):
        return float(value)
    is_shown = value is msgspec.NODEFAULT or (isinstance(value, bool | int | float | str) and value != "")
    return value if is_shown else UNSET


def _with_patterns(schema: Any) -> Any:
    """The schema with its patterns in the form of JSON Schema, which has no flags: a pattern with flags is left out."""
    if isinstance(schema, list):
        return [_with_patterns(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: _with_patterns(value) for key, value in schema.items()}
    if isinstance(pattern := kept.get("pattern"), str):
        del kept["pattern"]
        if not pattern.startswith("(?"):
            kept["pattern"] = pattern.replace(r"\A", "^").replace(r"\Z", "$")
    return kept
