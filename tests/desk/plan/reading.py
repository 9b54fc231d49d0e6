"""Files as texts, and what is read from them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from pbtui.desk.plan.csv_text import read_csv
from pbtui.desk.plan.wanted import Wanted, read_wanted
from pbtui.settings.profiles import Environment

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ENTRY = "side,quantity,price,delivery,delivery_area,portfolio_id"
H18 = "buy,5,62.5,2026-11-22 h18,AMP,P1"


def wanted(text: str, environment: Environment = Environment.TEST) -> Wanted:
    """What a CSV says is wanted."""
    records = read_csv(text)
    assert records.problems == []
    return read_wanted(records.rows, BERLIN, NOW, environment)


def problems(text: str) -> list[str]:
    """The problems of a CSV, of its lines and of its cells."""
    records = read_csv(text)
    return [*records.problems, *read_wanted(records.rows, BERLIN, NOW, Environment.TEST).problems]
