"""The lines of a settings file at which its tables and keys begin."""

import tomllib
from collections.abc import Iterator, Mapping

Path = tuple[str, ...]


def lines_of(text: str) -> Mapping[Path, int]:
    """The line of each table and key, by its path, such as ("profiles", "test", "base_url"). `text` is valid TOML.

    The text is read line by line: what a line adds to the document begins there, or where its value of several lines
    does.
    """
    found: dict[Path, int] = {}
    lines = text.replace("\r\n", "\n").split("\n")
    begins = 1
    for number in range(1, len(lines) + 1):
        try:
            document = tomllib.loads("\n".join(lines[:number]))
        except tomllib.TOMLDecodeError:
            continue  # a value goes on in the next line
        for path in _paths(document):
            found.setdefault(path, begins)
        begins = number + 1
    return found


def line_near(path: Path, lines: Mapping[Path, int]) -> int | None:
    """The line of a key; of one that is missing, the line of the table that it belongs to; None without that too."""
    return next((lines[path[:length]] for length in range(len(path), 0, -1) if path[:length] in lines), None)


def _paths(table: Mapping[str, object], path: Path = ()) -> Iterator[Path]:
    for key, value in table.items():
        yield (*path, key)
        if isinstance(value, dict):
            yield from _paths(value, (*path, key))
