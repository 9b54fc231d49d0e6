"""The configurable keys of the desk and its dialogs."""

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta, Struct, field

from pbtui.settings.decode import check_fields

_FUNCTION_KEY = r"\s*(?:(?:alt|ctrl|shift)\+)*\^?f(?:[1-9]|1[0-9]|2[0-4])\s*"


KeysOfRoom = Annotated[Mapping[str, str], Meta(description='keys by action, such as order.add = "n"; none for no key')]


class KeySettings(Struct, frozen=True, kw_only=True):
    """The table `[keys]`. Raises ValueError for invalid values.

    As the kill key only function keys are allowed, because all other keys are also used for typing. The other fields
    hold the keys of actions, by the parts of their ids; `ui/help/own_keys.py` knows the ids.
    """

    kill: Annotated[
        str,
        Meta(
            pattern=rf"(?ai)\A{_FUNCTION_KEY}(?:,{_FUNCTION_KEY})*\Z",
            description='a function key from f1 to f24 in quotes, such as "f8" or "f8,ctrl+f9"; other keys '
            "are refused, because they are also used for typing",
        ),
    ] = "f9"
    app: KeysOfRoom = field(default_factory=dict)
    desk: KeysOfRoom = field(default_factory=dict)
    order: KeysOfRoom = field(default_factory=dict)
    table: KeysOfRoom = field(default_factory=dict)
    pane: KeysOfRoom = field(default_factory=dict)
    palette: KeysOfRoom = field(default_factory=dict)
    kill_prompt: KeysOfRoom = field(default_factory=dict)
    preview: KeysOfRoom = field(default_factory=dict)
    line: KeysOfRoom = field(default_factory=dict)
    form: KeysOfRoom = field(default_factory=dict)
    entry: KeysOfRoom = field(default_factory=dict)
    bulk: KeysOfRoom = field(default_factory=dict)
    conflict: KeysOfRoom = field(default_factory=dict)
    basket: KeysOfRoom = field(default_factory=dict)
    restore: KeysOfRoom = field(default_factory=dict)
    tickets: KeysOfRoom = field(default_factory=dict)
    copy: KeysOfRoom = field(default_factory=dict)
    depth: KeysOfRoom = field(default_factory=dict)
    exposure: KeysOfRoom = field(default_factory=dict)
    columns: KeysOfRoom = field(default_factory=dict)
    sort: KeysOfRoom = field(default_factory=dict)
    views: KeysOfRoom = field(default_factory=dict)
    news: KeysOfRoom = field(default_factory=dict)
    handover: KeysOfRoom = field(default_factory=dict)
    quit: KeysOfRoom = field(default_factory=dict)
    prompt: KeysOfRoom = field(default_factory=dict)
    help: KeysOfRoom = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def of_actions(self) -> Mapping[str, str]:
        """The keys that the file gives to actions, by the ids of these."""
        rooms = [room for room in self.__struct_fields__ if room != "kill"]
        return {f"{room}.{name}": keys for room in rooms for name, keys in getattr(self, room).items()}

    @property
    def kill_keys(self) -> tuple[str, ...]:
        """The kill keys by the names that Textual gives them, without duplicates. `^` is printed for ctrl."""
        named = [name.strip().replace("^", "ctrl+").split("+") for name in self.kill.lower().split(",")]
        return tuple(dict.fromkeys("+".join([*sorted(set(modifiers)), key]) for *modifiers, key in named))
