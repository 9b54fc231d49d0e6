"""Processor time of a desk with 10 000 orders of which 1 % change with each read, with and without the other reads.

Aim: with 5 000 trades and the reads of the market at most 10 % more than with the orders alone. The desk that reads
orders alone has a server without the other reads, so that both are the same program.
"""

import asyncio
import json
import os
import select
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.benchmarks.pseudo_terminal import PseudoTerminal
from tests.canned import AS_USUAL, a_wire_order
from tests.raw_server import RawRequest, raw_server, reply

ORDERS, TRADES, CHANGED_ONE_IN = 10_000, 5_000, 100
TRADES_WITHIN = timedelta(hours=6)
POLL_S, WARM_UP_S, MEASURED_S, WITHIN_S = 2.0, 20, 40, 120
ROUNDS = 2
KEY = "3f2a7c1e-5b1d-4c7e-9a55-0123456789ab"
"""As long as real ones: answers are searched for the key."""
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Exchange:
    """Serves the orders, the next 1 % of them changed with each read, and the trades page by page if it has any."""

    def __init__(self, *, orders: int = ORDERS, has_reads: bool) -> None:
        wire_orders = [a_wire_order(str(number), txt=f"order {number}") for number in range(orders)]
        self._orders = [json.dumps(order).encode() for order in wire_orders]
        now = datetime.now(UTC)
        self._trades = [_trade(number, now) for number in range(TRADES)] if has_reads else []
        self._reads: Mapping[str, Any] = AS_USUAL if has_reads else {}
        self._polls = 0
        self.base_url = ""
        self.serving, self.ending = threading.Event(), threading.Event()

    async def answer(self, request: RawRequest, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        url = urlsplit(request.target)
        query = parse_qs(url.query)
        read = next((read for read in self._reads if url.path.endswith(read)), None)
        if url.path.endswith("/orders"):
            await reply(b"[%s]" % b",".join(self._next_orders(query)))(request, writer)
        elif url.path.endswith("/trades") and self._trades:
            offset, limit = (int(query.get(name, ["0"])[0]) for name in ("offset", "limit"))
            since = datetime.fromisoformat(query.get("from_execution_time", ["1970-01-01T00:00:00Z"])[0])
            found = [trade for at, trade in self._trades if at >= since]
            page = b"[%s]" % b",".join(found[offset : offset + limit])
            await reply(page, X_Total_Count=str(len(found)))(request, writer)
        elif read is not None:
            await reply(json.dumps(self._reads[read]).encode())(request, writer)
        else:
            await reply(b'{"message":"Not Found"}', "404 Not Found")(request, writer)

    def _next_orders(self, query: Mapping[str, list[str]]) -> list[bytes]:
        if query.get("active_only") == ["false"]:
            return []
        self._polls += 1
        for number in range(self._polls % CHANGED_ONE_IN, len(self._orders), CHANGED_ONE_IN):
            fields = {"txt": f"order {number}", "price": 45.1 + self._polls / 100, "revision_no": self._polls}
            self._orders[number] = json.dumps(a_wire_order(str(number), **fields)).encode()
        return self._orders

    def serve(self) -> None:
        """Serve until `ending` is set."""

        async def run() -> None:
            async with raw_server(self.answer) as server:
                self.base_url = server.base_url
                self.serving.set()
                await asyncio.to_thread(self.ending.wait)

        asyncio.run(run())


def _trade(number: int, now: datetime) -> tuple[datetime, bytes]:
    at = now - number * TRADES_WITHIN / TRADES
    times = {"exec_time": at.isoformat(), "api_timestamp": at.isoformat()}
    fields = {"trade_id": str(number), "state": "ACTI", "sell": True, "exchange": "epex", **times}
    place = {"contract_id": f"c{number % 48}", "sell_portfolio_id": "P1", "sell_delivery_area": "10YDE-RWENET---I"}
    sold = {"sell_order_id": str(number), "price": 45.1, "quantity": 1}
    return at, json.dumps(fields | place | sold).encode()


class Desk(PseudoTerminal):
    """A desk whose processor time is measured."""

    def read_for(self, seconds: float) -> None:
        """Read what it writes for so long."""
        until = time.monotonic() + seconds
        while (left_s := until - time.monotonic()) > 0:
            if select.select([self._terminal], [], [], left_s)[0]:
                self._stream.feed(os.read(self._terminal, 65536))

    def until_shown(self, text: str) -> None:
        """Wait until this is on the screen."""
        until = time.monotonic() + WITHIN_S
        while not any(text in line for line in self.screen.display):
            if time.monotonic() > until:
                raise TimeoutError("\n".join(self.screen.display))
            self.read_for(0.2)

    def memory_mb(self) -> Mapping[str, float]:
        """Resident memory now, and the most so far."""
        lines = dict(line.split(":") for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines())
        return {name: int(lines[field].split()[0]) / 1024 for name, field in (("now", "VmRSS"), ("most", "VmHWM"))}

    def processor_s(self) -> float:
        """Seconds of processor time that it has used."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


@contextmanager
def watched(exchange: Exchange, folder: Path) -> Iterator[Desk]:
    """Serve the exchange, and start a desk that reads it; it is LIVE when the `with` block begins."""
    serving = threading.Thread(target=exchange.serve)
    serving.start()
    exchange.serving.wait()
    config = folder / "config.toml"
    config.write_text(f'[profiles.bench]\nbase_url = "{exchange.base_url}"\npoll_seconds = {POLL_S}\n')
    places = {name: str(folder) for name in ("XDG_STATE_HOME", "XDG_RUNTIME_DIR")}
    environment = {"PBTUI_CONFIG": str(config), "PBTUI_API_KEY_BENCH": KEY, **places}
    try:
        with Desk([sys.executable, "-m", "pbtui"], environment) as desk:
            desk.until_shown("LIVE")
            yield desk
    finally:
        exchange.ending.set()
        serving.join()


def seconds_a_read(folder: Path, *, has_reads: bool) -> float:
    """Processor seconds of a desk from one read of the orders to the next."""
    with watched(Exchange(has_reads=has_reads), folder) as desk:
        desk.until_shown(f"4 Trades {TRADES if has_reads else '?'}")
        desk.read_for(WARM_UP_S)
        before_s = desk.processor_s()
        desk.read_for(MEASURED_S)
        return (desk.processor_s() - before_s) / (MEASURED_S / POLL_S)


def main() -> None:
    """Print the table."""
    alone_s, both_s = [], []
    with TemporaryDirectory() as folder:
        for _ in range(ROUNDS):
            alone_s.append(seconds_a_read(Path(folder), has_reads=False))
            both_s.append(seconds_a_read(Path(folder), has_reads=True))
    print(f"  {ORDERS} orders, processor time from one read of the orders to the next")
    for name, times_s in (("orders alone", alone_s), (f"with {TRADES} trades and the market", both_s)):
        ratio = sum(times_s) / sum(alone_s)
        print(f"  {name:<34} {' '.join(f'{time_s * 1000:6.0f} ms' for time_s in times_s)}   {ratio:5.2f}")


if __name__ == "__main__":
    main()
