"""The document for a command: what it says, and that no text of the server makes it too long or unsafe."""

import json
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from pbtui.desk.alerts.alert import Alert, AlertedOrder
from pbtui.desk.alerts.document import MOST_BYTES, document
from pbtui.desk.formats.news import News, Weight
from pbtui.settings.alerts import AlertKind
from pbtui.settings.profiles import Profile
from tests.orders import DELIVERY_START, an_order

PROFILE = Profile(name="own", base_url="https://h.example/acme/epex/v2/api")
BERLIN = ZoneInfo("Europe/Berlin")
HOSTILE = "\x1b]0;\x07\x00\u202e\ud800$(rm -rf ~)\n" * 1000


def test_it_names_the_profile_and_each_alert_with_its_orders() -> None:
    news = News("FILLED at 14:00:00 UTC", Weight.NOTABLE, at=DELIVERY_START)
    filled = AlertedOrder(an_order("7"), Decimal("2.5"), Decimal("44.10"))
    written = json.loads(document([Alert.of(AlertKind.FILL, [news], [filled])], PROFILE, BERLIN))
    (alert,) = written.pop("alerts")
    assert written == {"profile": "own", "exchange": "epex", "environment": "production", "alert_count": 1}
    (order,) = alert.pop("orders")
    assert alert == {
        "kind": "fill",
        "weight": "notable",
        "at": "2026-11-22T14:00:00Z",
        "text": "FILLED at 15:00:00 CET",
        "order_count": 1,
    }
    assert order == {
        "order_id": "7",
        "side": "BUY",
        "price": "45.10",
        "open_mw": "5",
        "traded_mw": "2.5",
        "traded_price": "44.10",
        "delivery_start": "2026-11-22T14:00:00Z",
        "delivery_end": "2026-11-22T15:00:00Z",
        "contract": "20261122 15:00-20261122 16:00",
        "delivery_area": "10YDE-RWENET---I",
        "portfolio_id": "P1",
        "state": "ACTI",
        "action": "UADD",
    }


@pytest.mark.parametrize("text", [HOSTILE, "😀" * 1000], ids=["controls", "wide letters"])
def test_hostile_texts_are_safe_and_a_storm_is_cut(text: str) -> None:
    order = AlertedOrder(an_order("7", contract_name=text, delivery_area=text, portfolio_id=text))
    storm = [Alert.of(AlertKind.FILL, [News(text, Weight.NOTABLE)], [order] * 5000)] * 200
    for alerts in storm[:1], storm:
        written = document(alerts, PROFILE, BERLIN)
        assert len(written) <= MOST_BYTES
        facts = json.loads(written)
        assert facts["alert_count"] == len(alerts)
        first = facts["alerts"][0]
        assert first["order_count"] == 5000
        texts = [first["text"], *(value for each in first["orders"] for value in each.values() if value is not None)]
        assert all(each.isprintable() for each in texts)
    assert json.loads(document(storm[:1], PROFILE, BERLIN))["alerts"][0]["orders"]
