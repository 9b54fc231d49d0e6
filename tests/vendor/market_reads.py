"""The reads beyond orders, made by the vendor's own client, each answer compared field by field with the wire.

    python market_reads.py BASE_URL       key in PBTUI_TRADER_KEY

BASE_URL is that of the seed, exchange included. Prints a JSON object that says which client it was and what it read;
ends with an AssertionError where a field is not as the client's model has it. Needs nothing but the client and the
standard library.
"""

import inspect
import json
import os
import sys
from datetime import datetime
from typing import Any

import powerbot_client as vendor

NEWER_THAN_SOME = {
    *("buy_user_name", "sell_user_name", "country_code", "safe_mode_enabled_since", "order_update_time"),
    *("max_net_pos_exposure", "min_net_pos_exposure", "active_order_limits"),
}
"""Fields that older clients do not have."""


class Reader:
    """The reading methods of one key, alike for clients that name the exchange and those that do not."""

    def __init__(self, base_url: str, key: str) -> None:
        names_exchange = "exchange" in inspect.signature(vendor.TradesApi.get_trades).parameters
        root, exchange = base_url.removesuffix("/v2/api").rsplit("/", 1)
        self._first = (exchange,) if names_exchange else ()
        host = root if names_exchange else base_url
        self._client = vendor.ApiClient(vendor.Configuration(host=host, api_key={"api_key_security": key}))

    def read(self, api: Any, method: str, **options: Any) -> tuple[Any, Any, Any]:
        """What the client made of an answer, the answer as it was on the wire, and its headers."""
        return self._read(api, method, self._first, options)

    def read_at(self, api: Any, method: str, *place: str, **options: Any) -> tuple[Any, Any, Any]:
        """As `read`, of what the path names."""
        return self._read(api, method, (*self._first, *place), options)

    def read_all(self, api: Any, method: str, **options: Any) -> tuple[Any, Any, Any]:
        """As `read`, for a call without an exchange."""
        return self._read(api, method, (), options)

    def _read(self, api: Any, method: str, first: tuple[str, ...], options: dict[str, Any]) -> tuple[Any, Any, Any]:
        call = getattr(api(self._client), f"{method}_with_http_info")
        made, status, headers = call(*first, **options)
        assert status in (200, 204), status
        body = self._client.last_response.data
        return made, json.loads(body) if body else None, headers


def compare(model: Any, wire: dict[str, Any], place: str) -> None:
    """Compare a model with its wire, field by field; every field of the wire must be one of the model's."""
    names = {key: name for name, key in type(model).attribute_map.items()}
    for key, value in wire.items():
        if key not in names:
            assert key in NEWER_THAN_SOME, f"{place}.{key} is no field of {type(model).__name__}"
            continue
        made = getattr(model, names[key])
        if isinstance(value, dict):
            compare(made, value, f"{place}.{key}")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for number, (each, part) in enumerate(zip(made, value, strict=True)):
                compare(each, part, f"{place}.{key}[{number}]")
        elif isinstance(made, datetime):
            assert made == datetime.fromisoformat(value), f"{place}.{key}: {made} for {value}"
        else:
            assert made == value, f"{place}.{key}: {made!r} for {value!r}"


def compare_lists(models: Any, wire: Any, place: str) -> int:
    """Compare each element; return how many there are."""
    for number, (model, each) in enumerate(zip(models, wire, strict=True)):
        compare(model, each, f"{place}[{number}]")
    return len(wire)


def read_trades(reader: Reader) -> dict[str, int]:
    """GET /trades and GET /internal-trades with each parameter that every release has."""
    trades, wire, headers = reader.read(vendor.TradesApi, "get_trades", limit=500)
    assert headers["X-Total-Count"] == str(len(wire))
    assert wire == sorted(wire, key=lambda trade: trade["api_timestamp"], reverse=True)
    sample = next(trade for trade in trades if trade.sell_txt)
    for options, belongs in (
        ({"ord_id": sample.sell_order_id}, lambda trade: trade["sell_order_id"] == sample.sell_order_id),
        ({"txt": sample.sell_txt}, lambda trade: trade.get("sell_txt") == sample.sell_txt),
        ({"portfolio_id": [sample.sell_portfolio_id]}, lambda trade: True),
        ({"from_execution_time": sample.exec_time}, lambda trade: trade["exec_time"] >= iso(sample.exec_time)),
        ({"active_only": False, "trade_id": sample.trade_id}, lambda trade: trade["trade_id"] == sample.trade_id),
        ({"contract_id": [sample.contract_id]}, lambda trade: trade["contract_id"] == sample.contract_id),
    ):
        _, found, _ = reader.read(vendor.TradesApi, "get_trades", **options)
        assert found, options
        assert all(map(belongs, found)), options
    internal, internal_wire, _ = reader.read(vendor.TradesApi, "get_internal_trades", offset=0, limit=500)
    return {
        "trades": compare_lists(trades, wire, "trades"),
        "internal trades": compare_lists(internal, internal_wire, "internal"),
    }


