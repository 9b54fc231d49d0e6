"""The gate of every client that can enter orders: blocks entries, changes and activations during a halt."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from pbtui.api.client import CHANGES_EVERYTHING, Gate
from pbtui.api.errors import RefusedHere
from pbtui.api.structs import replace
from pbtui.desk.kill.halt import Halt, read_halt
from pbtui.settings.profiles import Profile


def halt_gate(profile: Profile, halted_here: Callable[[], Halt | None] = lambda: None) -> Gate:
    """Return the gate for `OrdersClient.gate`. During a halt it raises RefusedHere for what could enter the market.

    A halt is in the halt file, or `halted_here` returns it. The file is read right before each request is sent. So a
    kill in any process also stops requests that were still waiting for a connection or for their turn. A change of
    everything at the exchange is stopped by a halt of any portfolios there.
    """
    everywhere = replace(profile, portfolios=())

    @asynccontextmanager
    async def gate(call: str, *, enters: bool) -> AsyncIterator[None]:
        of = everywhere if call == CHANGES_EVERYTHING else profile
        if enters and (halt := read_halt(of) or halted_here()):
            raise RefusedHere(call, f"halted: {halt.words}")
        yield

    return gate
