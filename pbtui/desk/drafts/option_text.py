"""The options of a request as texts: as a trader types them, and as a form starts with them.

They are known by their names in WriteOptions. A text without anything in it leaves the option to the server.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from pbtui.api.models import ExecutionInstruction
from pbtui.desk.drafts.field_text import TextRefused, chosen, is_given
from pbtui.desk.tickets.ticket import WriteOptions

OPTION_FIELDS = tuple(field.name for field in fields(WriteOptions))

_YES_OR_NO: Mapping[Any, tuple[str, ...]] = {True: ("yes", "true"), False: ("no", "false")}
_INSTRUCTIONS: Mapping[Any, tuple[str, ...]] = {
    ExecutionInstruction.NONE: ("independent",),
    ExecutionInstruction.VALID: ("all valid",),
    ExecutionInstruction.LNKD: ("linked",),
}


@dataclass(frozen=True, slots=True)
class OptionsReading:
    """The options that were typed, or why there are none: option -> problem. `values` is what could be read of them."""

    options: WriteOptions | None
    problems: Mapping[str, str]
    values: Mapping[str, Any]


def read_options(texts: Mapping[str, str]) -> OptionsReading:
    """The options in these texts; texts that are no option's are left alone."""
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name in OPTION_FIELDS:
        text = texts.get(name, "")
        try:
            if is_given(text):
                values[name] = chosen(_choices(name), text)
        except TextRefused as refused:
            problems[name] = str(refused)
    given = {**dict.fromkeys(OPTION_FIELDS), **values}
    return OptionsReading(None if problems else WriteOptions(**given), problems, values)


def option_texts(options: WriteOptions) -> dict[str, str]:
    """The texts that give these options."""
    return {name: _text(getattr(options, name)) for name in OPTION_FIELDS}


def _choices(name: str) -> Mapping[Any, tuple[str, ...]]:
    return _INSTRUCTIONS if name == "exec_instruction" else _YES_OR_NO


def _text(value: object) -> str:
    if value is None:
        return ""
    return value.value if isinstance(value, StrEnum) else ("yes" if value else "no")
