"""The loop of the tests of the wire: real time and real sockets, unless a test measures how fast an answer comes."""

import asyncio
from collections.abc import Callable

import pytest

from tests.simulation.virtual_exchange import new_virtual_loop


def pytest_asyncio_loop_factories(item: pytest.Function) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run each test in real time, unless it is marked as virtual_time."""
    if item.get_closest_marker("virtual_time") is None:
        return {"real time": asyncio.new_event_loop}
    return {"virtual time": new_virtual_loop}
