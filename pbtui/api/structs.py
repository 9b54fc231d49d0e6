"""`replace` for msgspec structs: a copy with other values in some fields."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # mypy checks the names and types of the fields of this one, also for structs; those of msgspec's are Any.
    from dataclasses import replace
else:
    from msgspec.structs import replace

__all__ = ["replace"]
