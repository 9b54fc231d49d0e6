"""The line below the filter while it is typed: the terms that fit, or what is wrong, below the place of the fault."""

from typing import Any

from pbtui.desk.formats.filters.hints import hint
from pbtui.desk.formats.filters.language import FilterError, FilterFields
from pbtui.ui.widgets.lines import TextLines

_MARK = "^ "


class FilterHelp(TextLines):
    """Shows the help for the filter that is typed; hidden otherwise."""

    def __init__(self) -> None:
        super().__init__(id="filter-help")

    def explain(self, fields: FilterFields[Any], text: str, cursor: int, error: FilterError | None) -> None:
        """Show the help for this text."""
        found = hint(fields, text, cursor, error)
        role = "bad" if found.is_error else "label"
        if found.start is None:
            line, between = found.words, "   "
            while len(line) > self.text_width and between in line:
                line = line.rpartition(between)[0]
        else:
            room = max(self.text_width - len(_MARK) - len(found.words), 0)
            line = " " * min(found.start, room) + _MARK + found.words
        self.show([[(line, role)]])
