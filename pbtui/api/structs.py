"""`replace` for frozen values: a copy with other values in some fields."""

import dataclasses
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    # mypy checks the names and types of the fields of this one, also for structs; those of msgspec's are Any.
    from dataclasses import replace
else:

    def replace(value: Any, /, **changes: Any) -> Any:
        """Copy a struct or a dataclass with these changes."""
        if isinstance(value, msgspec.Struct):
            return msgspec.structs.replace(value, **changes)
        return dataclasses.replace(value, **changes)


__all__ = ["replace"]
