"""A look at the terminal for `pbtui doctor`, and the test of the function key."""

import os
import select
import sys
import termios
import tty
from collections.abc import Iterator, Mapping

from pbtui.api.clock import steady_s
from pbtui.cli.first_hour.findings import Finding, fault, note, ok
from pbtui.cli.first_hour.questions import say
from pbtui.cli.interrupts import interrupts
from pbtui.ui.terminal.capability import why_unusable
from pbtui.ui.terminal.input import Input, Pressed

KEY_WITHIN_S = 20.0
ROOMY = (80, 24)
"""Columns and lines from which all columns that matter are shown."""


def terminal_findings(environ: Mapping[str, str], size: os.terminal_size) -> Iterator[Finding]:
    """Look at the terminal: kind, size, colours, encoding."""
    name = environ.get("TERM", "")
    if reason := why_unusable():
        has_none = not sys.stdin.isatty() or not sys.stderr.isatty()
        yield note("terminal", f"not looked at: {reason}") if has_none else fault("terminal", reason)
        return
    within = "".join(f", in {program}" for variable, program in _WITHIN.items() if environ.get(variable))
    yield ok("terminal", f"{name}{within}")
    where = f"{size.columns} columns, {size.lines} lines"
    is_small = size.columns < ROOMY[0] or size.lines < ROOMY[1]
    yield note("size", f"{where}: less than {ROOMY[0]}x{ROOMY[1]}") if is_small else ok("size", where)
    yield ok("colours", colours_of(environ))
    yield ok("encoding", f"{sys.stderr.encoding}, {_locale(environ)}")


_WITHIN = {"TMUX": "tmux", "STY": "screen", "SSH_CONNECTION": "SSH"}


def colours_of(environ: Mapping[str, str]) -> str:
    """Return how many colours the terminal has, as its variables say."""
    if environ.get("NO_COLOR"):
        return "none: NO_COLOR is set, and words say everything"
    if environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return "16 million"
    name = environ.get("TERM", "")
    return "256" if "256color" in name or name.endswith("-direct") else "16; a terminal that has more sets COLORTERM"


def _locale(environ: Mapping[str, str]) -> str:
    """The variable that counts for characters."""
    variable = next((name for name in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(name)), None)
    return f"{variable}={environ[variable]}" if variable else "no locale is set"


# ---------------------------------------------------------------- the function key


def key_finding(kill_keys: tuple[str, ...]) -> Finding:
    """Ask for the kill key, and wait for it. Enter skips the test."""
    shown = kill_keys[0].upper()
    say(f"Press {shown}, the kill key, to see it arrive: nothing is sent. Enter skips this.")
    arrived = _arrived({_bare(key) for key in kill_keys})
    if arrived is None:
        why = "tmux, screen or the terminal may keep it. Choose another in the settings: [keys] kill"
        return fault("function key", f"{shown} did not arrive within {KEY_WITHIN_S:.0f} s: {why}")
    return ok("function key", f"{arrived.upper()} arrived") if arrived else not_tested(kill_keys)


def not_tested(kill_keys: tuple[str, ...]) -> Finding:
    """Return that the key was not pressed."""
    return note("function key", f"{kill_keys[0].upper()} not tested")


_ENTER = {"enter", "ctrl+j"}
"""Enter, and what the terminal makes of it here."""


def _bare(key: str) -> str:
    """A key without its modifiers: with any of them it is the kill key."""
    return key.rpartition("+")[2]


def _arrived(wanted: set[str]) -> str | None:
    """The key that arrived, empty if enter did, None if the time passed."""
    file, before = sys.stdin.fileno(), termios.tcgetattr(sys.stdin)
    source, ends_s = Input(), steady_s() + KEY_WITHIN_S
    with interrupts.terminal_restored():
        try:
            tty.setcbreak(file, termios.TCSANOW)
            while (now_s := steady_s()) < ends_s:
                waits_s = min(ends_s, source.due_s or ends_s) - now_s
                is_there = bool(select.select([file], [], [], max(waits_s, 0))[0])
                events = source.feed(os.read(file, 1024), steady_s()) if is_there else source.tick(steady_s())
                names = [event.name for event in events if isinstance(event, Pressed)]
                if found := next((_bare(name) for name in names if _bare(name) in wanted), None):
                    return found
                if _ENTER & set(names):
                    return ""
        finally:
            termios.tcsetattr(file, termios.TCSANOW, before)
    return None
