"""Two desks that edit the same three orders for a minute: edits made, and none of them lost or made twice."""

import asyncio
import os
import time
from tempfile import TemporaryDirectory

from tests.desk.tickets.two_desks import edit_on_two_desks, made
from tests.exchange import running_exchange

MINUTE_S = 60.0


def main() -> None:
    """Print how the edits ended; ends with an AssertionError if the exchange's history contradicts them."""
    with running_exchange() as exchange, TemporaryDirectory() as state:
        os.environ["XDG_STATE_HOME"] = state
        os.environ["XDG_RUNTIME_DIR"] = state
        until_s = time.monotonic() + MINUTE_S
        edits, orders = asyncio.run(edit_on_two_desks(exchange, lambda number: time.monotonic() < until_s))
        assert made(exchange, orders) == edits.confirmed()
    for how, count in edits.ended().most_common():
        print(f"  {how:<24} {count:6}")
    print(f"  in the exchange's history as reported: all of {edits.confirmed().total()}")


if __name__ == "__main__":
    main()
