"""The host that tests of commands share, for whatever simulator their module has."""

from pathlib import Path

import pytest

from tests.desk.team.conftest import postgres
from tests.end_to_end.host import Host
from tests.exchange import RunningExchange

__all__ = ["postgres"]


@pytest.fixture
def host(tmp_path: Path, exchange: RunningExchange) -> Host:
    """A desk with trading on."""
    host = Host(tmp_path)
    host.adopt(exchange.base_url, exchange.keys["trader"], read_only=False)
    return host
