"""Runs the user's command for alerts, each time on a thread of its own, so that nothing waits for it."""

import os
import threading
from collections.abc import Sequence

from pbtui.settings.bounded_process import Slow, output_of

WITHIN_S = 10.0
MOST_AT_ONCE = 2


class AlertCommand:
    """One command: a program and its arguments, without a shell. It reads a document on its stdin.

    It has no terminal, and neither API keys nor the password of the team store in its environment.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._lock = threading.Lock()
        self._under_way = 0
        self._problems: list[str] = []

    @property
    def is_free(self) -> bool:
        """Return whether fewer than MOST_AT_ONCE are running."""
        with self._lock:
            return self._under_way < MOST_AT_ONCE

    def start(self, document: bytes) -> None:
        """Start it once, and return at once."""
        with self._lock:
            self._under_way += 1
        thread = threading.Thread(target=self._run, args=(document,), name="alert-command", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            self._ended("no thread can be started")

    def take_problems(self) -> Sequence[str]:
        """Return why runs failed since the last call."""
        with self._lock:
            problems, self._problems = self._problems, []
        return problems

    def _run(self, document: bytes) -> None:
        try:
            ended = output_of(
                self._command,
                within_s=WITHIN_S,
                max_bytes=None,
                given=document,
                environment=_environment(),
                own_session=True,
            )
        except Slow as slow:
            self._ended(f"{slow}, and was killed")
        except (OSError, ValueError) as error:
            self._ended(f"can't be run ({getattr(error, 'strerror', None) or error})")
        else:
            code = ended.exit_code
            how = f"ended with exit code {code}" if code > 0 else f"was ended by signal {-code}"
            self._ended(how if code else "")

    def _ended(self, problem: str) -> None:
        with self._lock:
            self._under_way -= 1
            if problem:
                self._problems.append(f"alert command: {os.path.basename(self._command[0])} {problem}")  # noqa: PTH119


def _environment() -> dict[str, str]:
    secret = ("PBTUI_API_KEY", "PGPASSWORD")
    return {name: value for name, value in os.environ.items() if not name.startswith(secret)}
