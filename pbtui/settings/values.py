"""What the value of a setting must be: one check for each kind, and a dataclass field that knows its own.

Settings are plain dataclasses and not pydantic models: they are read before the first frame is drawn, and importing
pydantic takes longer than all the rest that frame needs of ours.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, field, fields
from decimal import Decimal
from enum import StrEnum
from math import isfinite
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_LIST_ENTRY = re.compile(r"[^\s,]+")

Check = Callable[[Any], Any]
"""Returns the value as the setting holds it, or raises WrongValue."""


class WrongValue(ValueError):
    """A value that is not what it must be; its message, if any, says more than what it must be."""


def setting(must_be: str, check: Check, **default: Any) -> Any:
    """A dataclass field with a check; `must_be` completes the fault "<key>: must be …"."""
    return field(**default, metadata={"must_be": must_be, "check": check})


def names_of(kind: type) -> set[str]:
    """The names of that dataclass's settings."""
    return {each.name for each in fields(kind) if "check" in each.metadata}


def check_values(kind: type, values: Mapping[str, object]) -> tuple[dict[str, Any], dict[str, str]]:
    """The values as that dataclass holds them, and why others were refused or are missing, by name."""
    taken: dict[str, Any] = {}
    refused: dict[str, str] = {}
    for each in fields(kind):
        if "check" not in each.metadata:
            continue
        if each.name in values:
            try:
                taken[each.name] = each.metadata["check"](values[each.name])
            except WrongValue as error:
                refused[each.name] = str(error) or f"must be {each.metadata['must_be']}"
        elif each.default is MISSING and each.default_factory is MISSING:
            refused[each.name] = f"is missing; it must be {each.metadata['must_be']}"
    return taken, refused


def hold_checked(settings: object) -> None:
    """Put the values of a frozen dataclass of settings in the form it holds them in.

    For its `__post_init__`. Raises ValueError for what is not what it must be.
    """
    taken, refused = check_values(type(settings), vars(settings))
    if refused:
        raise ValueError("; ".join(f"{name}: {reason}" for name, reason in refused.items()))
    for name, value in taken.items():
        object.__setattr__(settings, name, value)


def optional(check: Check) -> Check:
    """The check of a setting that code may leave out; a file can't say None."""
    return lambda value: None if value is None else check(value)


def text(value: object) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value:
        raise WrongValue
    return value


def texts(value: object) -> tuple[str, ...]:
    """A list of texts of which none is empty."""
    if not isinstance(value, list | tuple):
        raise WrongValue
    return tuple(text(entry) for entry in value)


def one_of(words: type[StrEnum]) -> Check:
    """One of these words."""

    def check(value: object) -> StrEnum:
        if value not in tuple(words):
            raise WrongValue
        return words(str(value))

    return check


def matching(pattern: re.Pattern[str]) -> Check:
    """A text of that form."""

    def check(value: object) -> str:
        if not pattern.fullmatch(text(value)):
            raise WrongValue
        return text(value)

    return check


def checked_by(check: Callable[[str], str]) -> Check:
    """A text that passes a check of somebody else's, whose ValueError completes "<key> …"."""

    def rechecked(value: object) -> str:
        try:
            return check(text(value))
        except WrongValue:
            raise
        except ValueError as error:
            raise WrongValue(str(error)) from None

    return rechecked


def ids(value: object) -> tuple[str, ...]:
    """A list of ids. A comma would make one of them two on the wire, and an empty one could mean all."""
    if not isinstance(value, list | tuple):
        raise WrongValue
    if not all(isinstance(entry, str) and _LIST_ENTRY.fullmatch(entry) for entry in value):
        raise WrongValue
    return tuple(value)


def yes_or_no(value: object) -> bool:
    """True or false, and nothing that is like one of them."""
    if not isinstance(value, bool):
        raise WrongValue
    return value


def seconds(least: float, most: float) -> Check:
    """A number of seconds within these bounds."""

    def check(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise WrongValue
        return float(value)

    return check


def number(least: int | Decimal, most: int | Decimal) -> Check:
    """A number within these bounds, as the Decimal that was written."""

    def check(value: object) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not isfinite(value):
            raise WrongValue
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        if not least <= number <= most:
            raise WrongValue
        return number

    return check


def whole_number(least: int, most: int) -> Check:
    """A whole number within these bounds."""

    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise WrongValue
        return value

    return check


def time_zone(value: object) -> str:
    """The name of a time zone that is known here."""
    name = text(value)
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise WrongValue("must be a known time zone, such as Europe/Berlin") from None
    return name


def readable_file(value: object) -> Path:
    """The path of a file that can be read."""
    if not isinstance(value, Path):
        raise WrongValue
    try:
        value.open("rb").close()
    except OSError as error:
        hint = "a relative path counts from the settings file's folder"
        raise WrongValue(f"names a file that can't be read ({error.strerror}); {hint}") from None
    return value
