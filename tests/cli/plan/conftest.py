"""The simulator and the host that the tests of the commands for files share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.host import Host
from tests.exchange import RunningExchange, running_exchange


@pytest.fixture(scope="module")
def exchange() -> Iterator[RunningExchange]:
    """A simulator whose market stands still; each of these tests enters the orders it changes."""
    with running_exchange() as running:
        yield running


@pytest.fixture
def host(tmp_path: Path, exchange: RunningExchange) -> Iterator[Host]:
    """A desk with trading on, and an empty log of requests."""
    host = Host(tmp_path)
    host.adopt(exchange.base_url, exchange.keys["trader"], read_only=False)
    exchange.forget_requests()
    yield host
    exchange.faults()
