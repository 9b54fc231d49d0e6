"""A new settings file: its text, and how it is created once.

Each line has a comment, and each setting with a default stands there as a comment: without its `#` it is valid.
"""

import errno
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from pbtui.api.sanitize import wire_id
from pbtui.settings.profiles import Environment, Profile

_WIDTH = 38
"""The column in which comments begin."""


def settings_text(profile: Profile, portfolios: Sequence[str], areas: Sequence[str], written_at: datetime) -> str:
    """Return the text of a file with this profile as the default one. The others are those of `profile_text`."""
    head = [
        f"# Settings of pbtui, written once by `pbtui setup` on {written_at:%Y-%m-%d}. No program changes this file.",
        "# A line that begins with # is a comment. To use the setting in it, remove the #.",
        "# pbtui config check finds mistakes, pbtui config show lists every value and where it comes from.",
        "# The API key is never in this file: pbtui keys status says where it is.",
        "",
        _line("default_profile", json.dumps(profile.name), "used if no --profile is given"),
        _line("# theme", '"night"', "or day, high-contrast, colour-blind, sixteen; one chosen with ctrl+p wins"),
        _line("# mouse", "true", "a click chooses a row, a tab or a field, the wheel scrolls; it never sends"),
        "",
        "# [keys]",
        _line("# kill", '"f9"', 'or another function key, or several: "f8,ctrl+f9"'),
    ]
    return "\n".join([*head, "", profile_text(profile, portfolios, areas)])


def profile_text(profile: Profile, portfolios: Sequence[str], areas: Sequence[str]) -> str:
    """Return the tables of a profile. `portfolios` and `areas` are what its key reaches, for the comments."""
    lines = [
        f"[profiles.{profile.name}]",
        _line("base_url", json.dumps(profile.base_url)),
        _line("environment", json.dumps(profile.environment.value), _about(profile.environment)),
        _line("read_only", "true", "the desk opens read-only, and w switches trading on until it is closed."),
        f"{'':<{_WIDTH}}# To open it with trading on: read_only = false",
        *_key_lines(profile),
        _line("# portfolios", _list(portfolios) or '["TRD1"]', "only these; otherwise all that the key reaches"),
        _line("# delivery_areas", _list(areas) or '["AMP"]', "only these; otherwise all"),
        _line("# poll_seconds", "2", "time between two reads of the orders"),
        _line("# market_timezone", json.dumps(profile.market_timezone)),
        _line("# price_step", "0.01", "step of + - ] [, in EUR/MWh"),
        _line("# quantity_step", "0.1", "step of alt+ and alt-, in MW"),
        _line("# position_guard", "true", "changes and new orders expect the net position that was read"),
        "",
        f"# [profiles.{profile.name}.limits]    # refuse what exceeds them, against typing errors",
        _line("# max_quantity_mw", "50"),
        _line("# min_price", "-500"),
        _line("# max_price", "4000"),
        _line("# max_orders_per_action", "100"),
        "",
        f"# [profiles.{profile.name}.presets]   # words for a new order's line",
        _line("# hedge", '"sell 5 @ 80"'),
        "",
        f"# [profiles.{profile.name}.alerts]    # the ways of each kind of alert; pbtui config show lists them",
        _line("# fill", '["line", "log", "notify"]', "or bell, title"),
        _line("# gate_closing_minutes", "10"),
        "",
        f"# [profiles.{profile.name}.kill]      # the kill switch",
        _line("# action", '"deactivate-mine"', "or delete-mine, deactivate-all, delete-all"),
        _line("# guard", '"confirm"', "or grace: fires by itself after 2 s; or typed"),
        _line("# phones", '["PowerBot support +43 1 234567"]', "shown if the kill is not verified"),
    ]
    return "\n".join([*lines, ""])


def create_private_file(file: Path, text: str) -> None:
    """Create a file that only this user can read, and never change one that is there.

    Raises FileExistsError, and OSError if it can't be written; then no file is left. A path in the text that is no
    UTF-8 raises OSError too, before anything is created.
    """
    try:
        content = text.encode()
    except UnicodeEncodeError:
        raise OSError(errno.EILSEQ, "a path in it is not UTF-8", str(file)) from None
    _create_private_folder(file.parent)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            os.fchmod(opened.fileno(), 0o600)  # whatever the umask takes away
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
    except OSError:
        with suppress(OSError):
            file.unlink()
        raise


def _create_private_folder(folder: Path) -> None:
    """Create a folder and those above it that are missing, each for this user alone, whatever the umask."""
    if not folder.exists():
        _create_private_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)


def _key_lines(profile: Profile) -> list[str]:
    ca_file, key_file = profile.ca_file, profile.api_key_file
    return [
        *([] if ca_file is None else [_line("ca_file", _text(str(ca_file)), "authorities of the server")]),
        *([] if profile.proxy is None else [_line("proxy", json.dumps(profile.proxy))]),
        *([] if key_file is None else [_line("api_key_file", _text(str(key_file)), "only you may read it")]),
        _line("# api_key_command", '["pass", "show", "powerbot"]', "a program that prints the key"),
    ]


def _text(text: str) -> str:
    """A text as TOML. It has no pairs of surrogates, which JSON would write for what is beyond 16 bits."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _about(environment: Environment) -> str:
    if environment is Environment.PRODUCTION:
        return "real orders, real money; a red frame says so"
    return "no real orders"


def _list(ids: Sequence[str]) -> str:
    """Ids as TOML; those that are shown otherwise than they are sent can't be named in a file, nor odd ones."""
    usable = [each for each in ids if wire_id(each) == each and each.isprintable() and not set(each) & set(" ,")]
    return json.dumps(usable, ensure_ascii=False) if usable else ""


def _line(name: str, value: str, about: str = "") -> str:
    setting = f"{name} = {value}"
    return f"{setting:<{_WIDTH - 2}}  # {about}" if about else setting
