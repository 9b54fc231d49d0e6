"""From the start of the process to the first frame, against an empty Textual application (aim 1.2 times), and to the
end of `pbtui --help`, against the import of click (aim 1.5 times).
"""

import os
import pty
import select
import statistics
import struct
import subprocess
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


def whole_s(command: list[str]) -> float:
    """Seconds from the start to the end of a program."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    """Print the table."""
    with running_exchange() as exchange, TemporaryDirectory() as folder:
        config = Path(folder) / "config.toml"
        config.write_text(f'[profiles.bench]\nbase_url = "{exchange.base_url}"\nenvironment = "test"\n')
        environment = {"PBTUI_CONFIG": str(config), "PBTUI_API_KEY_BENCH": exchange.keys["trader"]}
        empty, ours = [sys.executable, "-c", EMPTY], [sys.executable, "-m", "pbtui"]
        times: dict[str, list[float]] = {"empty": [], "frame": [], "click": [], "help": []}
        for _ in range(ROUNDS):
            times["empty"].append(first_frame_s(empty, environment, lambda seen: len(seen) >= FIRST_FRAME_BYTES))
            times["frame"].append(first_frame_s(ours, environment, lambda seen: OUR_FIRST_FRAME in seen))
            times["click"].append(whole_s([sys.executable, "-c", "import click"]))
            times["help"].append(whole_s([*ours, "--help"]))
    medians = {name: statistics.median(values) * 1000 for name, values in times.items()}
    for name, measured, compared in (
        ("empty Textual application", "empty", ""),
        ("pbtui", "frame", "empty"),
        ("import click", "click", ""),
        ("pbtui --help", "help", "click"),
    ):
        ratio = f"   {medians[measured] / medians[compared]:4.2f} times" if compared else ""
        print(f"  {name:<28}{medians[measured]:6.0f} ms{ratio}")


if __name__ == "__main__":
    main()
