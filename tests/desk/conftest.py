"""The loop and the exchange of the tests of the desk: in virtual time, so that minutes take no time."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from tests.exchange import RunningExchange
from tests.simulation.loop import running_virtual_loop
from tests.simulation.virtual_exchange import new_virtual_loop, virtual_exchange_on


def pytest_asyncio_loop_factories(item: pytest.Function) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run each test in virtual time, unless it is marked as real_time."""
    if item.get_closest_marker("real_time") is None:
        return {"virtual time": new_virtual_loop}
    return {"real time": asyncio.new_event_loop}


@pytest.fixture
async def exchange(request: pytest.FixtureRequest) -> AsyncIterator[RunningExchange]:
    """A simulator as it is at its start: 60 orders, or the parameter's number, and a market that stands still."""
    if (loop := running_virtual_loop()) is not None:
        with virtual_exchange_on(loop, orders=getattr(request, "param", 60)) as virtual:
            yield virtual
    else:
        real: RunningExchange = request.getfixturevalue("one_exchange")
        real.reset()
        yield real
