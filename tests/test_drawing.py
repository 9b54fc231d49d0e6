"""The drawing of the rooms shows each import, along an arrow or along a way of arrows."""

from grimp import ImportGraph

from tests.drawing import arrows_between, drawing, reach, without_short_cuts


def a_graph(*imports: tuple[str, str]) -> ImportGraph:
    graph = ImportGraph()
    for importer, imported in imports:
        for module in (importer, imported):
            for end in range(1, module.count(".") + 2):
                graph.add_module(".".join(module.split(".")[:end]))
        graph.add_import(importer=importer, imported=imported)
    return graph


def test_imports_of_modules_are_arrows_between_rooms() -> None:
    graph = a_graph(
        ("pbtui.desk.kill.run", "pbtui.desk.formats.areas"), ("pbtui.desk.kill.run", "pbtui.desk.kill.plan")
    )
    assert arrows_between(graph, "pbtui.desk") == {("pbtui.desk.kill", "pbtui.desk.formats")}


def test_imports_from_outside_the_package_are_not_drawn() -> None:
    graph = a_graph(("pbtui.desk.kill.run", "pbtui.api.models"))
    assert arrows_between(graph, "pbtui.desk") == set()


def test_an_arrow_that_a_longer_way_implies_is_left_out() -> None:
    arrows = {("a", "b"), ("b", "c"), ("c", "d"), ("a", "c"), ("a", "d")}
    assert without_short_cuts(arrows) == {("a", "b"), ("b", "c"), ("c", "d")}
    assert reach(without_short_cuts(arrows), "a") == reach(arrows, "a")


def test_rooms_and_files_are_distinguished() -> None:
    graph = a_graph(("pbtui.desk.view", "pbtui.desk.kill.run"))
    assert drawing(graph, "pbtui.desk").splitlines() == [
        "```mermaid",
        "graph TD",
        '    desk_kill["kill/"]',
        '    desk_view["view.py"]',
        "    desk_view --> desk_kill",
        "```",
    ]
