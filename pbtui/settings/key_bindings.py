"""The configurable keys of the desk."""

from typing import Annotated

from msgspec import Meta, Struct

from pbtui.settings.decode import check_fields

_FUNCTION_KEY = r"\s*(?:(?:alt|ctrl|shift)\+)*f(?:[1-9]|1[0-9]|2[0-4])\s*"


class KeySettings(Struct, frozen=True, kw_only=True):
    """The table `[keys]`. Raises ValueError for invalid values.

    Only function keys are allowed, because all other keys are also used for typing.
    """

    kill: Annotated[
        str,
        Meta(
            pattern=rf"(?ai)\A{_FUNCTION_KEY}(?:,{_FUNCTION_KEY})*\Z",
            description='a function key from f1 to f24 in quotes, such as "f8" or "f8,ctrl+f9"; other keys '
            "are refused, because they are also used for typing",
        ),
    ] = "f9"

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def kill_keys(self) -> tuple[str, ...]:
        """The kill keys by the names that Textual gives them, without duplicates."""
        named = [name.strip().split("+") for name in self.kill.lower().split(",")]
        return tuple(dict.fromkeys("+".join([*sorted(set(modifiers)), key]) for *modifiers, key in named))
