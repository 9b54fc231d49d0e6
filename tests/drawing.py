"""The drawing of the rooms in docs/architecture.md, made from the imports: `python -m tests.drawing`.

It replaces what stands between the two markers of the page. With `--check` it changes nothing and fails if the page
is stale.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import grimp

from tests.page import keep_current

PAGE = Path(__file__).parents[1] / "docs" / "architecture.md"
BEGIN, END = "<!-- drawn by python -m tests.drawing: begin -->", "<!-- drawn by python -m tests.drawing: end -->"
HOUSES = ("pbtui", "pbtui.desk", "pbtui.ui", "pbtui.simulator")
LEFT_OUT = "pbtui.__main__"

Arrow = tuple[str, str]


def arrows_between(graph: grimp.ImportGraph, house: str) -> set[Arrow]:
    """Which child of the house imports which other one. A child is a room, or a file that stands beside the rooms."""
    depth = house.count(".") + 2
    importing = [module for module in graph.find_descendants(house) if module != LEFT_OUT]
    pairs = {(child(module, depth), child(imported, depth)) for module, imported in imports(graph, importing)}
    return {pair for pair in pairs if pair[0] != pair[1] and pair[1].startswith(f"{house}.")}


def imports(graph: grimp.ImportGraph, importing: list[str]) -> Iterator[Arrow]:
    for module in importing:
        for imported in graph.find_modules_directly_imported_by(module):
            yield module, imported


def child(module: str, depth: int) -> str:
    return ".".join(module.split(".")[:depth])


def without_short_cuts(arrows: set[Arrow]) -> set[Arrow]:
    """Drop each arrow that a longer way along other arrows implies. The arrows must have no circle."""
    return {
        (above, below)
        for above, below in arrows
        if not any(middle != below and below in reach(arrows, middle) for start, middle in arrows if start == above)
    }


def reach(arrows: set[Arrow], start: str) -> set[str]:
    """All that can be reached from there."""
    found, ahead = set[str](), [start]
    while ahead:
        below = {end for begin, end in arrows if begin == ahead[-1]} - found
        ahead.pop()
        found |= below
        ahead += below
    return found


def drawing(graph: grimp.ImportGraph, house: str) -> str:
    """The house as a Mermaid graph: its children, and an arrow from each to what it imports."""
    arrows = without_short_cuts(arrows_between(graph, house))
    children = sorted(name for name in graph.find_children(house) if name != LEFT_OUT)
    is_room = {name: bool(graph.find_children(name)) for name in children}
    nodes = [f'    {node(name)}["{label(name, is_room=is_room[name])}"]' for name in children]
    return "\n".join(
        ["```mermaid", "graph TD", *nodes, *sorted(f"    {node(a)} --> {node(b)}" for a, b in arrows), "```"]
    )


def node(name: str) -> str:
    return name.removeprefix("pbtui.").replace(".", "_")


def label(name: str, *, is_room: bool) -> str:
    last = name.rpartition(".")[2]
    return f"{last}/" if is_room else f"{last}.py"


def drawings() -> str:
    """All drawings, as they belong between the markers."""
    graph = grimp.build_graph("pbtui", cache_dir=None)
    return "\n\n".join(f"Inside `{house.replace('.', '/')}/`:\n\n{drawing(graph, house)}" for house in HOUSES)


def main() -> int:
    """Write the drawings into the page, or with `--check` compare them with it."""
    stale = "docs/architecture.md does not show the imports of today. Run: python -m tests.drawing"
    return keep_current(PAGE, BEGIN, END, drawings(), stale)


if __name__ == "__main__":
    sys.exit(main())
