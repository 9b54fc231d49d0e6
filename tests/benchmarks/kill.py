"""The kill: from the decision to the request at the server (aim 25 ms, 2 s in every broken case), and from the start of
`pbtui kill` to its request, against a ten-line httpx script that does the same (aim 1.25 times).
"""

import asyncio
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pbtui.cli.desk import desk_opener
from pbtui.cli.kill.opener import kill_opener
from pbtui.desk.kill.plan import plan_for
from pbtui.desk.kill.protocol.timing import Timing
from pbtui.settings.key_text import Secret
from pbtui.settings.kill import KillAction
from pbtui.settings.profiles import Profile
from tests.orders import an_order

ROUNDS = 9
ORDERS = 40
SLOW_READ_S = 5.0

SCRIPT = """
import sys
import httpx
base, key = sys.argv[1:]
with httpx.Client(headers={"api_key": key}, trust_env=False) as http:
    orders = http.get(base + "/orders", params={"active_only": "true"}).json()
    items = [{"order_id": order["order_id"], "changes": {"action": "DEAC"}} for order in orders]
    http.put(base + "/orders/list", params={"ignore_order_action_quota": "true"}, json=items)
"""
ORDER = (
    '{"order_id":"1","initial_order_id":"1","state":"ACTI","action":"UADD","side":"BUY","delivery_area":"A",'
    '"portfolio_id":"P","quantity":1,"price":1}'
)


class NotingServer:
    """Answers every request the same way, each connection on a thread of its own, and notes when kills come in."""

    def __init__(self, *, reads_wait_s: float = 0.0, reads_fail: bool = False) -> None:
        self._reads_wait_s = reads_wait_s
        self._reads_fail = reads_fail
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.kill_at: list[float] = []
        self.reads = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/acme/epex/v2/api"

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as lines:
                while request := lines.readline():
                    arrived_at = time.perf_counter()
                    length = 0
                    while (line := lines.readline().lower().strip()) != b"":
                        if line.startswith(b"content-length:"):
                            length = int(line.partition(b":")[2])
                    lines.read(length)
                    self._answer(connection, request.startswith(b"GET"), arrived_at)
        except OSError:
            return  # who called has gone

    def _answer(self, connection: socket.socket, is_read: bool, arrived_at: float) -> None:
        status, body = "200 OK", "[]"
        if is_read:
            self.reads += 1
            time.sleep(self._reads_wait_s)
            status = "500 Oops" if self._reads_fail else status
            body = f"[{ORDER}]" if not self.kill_at else body
        else:
            self.kill_at.append(arrived_at)
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall((head + body).encode())


# ---------------------------------------------------------------- from the decision


class DeskBeside:
    """A desk on a thread of its own, as the screen has it."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._ready = threading.Event()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        self._ready.wait()

    def ask(self, question: Callable[[Any], Coroutine[Any, Any, object]]) -> None:
        asyncio.run_coroutine_threadsafe(question(self._desk), self.loop)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self._running.cancel)
        self.thread.join(2 * SLOW_READ_S)

    def _run(self) -> None:
        self.loop.run_until_complete(self._live())

    async def _live(self) -> None:
        async with desk_opener(self._profile, lambda: Secret("key"))(lambda view: None) as self._desk:
            self._running = asyncio.create_task(self._desk.run())
            self._ready.set()
            await asyncio.gather(self._running, return_exceptions=True)


@asynccontextmanager
async def _problem(case: str, desk: DeskBeside, server: NotingServer) -> AsyncIterator[None]:
    if case == "pool saturated by slow reads":
        for _ in range(6):
            desk.ask(lambda each: each.lookups.history("1"))
        while server.reads < 4:  # noqa: ASYNC110 - they come in on other threads
            await asyncio.sleep(0.01)
    if case == "desk's loop blocked":
        desk.loop.call_soon_threadsafe(time.sleep, 1.0)
        await asyncio.sleep(0.05)
    yield


async def decision_to_server_s(case: str) -> float:
    """Seconds from `fire` to the arrival of its first request, with a desk beside it that has this problem."""
    server = NotingServer(reads_wait_s=SLOW_READ_S if "slow reads" in case else 0.0, reads_fail="failing" in case)
    profile = Profile(name="bench", base_url=server.base_url, poll_seconds=0.5)
    known = [an_order(str(number)) for number in range(ORDERS)]
    desk = DeskBeside(profile)
    timing = Timing(watch_s=0)
    open_switch = kill_opener(profile, lambda: Secret("key"), timing)
    async with open_switch(lambda view: None, lambda: 0) as switch, _problem(case, desk, server):
        while server.reads < 2:  # noqa: ASYNC110 - they come in on other threads, once the desk has started
            await asyncio.sleep(0.01)
        decided_at = time.perf_counter()
        firing = asyncio.create_task(switch.fire(plan_for(profile), known))
        while not server.kill_at:  # noqa: ASYNC110 - it comes in on another thread
            await asyncio.sleep(0.001)
        switch.release()
        await firing
    desk.stop()
    server.close()
    return server.kill_at[0] - decided_at


# ---------------------------------------------------------------- from the start of the process


def start_to_server_s(command: list[str], environment: dict[str, str], server: NotingServer) -> float:
    """Seconds from the start of a command to the arrival of its first request that is no read."""
    server.kill_at.clear()
    started_at = time.perf_counter()
    with subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while not server.kill_at:
            time.sleep(0.001)
        process.kill()
    return server.kill_at[0] - started_at


def main() -> None:
    """Print the tables."""
    with TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = folder
        os.environ["XDG_RUNTIME_DIR"] = folder
        print(f"  from the decision to the server, {ORDERS} orders        median      worst")
        for case in ("idle", "pool saturated by slow reads", "feed failing", "desk's loop blocked"):
            times_s = [asyncio.run(decision_to_server_s(case)) for _ in range(3 if "slow" in case else ROUNDS)]
            print(f"  {case:<48} {statistics.median(times_s) * 1000:6.0f} ms  {max(times_s) * 1000:6.0f} ms")
        _print_starts(Path(folder))


def _print_starts(folder: Path) -> None:
    server = NotingServer()
    config, script = folder / "config.toml", folder / "script.py"
    config.write_text(f'[profiles.bench]\nbase_url = "{server.base_url}"\n')
    script.write_text(SCRIPT)
    environment = {"PBTUI_CONFIG": str(config), "PBTUI_API_KEY_BENCH": "key"}
    pbtui = [sys.executable, "-m", "pbtui", "kill", "--yes"]
    commands = {
        "ten-line httpx script": [sys.executable, str(script), server.base_url, "key"],
        "pbtui kill --yes": pbtui,
        "pbtui kill --yes --action deactivate-all": [*pbtui, "--action", KillAction.DEACTIVATE_ALL.value],
    }
    times_s: dict[str, list[float]] = {name: [] for name in commands}
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed was compiled once; so was it here after a round
    for round_no in range(ROUNDS + 1):
        for name, command in commands.items():
            start_s = start_to_server_s(command, environment, server)
            if round_no:
                times_s[name].append(start_s)
    server.close()
    medians_s = {name: statistics.median(values) for name, values in times_s.items()}
    script_s = medians_s["ten-line httpx script"]
    print("\n  from the start of the process to the server        median      times the script")
    for name, median_s in medians_s.items():
        print(f"  {name:<48} {median_s * 1000:6.0f} ms  {median_s / script_s:6.2f}")


if __name__ == "__main__":
    main()
