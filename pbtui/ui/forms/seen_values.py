"""Values of the orders in the blotter and of the exchange's contracts, to complete what a trader types."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from pbtui.api.models import Order
from pbtui.api.reads.contracts import ContractItem
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.time_format import delivery_text

_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SeenValue:
    """A value of an order in the blotter or of a contract, with a note such as the delivery of a contract."""

    text: str
    note: str = ""


class SeenValues:
    """Values of the completed fields. Contracts are sorted by delivery, other values by how often they are used.

    The contracts of orders come before those that no order has.
    """

    def __init__(self, orders: Sequence[Order], zone: ZoneInfo, contracts: Sequence[ContractItem] = ()) -> None:
        by_delivery = sorted(orders, key=lambda order: order.delivery_start or _LAST)
        listed = sorted(contracts, key=lambda contract: contract.delivery_start or _LAST)
        self._by_field: Mapping[str, Sequence[SeenValue]] = {
            "contract_id": _distinct(
                *(_contract(order, order.contract_id, zone) for order in by_delivery),
                *(_contract(contract, contract.contract_id, zone) for contract in listed),
            ),
            "contract_name": _distinct(
                *(_contract(order, order.contract_name, zone) for order in by_delivery),
                *(_contract(contract, contract.name, zone) for contract in listed),
            ),
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


def _contract(known: Order | ContractItem, text: str | None, zone: ZoneInfo) -> SeenValue:
    return SeenValue(text or "", delivery_text(known.delivery_start, known.delivery_end, zone))


def _distinct(*values: SeenValue) -> Sequence[SeenValue]:
    return tuple(dict.fromkeys(seen for seen in values if seen.text))


def _by_use(orders: Sequence[Order], value: Callable[[Order], SeenValue]) -> Sequence[SeenValue]:
    uses = Counter(seen for seen in map(value, orders) if seen.text)
    return tuple(seen for seen, _ in uses.most_common())
