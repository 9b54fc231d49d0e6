"""From the start of the process to the first frame, against an empty Textual application: aim 1.5 times."""

import os
import pty
import select
import statistics
import struct
import sys
import time
from collections.abc import Callable
from fcntl import ioctl
from pathlib import Path
from signal import SIGKILL
from tempfile import TemporaryDirectory
from termios import TIOCSWINSZ

from tests.exchange import running_exchange

ROUNDS = 9
FIRST_FRAME_BYTES = 500
"""Of a screen that is sent whole, although it is empty. Of the desk only the text is sent, and F9 is in it."""
OUR_FIRST_FRAME = b"F9"

EMPTY = "from textual.app import App\nclass Empty(App):\n    pass\nEmpty().run()"


def first_frame_s(command: list[str], environment: dict[str, str], is_frame: Callable[[bytes], bool]) -> float:
    """Seconds until the output is a frame."""
    started = time.perf_counter()
    process, terminal = pty.fork()
    if process == 0:
        os.execvpe(  # noqa: S606 - a program of ours
            command[0], command, {**os.environ, "TERM": "xterm-256color", **environment}
        )
    ioctl(terminal, TIOCSWINSZ, struct.pack("HHHH", 48, 160, 0, 0))
    seen = b""
    try:
        while not is_frame(seen):
            select.select([terminal], [], [], 10)
            seen += os.read(terminal, 65536)
        return time.perf_counter() - started
    finally:
        os.kill(process, SIGKILL)
        os.waitpid(process, 0)
        os.close(terminal)


def main() -> None:
    """Print the table."""
    with running_exchange() as exchange, TemporaryDirectory() as folder:
        config = Path(folder) / "config.toml"
        config.write_text(f'[profiles.bench]\nbase_url = "{exchange.base_url}"\nenvironment = "test"\n')
        environment = {"PBTUI_CONFIG": str(config), "PBTUI_API_KEY_BENCH": exchange.keys["trader"]}
        empty, ours = [sys.executable, "-c", EMPTY], [sys.executable, "-m", "pbtui"]
        times: dict[str, list[float]] = {"empty": [], "ours": []}
        for _ in range(ROUNDS):
            times["empty"].append(first_frame_s(empty, environment, lambda seen: len(seen) >= FIRST_FRAME_BYTES))
            times["ours"].append(first_frame_s(ours, environment, lambda seen: OUR_FIRST_FRAME in seen))
    medians = {name: statistics.median(values) * 1000 for name, values in times.items()}
    print(f"  empty Textual application   {medians['empty']:6.0f} ms")
    print(f"  pbtui                       {medians['ours']:6.0f} ms   {medians['ours'] / medians['empty']:4.2f} times")


if __name__ == "__main__":
    main()
