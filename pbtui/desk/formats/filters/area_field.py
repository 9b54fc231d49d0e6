"""The field of delivery areas. A code has the letters of other areas' names: Serbia's, `10YCS-SERBIATSOV`, has AT."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.filters.terms import AnyRow, Scene, Term, TextField, Typed, kept
from pbtui.settings.areas import AREAS, area_code


@dataclass(frozen=True, slots=True)
class AreaField(TextField[AnyRow]):
    """A field with the code of an area."""

    def term(self, typed: Typed, scene: Scene) -> Term[AnyRow]:
        """Return the term: after `:`, a short name is that area and no other one.

        Anything else is a part of a short name, or the beginning of a code.
        """
        if typed.operator != ":":
            return TextField.term(self, typed, scene)
        tests = [_test_of(value) for value in typed.values]
        return Term(kept(lambda code: any(test(code) for test in tests), self.read))


def _test_of(text: str) -> Callable[[str], bool]:
    wanted = text.casefold()
    if (named := area_code(text)) in AREAS:
        return lambda code: code == named
    return lambda code: code.casefold().startswith(wanted) or (code in AREAS and wanted in area_name(code).casefold())


def words_of_area(code: str | None) -> Sequence[str]:
    """Return the texts of an area for `=` and `~`: its code, and its short name if it has one."""
    return tuple(dict.fromkeys((code, area_name(code)))) if code else ()
