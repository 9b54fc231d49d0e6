"""The pane of the open desks names those who are there, or says that it is not known."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from pbtui.api.structs import replace
from pbtui.desk.blotter.link import Link
from pbtui.desk.team.presence import OtherDesk
from pbtui.desk.team.skew import Skew
from pbtui.desk.view import DeskView
from pbtui.ui.dialogs.team_pane import TeamPane
from tests.ui.dialogs.prompt_under_test import SIMULATION

BERLIN = ZoneInfo("Europe/Berlin")
TESS = OtherDesk("d1", "tess", "north", "prod", is_trading=True, since=datetime(2026, 11, 22, 12, 5, 9, tzinfo=UTC))
VIEW = DeskView(link=Link(2.0))


def text_of(view: DeskView, width: int = 100) -> list[str]:
    pane = TeamPane(SIMULATION, view, BERLIN)
    sentences = [text for text, _ in pane.head() if text]
    return [sentences[0], *("".join(text for text, _ in line) for line in pane.body(width))]


def test_each_desk_is_named_with_its_mode_and_its_orders_in_a_form() -> None:
    editing = replace(TESS, desk="d2", is_trading=False, orders=("1", "2", "3", "4"), order_count=300)
    assert text_of(replace(VIEW, others=(TESS,))) == [
        "1 other desk of the team is open",
        " tess on north",
        "   profile prod, trading, since 2026-11-22 13:05:09 CET",
    ]
    first, *_, last = text_of(replace(VIEW, others=(TESS, editing)))
    assert first == "2 other desks of the team are open"
    assert last == "   profile prod, read-only, since 2026-11-22 13:05:09 CET, 300 orders in a form: 1 2 3 …"
    assert max(map(len, text_of(replace(VIEW, others=(TESS, editing)), 40)[1:])) <= 40


def test_the_difference_of_the_clocks_is_shown() -> None:
    pane = TeamPane(SIMULATION, replace(VIEW, others=(), team_skew=Skew(0.25, 0.001)), BERLIN)
    assert "Clocks: this host is 0.250 s ahead of the store, ± 0.001 s." in [text for text, _ in pane.head()]


def test_nobody_there_and_not_known_are_two_things() -> None:
    assert text_of(replace(VIEW, others=())) == ["No other desk of the team is open"]
    assert text_of(replace(VIEW, team_problem="The team store is unreachable")) == ["Who is there is not known"]
