"""Longest stall of the screen's loop while many orders load and change: aims 50 ms at 10 000, 200 ms at 100 000."""

import asyncio
import time

from pbtui.cli.desk import desk_opener
from pbtui.cli.kill.opener import kill_opener
from pbtui.settings.key_text import Secret
from pbtui.settings.profiles import Environment, Profile
from pbtui.ui.app import DeskApp
from pbtui.ui.table.orders import OrderTable
from pbtui.ui.terminal.closing import collect_new_garbage_only
from tests.exchange import running_exchange

BEAT_S = 0.005


async def longest_stalls_s(orders: int, churn: float) -> tuple[float, float, float]:
    """While the orders load and while they change afterwards, in seconds; and how long loading took."""
    with running_exchange(orders=orders, churn=churn) as exchange:
        profile = Profile(name="bench", base_url=exchange.base_url, environment=Environment.SIMULATION)
        key = Secret(exchange.keys["admin"])
        app = DeskApp(profile, desk_opener(profile, lambda: key), kill_opener(profile, lambda: key))
        async with app.run_test(size=(160, 48)) as pilot:
            while not app.screen.query(OrderTable):
                await pilot.pause(0.01)
            longest_s = 0.0
            started = last = time.perf_counter()

            def beat() -> None:
                nonlocal longest_s, last
                now = time.perf_counter()
                longest_s = max(longest_s, now - last - BEAT_S)
                last = now

            async def beats() -> None:
                while True:
                    await asyncio.sleep(BEAT_S)
                    beat()

            beating = asyncio.create_task(beats())
            table = pilot.app.screen.query_one(OrderTable)
            while len(table.arrangement.rows) < orders * 0.9:
                await pilot.pause(0.05)
            await asyncio.sleep(0.5)
            loading_s, loaded_s = longest_s, time.perf_counter() - started
            longest_s = 0.0
            await asyncio.sleep(6)
            beating.cancel()
            return loading_s, longest_s, loaded_s


def main() -> None:
    """Print the table."""
    collect_new_garbage_only()
    print(f"{'orders':>8}  {'stall loading':>14}  {'stall polling':>14}  {'loaded after':>12}")
    for orders, churn in ((10_000, 0.01), (100_000, 0.01)):
        loading_s, polling_s, loaded_s = asyncio.run(longest_stalls_s(orders, churn))
        print(f"{orders:>8}  {loading_s * 1000:>11.0f} ms  {polling_s * 1000:>11.0f} ms  {loaded_s:>10.1f} s")


if __name__ == "__main__":
    main()
