"""A simulator without seeded orders, so that nobody but the test trades, and a host that uses it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.end_to_end.host import Host
from tests.exchange import RunningExchange, running_exchange

Ran = Callable[..., tuple[str, str]]


@pytest.fixture(scope="package")
def quiet_exchange() -> Iterator[RunningExchange]:
    with running_exchange(orders=0) as running:
        yield running


@pytest.fixture
def exchange(quiet_exchange: RunningExchange) -> RunningExchange:
    """The simulator as it is at its start; reports of trades come at once."""
    quiet_exchange.reset()
    quiet_exchange.faults(late_trades=0)
    return quiet_exchange


@pytest.fixture
def ran(host: Host) -> Ran:
    """Runs a command that must end with that code, and gives stdout and stderr."""

    def run(*arguments: str, code: int = 0) -> tuple[str, str]:
        done = host.invoke(*arguments)
        assert done.returncode == code, done.stderr.decode()
        return done.stdout.decode(), done.stderr.decode()

    return run


@pytest.fixture
def enter(exchange: RunningExchange) -> Callable[..., dict[str, Any]]:
    """Enters an order of the trader's in one contract."""
    contract = exchange.contracts()[-1]

    def entered(**terms: Any) -> dict[str, Any]:
        place = {"contractId": contract["contract_id"], "delivery_area": contract["delivery_areas"][0]}
        body = [{"portfolio_id": "DE1", "side": "SELL", "price": 9000, "quantity": 5, **place, **terms}]
        order: dict[str, Any] = exchange.call(
            "POST", "/orders/list", params={"internal_trading": True}, json=body
        ).json()[0]
        return order

    return entered
