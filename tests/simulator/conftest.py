"""Fixtures of the simulator's room."""

from collections.abc import Iterator

import pytest

from tests.exchange import RunningExchange


@pytest.fixture(scope="module")
def shared(shared_exchange: RunningExchange) -> RunningExchange:
    """One simulator for all tests of a module that leave it as they found it, but for their own orders."""
    return shared_exchange


@pytest.fixture
def faulty(shared: RunningExchange) -> Iterator[RunningExchange]:
    """The shared simulator with an empty log, whose fault plan is cleared afterwards."""
    shared.forget_requests()
    yield shared
    shared.faults()
