"""The gate of every client that can bring orders into the market: nothing of the kind leaves while it is halted."""

from collections.abc import Callable

from pbtui.api.client import Gate
from pbtui.api.errors import RefusedHere
from pbtui.desk.kill.halt import Halt, read_halt


def halt_gate(profile_name: str, halted_here: Callable[[], Halt | None] = lambda: None) -> Gate:
    """For `OrdersClient.gate`: refuses what enters while the profile is halted, on disk or by `halted_here`.

    The file is read for each such request, right before it leaves: whoever has killed meanwhile, in whatever process,
    a request that waited for a connection or for its turn in a long list is not sent any more.
    """

    def gate(call: str, *, enters: bool) -> None:
        if enters and (halt := read_halt(profile_name) or halted_here()):
            raise RefusedHere(call, f"halted: {halt.words}")

    return gate
