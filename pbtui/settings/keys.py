"""The keys of the desk that can be chosen."""

import re
from dataclasses import dataclass

from pbtui.settings.values import WrongValue, hold_checked, setting, text

_FUNCTION_KEY = re.compile(r"((?:(?:alt|ctrl|shift)\+)*)(f(?:[1-9]|1[0-9]|2[0-4]))")


def _function_keys(value: object) -> tuple[str, ...]:
    """Function keys under the names a terminal's input is read as; no other key is safe in the middle of typing."""
    named = value if isinstance(value, tuple) else text(value).split(",")
    keys = []
    for name in named:
        found = _FUNCTION_KEY.fullmatch(text(name).strip().lower())
        if found is None:
            raise WrongValue
        modifiers = sorted({part for part in found[1].split("+") if part})
        keys.append("+".join([*modifiers, found[2]]))
    return tuple(dict.fromkeys(keys))


@dataclass(frozen=True, kw_only=True)
class KeySettings:
    """The table `[keys]`. Raises ValueError for values that can't be."""

    kill: tuple[str, ...] = setting(
        'a function key from f1 to f24 in quotes, such as "f8" or "f8,ctrl+f9": any other key may be typed',
        _function_keys,
        default=("f9",),
    )

    def __post_init__(self) -> None:
        hold_checked(self)
