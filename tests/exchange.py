"""A simulator in a process of its own, for tests that want a real exchange on the other end of a real connection."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any, TypeVar

import httpx

WITHIN_S = 60.0
"""How long the simulator may take to answer or to end before a test fails. Long enough for any machine."""
Found = TypeVar("Found")


class RunningExchange:
    """A simulator that serves, and the strings to pull while it does.

    `base_url` is the seed's family of URLs, `host` what the newer clients want, who add the exchange themselves.
    `keys` and `portfolios` are by the key's owner: trader, admin, reader.
    """

    def __init__(
        self, process: "subprocess.Popen[str] | None", greeting: dict[str, Any], http: httpx.Client | None = None
    ) -> None:
        self._process = process
        self.base_url: str = greeting["base_url"]
        self.keys: dict[str, str] = greeting["keys"]
        self.portfolios: dict[str, list[str]] = greeting["portfolios"]
        self.host = self.base_url.removesuffix("/epex/v2/api")
        self.root_url = str(httpx.URL(self.base_url).copy_with(path="/"))
        self._free_contract: dict[str, Any] = {}
        self._http = http or httpx.Client(trust_env=False, timeout=WITHIN_S)

    @property
    def process(self) -> "subprocess.Popen[str]":
        """The process it runs in."""
        assert self._process is not None
        return self._process

    def call(self, method: str, path: str, *, key: str | None = "trader", **request: Any) -> httpx.Response:
        """Call the API as the owner of `key` (None: without one); `request` is what httpx takes: params, json, …"""
        headers = {"api_key": self.keys[key]} if key else {}
        return self._http.request(method, self.base_url + path, headers=headers, **request)

    def orders(self, *, key: str = "trader", **params: Any) -> list[dict[str, Any]]:
        """The answer of `GET /orders` to these query parameters."""
        orders: list[dict[str, Any]] = self._checked(self.call("GET", "/orders", key=key, params=params))
        return orders

    def contracts(self) -> list[dict[str, Any]]:
        """The contracts that can be traded, the next delivery first."""
        contracts: list[dict[str, Any]] = self._checked(self.call("GET", "/contracts"))
        return sorted(contracts, key=lambda contract: contract["delivery_start"])

    def free_contract(self) -> dict[str, Any]:
        """The last contract that had no own orders when it was first asked for, so no prices to compare a new one with.

        Which contracts have orders at the start depends on the hour.
        """
        if not self._free_contract:
            taken = {order["contracts"][0]["contract_id"] for order in self.orders()}
            free = [contract for contract in self.contracts() if contract["contract_id"] not in taken]
            self._free_contract = free[-1]
        return self._free_contract

    def faults(self, **plan: Any) -> None:
        """Replace the fault plan; without arguments, clear it."""
        self._checked(self._control("PUT", "faults", json=plan))

    def requests(self) -> list[dict[str, Any]]:
        """The calls that reached the wire since the start or the last `forget_requests`, oldest first."""
        requests: list[dict[str, Any]] = self._checked(self._control("GET", "requests"))
        return requests

    def writes(self) -> list[dict[str, Any]]:
        """The calls among them that were no reads."""
        return [request for request in self.requests() if request["method"] != "GET"]

    def forget_requests(self) -> None:
        """Clear the log of requests."""
        self._control("DELETE", "requests").raise_for_status()

    def fill(self, order_id: str, quantity_mw: float) -> dict[str, Any]:
        """Let another participant take that much of a resting order; return the order in its new state."""
        return self._act(order_id, "fill", {"quantity": quantity_mw})

    def touch(self, order_id: str, **touch: Any) -> dict[str, Any]:
        """Let another user change an order, see `pbtui.simulator.http.control.Touch`; return it in its new state."""
        return self._act(order_id, "touch", touch)

    def trades(self, *, key: str = "trader", internal: bool = False, **params: Any) -> list[dict[str, Any]]:
        """The answer of `GET /trades` or `GET /internal-trades` to these query parameters."""
        path = "/internal-trades" if internal else "/trades"
        trades: list[dict[str, Any]] = self._checked(self.call("GET", path, key=key, params=params))
        return trades

    def set_trade(self, trade_id: str, state: str = "RGRA") -> dict[str, Any]:
        """Let market operations give a trade that state; RGRA recalls it. Return the trade."""
        trade: dict[str, Any] = self._checked(self._control("POST", f"trades/{trade_id}", json={"state": state}))
        return trade

    def market(self, **condition: Any) -> None:
        """Set the condition of the market, see `MarketChange`; without arguments, restore the usual one."""
        self._checked(self._control("PUT", "market", json=condition))

    def announce(self, text: str, **more: Any) -> dict[str, Any]:
        """Let market operations send a notification, and return it."""
        notification: dict[str, Any] = self._checked(
            self._control("POST", "notifications", json={"text": text, **more})
        )
        return notification

    def limit(self, portfolio_id: str, **limits: float) -> None:
        """Set the limits of a portfolio: `position_mw` and `cash_eur`; without them, restore the usual ones."""
        self._checked(self._control("PUT", "limits", json={"portfolio_id": portfolio_id, **limits}))

    def run_algorithm(self, name: str, *portfolio_ids: str, **more: Any) -> dict[str, Any]:
        """Add an algorithm, see `pbtui.simulator.http.account_control.AlgorithmChange`, and return it."""
        body = {"name": name, "portfolio_ids": portfolio_ids, **more}
        algorithm: dict[str, Any] = self._checked(self._control("POST", "algorithms", json=body))
        return algorithm

    def plan_downtime(self, **downtime: Any) -> None:
        """Announce a downtime: exchange, start, end, areas, comment."""
        self._checked(self._control("POST", "downtimes", json=downtime))

    def reset(self) -> None:
        """Reset the simulator to its state at start."""
        self._control("POST", "reset").raise_for_status()
        self._free_contract = {}

    def stop(self) -> int:
        """Stop the simulator, wait for its end, and return its exit code. Can be called again."""
        self._http.close()
        self.process.terminate()
        try:
            return self.process.wait(WITHIN_S)
        finally:
            self.process.kill()
            self.process.wait()
            if self.process.stdout:
                self.process.stdout.close()

    def _act(self, order_id: str, what: str, how: dict[str, Any]) -> dict[str, Any]:
        order: dict[str, Any] = self._checked(self._control("POST", f"orders/{order_id}/{what}", json=how))
        return order

    def _control(self, method: str, path: str, **request: Any) -> httpx.Response:
        return self._http.request(method, f"{self.root_url}_simulator/{path}", **request)

    def _checked(self, response: httpx.Response) -> Any:
        assert response.is_success, f"{response.request.method} {response.request.url}: {response.text}"
        return response.json()


def eventually(look: Callable[[], Found], within_s: float = 30.0) -> Found:
    """Look until what is seen is true, and give it; for what happens in another process and rings no bell here."""
    deadline = time.monotonic() + within_s
    while not (found := look()):
        assert time.monotonic() < deadline, f"not within {within_s} s"
        time.sleep(0.02)
    return found


def start_exchange(
    *,
    orders: int = 60,
    churn: float = 0.0,
    seed: int = 1,
    host: str = "127.0.0.1",
    port: int = 0,
    faults: Sequence[str] = (),
    stderr: IO[str] | None = None,
) -> RunningExchange:
    """Start a simulator whose market stands still unless `churn` says otherwise. The caller stops it."""
    command = [sys.executable, "-m", "pbtui", "simulate", "--host", host, "--port", str(port)]
    command += ["--orders", str(orders), "--churn", str(churn), "--seed", str(seed)]
    for fault in faults:
        command += ["--fault", fault]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True)
    assert process.stdout
    line = process.stdout.readline()
    if not line:
        process.stdout.close()
        raise AssertionError(f"the simulator did not start, exit code {process.wait()}")
    return RunningExchange(process, json.loads(line))


@contextmanager
def running_exchange(**options: Any) -> Iterator[RunningExchange]:
    """A simulator for as long as the block lasts; options as for `start_exchange`."""
    exchange = start_exchange(**options)
    try:
        yield exchange
    finally:
        exchange.stop()
