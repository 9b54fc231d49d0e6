"""The simulator and the host that the tests of the writing commands share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.host import Host
from tests.exchange import RunningExchange


@pytest.fixture(scope="module")
def exchange(shared_exchange: RunningExchange) -> RunningExchange:
    """A simulator whose market stands still; each of these tests enters the orders it changes."""
    return shared_exchange


@pytest.fixture
def host(tmp_path: Path, exchange: RunningExchange) -> Iterator[Host]:
    """A desk with trading on, and an empty log of requests."""
    host = Host(tmp_path)
    host.adopt(exchange.base_url, exchange.keys["trader"], read_only=False)
    exchange.forget_requests()
    yield host
    exchange.faults()
