"""Values of the orders in the blotter, to complete what a trader types."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from pbtui.api.models import Order
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.time_format import delivery_text

_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SeenValue:
    """A value of an order in the blotter, with a note such as the delivery of a contract."""

    text: str
    note: str = ""


class SeenValues:
    """Values of the completed fields. Contracts are sorted by delivery, other values by how often they are used."""

    def __init__(self, orders: Sequence[Order], zone: ZoneInfo) -> None:
        by_delivery = sorted(orders, key=lambda order: order.delivery_start or _LAST)
        self._by_field: Mapping[str, Sequence[SeenValue]] = {
            "contract_id": _distinct(by_delivery, lambda order: _contract(order, order.contract_id, zone)),
            "contract_name": _distinct(by_delivery, lambda order: _contract(order, order.contract_name, zone)),
            "delivery_area": _by_use(orders, lambda order: SeenValue(area_name(order.delivery_area))),
            "portfolio_id": _by_use(orders, lambda order: SeenValue(order.portfolio_id or "")),
        }

    def find(self, field: str, text: str) -> SeenValue | None:
        """Return the seen value with this text."""
        return next((seen for seen in self._by_field.get(field, ()) if seen.text == text), None)

    def completion(self, field: str, text: str) -> SeenValue | None:
        """Return the first value that begins with the text, else one that starts then, else one that holds it.

        None if the text is itself a seen value.
        """
        if self.find(field, text) is not None:
            return None
        typed, values = text.strip().casefold(), self._by_field.get(field, ())
        begins = (seen for seen in values if seen.text.casefold().startswith(typed))
        starts = (seen for seen in values if typed in f"{_start(seen.text)} {_start(seen.note)}".casefold())
        holds = (seen for seen in values if typed in f"{seen.text} {seen.note}".casefold())
        return next(begins, None) or next(starts, None) or next(holds, None)


def _start(period: str) -> str:
    """The start of a delivery period such as `22 Nov 14:30-14:45`; another text as it is."""
    return period.partition("-")[0]


def _contract(order: Order, text: str | None, zone: ZoneInfo) -> SeenValue:
    return SeenValue(text or "", delivery_text(order.delivery_start, order.delivery_end, zone))


def _distinct(orders: Iterable[Order], value: Callable[[Order], SeenValue]) -> Sequence[SeenValue]:
    return tuple(dict.fromkeys(seen for seen in map(value, orders) if seen.text))


def _by_use(orders: Sequence[Order], value: Callable[[Order], SeenValue]) -> Sequence[SeenValue]:
    uses = Counter(seen for seen in map(value, orders) if seen.text)
    return tuple(seen for seen, _ in uses.most_common())