def read_market(reader: Reader) -> dict[str, int]:
    """GET /market, /market/health, /market/notifications and /delivery-areas."""
    status, wire, _ = reader.read(vendor.MarketApi, "get_status")
    compare(status, wire, "market")
    nothing, _, _ = reader.read(vendor.MarketApi, "get_health")
    assert nothing is None
    notes, notes_wire, _ = reader.read(
        vendor.MarketApi, "get_notifications", severity_at_least="LOW", offset=0, limit=500
    )
    areas, areas_wire, _ = reader.read(vendor.MarketApi, "get_delivery_areas")
    return {
        "notifications": compare_lists(notes, notes_wire, "notifications"),
        "areas": compare_lists(areas, areas_wire, "areas"),
    }


def read_key(reader: Reader) -> dict[str, list[str]]:
    """GET /api-key."""
    details, wire, _ = reader.read(vendor.AuthenticationApi, "get_current_api_key_portfolios")
    compare(details, wire, "api-key")
    return {"portfolios": [portfolio.id for portfolio in details.portfolios]}


def read_contracts(reader: Reader) -> dict[str, int]:
    """GET /contracts, /orderbooks, and the book and the positions of the contract that the account traded in."""
    trades, _, _ = reader.read(vendor.TradesApi, "get_trades")
    contract_id, area = trades[0].contract_id, trades[0].sell_delivery_area
    contracts, wire, _ = reader.read(vendor.ContractApi, "find_contracts")
    number = compare_lists(contracts, wire, "contracts")
    (one,), _, _ = reader.read(vendor.ContractApi, "find_contracts", contract_id=[contract_id], delivery_areas=[area])
    found, _, _ = reader.read(
        vendor.ContractApi, "find_contracts", delivery_start=one.delivery_start, delivery_end=one.delivery_end
    )
    assert contract_id in [contract.contract_id for contract in found]
    books, wire, _ = reader.read(
        vendor.ContractApi,
        "get_order_books",
        delivery_area=area,
        with_order_details=True,
        with_risk_settings=True,
        with_portfolio_information=True,
        active_only=True,
        contract_id=[contract_id],
    )
    compare(books, wire, "orderbooks")
    depth, wire_depth, _ = reader.read_at(vendor.ContractApi, "get_orders", contract_id, area)
    compare(depth, wire_depth, "orders")
    assert wire["orders"] == [wire_depth]
    assert any(entry.own_order for entry in depth.ask)
    limits, wire_limits, _ = reader.read_at(
        vendor.ContractApi, "get_limits", contract_id, area, portfolio_id=[trades[0].sell_portfolio_id]
    )
    compare(limits, wire_limits, "portfolio-information")
    assert limits.portfolio_information[0].net_pos < 0
    every, _, _ = reader.read(vendor.ContractApi, "get_order_books", delivery_area=area)
    assert len(every.contracts) == number
    return {"contracts": len(books.contracts)}


def read_account(reader: Reader) -> dict[str, int]:
    """Limits and counts of a portfolio and its tenant, algorithms, and the calls without an exchange."""
    status, wire, _ = reader.read_at(vendor.PortfoliosApi, "get_portfolio_status", "DE1")
    compare(status, wire, "status")
    settings, wire, _ = reader.read_at(vendor.PortfoliosApi, "get_portfolio_risk_management_settings", "DE1")
    compare(settings, wire, "risk")
    settings, wire, _ = reader.read_at(vendor.TenantsApi, "get_tenant_risk_management", "DESK")
    compare(settings, wire, "tenant")
    algorithms, wire, _ = reader.read(vendor.AlgorithmsApi, "get_algorithms")
    found = {"algorithms": compare_lists(algorithms, wire, "algorithms")}
    if hasattr(vendor, "DowntimesApi"):
        downtimes, wire, _ = reader.read_all(vendor.DowntimesApi, "get_downtimes", exchange=["epex"])
        found["downtimes"] = compare_lists(downtimes, wire, "downtimes")
    if hasattr(vendor.TradesApi, "list_trades"):
        trades, wire, _ = reader.read_all(vendor.TradesApi, "list_trades", exchanges=["epex"], portfolio_ids=["DE1"])
        found["trades of all"] = compare_lists(trades, wire, "list_trades")
        internal, wire, _ = reader.read_all(vendor.TradesApi, "list_internal_trades", exchanges=["epex"])
        assert compare_lists(internal, wire, "list_internal_trades") >= 1
    return found


def iso(moment: datetime) -> str:
    """A time as the simulator writes it."""
    return moment.isoformat().replace("+00:00", "Z")


def main(base_url: str, key: str) -> dict[str, Any]:
    """Make every read and report."""
    reader = Reader(base_url, key)
    return {
        "client": vendor.__version__,
        **read_trades(reader),
        **read_market(reader),
        **read_key(reader),
        **read_contracts(reader),
        **read_account(reader),
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], os.environ["PBTUI_TRADER_KEY"])))
