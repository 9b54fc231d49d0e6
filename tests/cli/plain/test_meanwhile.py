"""What a plain session says between its questions."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from pbtui.cli.plain.meanwhile import Meanwhile
from pbtui.desk.blotter.events import OrderNews
from pbtui.desk.blotter.link import Link
from pbtui.desk.formats.time_format import UTC_ZONE
from pbtui.desk.view import DeskView
from pbtui.settings.alerts import AlertKind, AlertSettings
from tests.orders import an_order

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FILL = OrderNews("1", an_order("1", action="PEXE", quantity=2), Decimal(3), Decimal(5), number=1)
PRICED = replace(FILL, number=2, traded_price=Decimal(44), repeats=1)
NEXT = replace(FILL, number=3)


@pytest.mark.parametrize("without", [(), (AlertKind.FILL,)], ids=["at a question", "while watching"])
def test_a_fill_is_said_once_also_when_its_price_comes_later(without: tuple[AlertKind, ...]) -> None:
    meanwhile = Meanwhile(AlertSettings(), UTC_ZONE)
    view = DeskView(Link(2.0, read_s=0.0))
    meanwhile.take(view, NOW, 0.0)
    said = meanwhile.take(replace(view, events=(FILL,)), NOW, 1.0, without=without)
    assert len(said) == (0 if without else 1)
    priced = replace(view, events=(replace(FILL, traded_price=Decimal(44)), PRICED))
    assert meanwhile.take(priced, NOW, 2.0) == []
    (again,) = meanwhile.take(replace(view, events=(FILL, PRICED, NEXT)), NOW, 3.0)
    assert again.startswith("PART FILLED ▲ BUY 3.0 MW at 45.10 or better")
