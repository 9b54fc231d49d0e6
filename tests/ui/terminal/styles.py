"""The styles of Textual as the tests read them: each source once, not in each application."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from textual.css.stylesheet import Stylesheet


@contextmanager
def styles_parsed_once() -> Iterator[None]:
    """Parse a source of styles once for all applications with the same colours, for as long as the block lasts."""
    parse = Stylesheet._parse_rules
    parsed: dict[tuple[object, ...], Any] = {}

    def parse_once(sheet: Stylesheet, css: str, **source: Any) -> Any:
        key = (css, *source.items(), frozenset(sheet._variables.items()))
        if key not in parsed:
            parsed[key] = parse(sheet, css, **source)
        return parsed[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", parse_once)
        yield
