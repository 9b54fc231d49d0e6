"""Fixtures of every room."""

from collections.abc import Iterator

import pytest

from tests.exchange import RunningExchange, running_exchange


@pytest.fixture
def exchange() -> Iterator[RunningExchange]:
    """A simulator of this test's own: 60 orders, and a market that stands still."""
    with running_exchange() as running:
        yield running
