"""A host of its own for commands that need a key: keyring plugins, and processes and terminals where they matter."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import getsource
from pathlib import Path
from tempfile import TemporaryFile
from threading import Timer
from typing import Any, NoReturn
from unittest.mock import patch

from pbtui.cli.main import main
from pbtui.settings.addresses import origin_of
from pbtui.settings.secrets import credentials, keyring_access
from tests.end_to_end.forked import Forked
from tests.end_to_end.host import invoke, read_closed_terminal, read_terminal, written
from tests.exchange import RunningExchange

PLUGINS = Path(__file__).parents[1] / "settings" / "secrets" / "plugins"
KEY = "0f1e-Secret-Key-of-the-desk-that-is-longer-than-32"
PRODUCTION = "https://desk.example/acme/epex/v2/api"
STAGING = "https://staging.example/playground/epex/v2/api"
STUCK_S = 30
"""Long enough for any machine; a process that still runs then hangs."""

LIMITED = """
import sys
from pbtui.settings.secrets import credentials, keyring_access
keyring_access.KEYRING_LIMIT_S = credentials.COMMAND_LIMIT_S = {:g}
"""
"""Sets the time limit of a source: one for any machine, or a short one for a source that hangs."""

PBTUI = "from pbtui.__main__ import run; sys.argv[0] = 'pbtui'; run()"


def obtain() -> None:
    """A command that needs a key: it calls `obtain_api_key` as the other commands do."""
    import sys

    from pbtui.cli.api_key import obtain_api_key
    from pbtui.cli.refusals import LocalRefusal
    from pbtui.settings.file import load_settings

    try:
        key = obtain_api_key(load_settings(None).profile("prod"))
    except LocalRefusal as refusal:
        refusal.show()
        sys.exit(refusal.exit_code)
    print("obtained", len(key.get_secret_value()), key)


OBTAIN = f"{getsource(obtain)}\nobtain()\n"
"""The same in a process of its own."""

HANGING = ("desk_rings.BlockedRing", "desk_rings.BlockedOpeningRing", "desk_rings.SlowStoringRing")


@dataclass
class Host:
    """A host of its own: home, settings file, keyring plugin and the file its entries are in."""

    home: Path
    keyring: str | None = "desk_rings.FileRing"
    variables: dict[str, str] = field(default_factory=dict)
    limit_s: float = STUCK_S

    @property
    def settings_file(self) -> Path:
        return self.home / "config" / "pbtui" / "config.toml"

    @property
    def environment(self) -> Mapping[str, str]:
        chosen = {"PYTHON_KEYRING_BACKEND": self.keyring} if self.keyring else {}
        return {
            **chosen,
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_DATA_HOME": str(self.home / "data"),
            "PYTHONPATH": str(PLUGINS),
            "DESK_RING_FILE": str(self.home / "ring.json"),
            "TERM": "xterm",
            "LANG": "C.UTF-8",
            "RES_OPTIONS": "timeout:1 attempts:1",  # the server of a profile is looked up, also where no name server is
            **self.variables,
        }

    @property
    def entries(self) -> dict[str, dict[str, str]]:
        file = self.home / "ring.json"
        return json.loads(file.read_text()) if file.exists() else {}

    @entries.setter
    def entries(self, entries: dict[str, dict[str, str]]) -> None:
        (self.home / "ring.json").write_text(json.dumps(entries))

    def invoke(self, *arguments: str, stdin: str | bytes = b"") -> subprocess.CompletedProcess[str]:
        """Run pbtui to the end in this process, without a terminal, and see that the key shows nowhere.

        The keyring is opened in this process too, as where no other can be started.
        """
        return self._invoke(main, *arguments, stdin=stdin)

    def obtain(self) -> subprocess.CompletedProcess[str]:
        """Run `obtain` in the same way."""

        def program(_arguments: Sequence[str]) -> NoReturn:
            obtain()
            sys.exit(0)

        return self._invoke(program)

    def _invoke(
        self, program: Callable[[Sequence[str]], object], *arguments: str, stdin: str | bytes = b""
    ) -> subprocess.CompletedProcess[str]:
        given, plugins = stdin.encode() if isinstance(stdin, str) else stdin, self.environment["PYTHONPATH"]
        with (
            patch.object(sys, "path", [*plugins.split(os.pathsep), *sys.path]),
            patch.object(sys, "executable", "/no/python"),
            patch.multiple(keyring_access, KEYRING_LIMIT_S=self.limit_s, _has_hung=False),
            patch.object(credentials, "COMMAND_LIMIT_S", self.limit_s),
        ):
            return _checked(invoke(*arguments, environment=self.environment, program=program, stdin=given))

    def pbtui(self, *arguments: str, stdin: str | bytes = b"") -> subprocess.CompletedProcess[str]:
        """The same in a process of its own, where that matters."""
        given = self.home / "given"
        given.write_bytes(stdin.encode() if isinstance(stdin, str) else stdin)
        with given.open("rb") as words, TemporaryFile() as out, TemporaryFile() as err:
            code = self._begin(arguments, stdin=words, stdout=out, stderr=err).wait(STUCK_S)
            return _checked(subprocess.CompletedProcess(arguments, code, written(out), written(err)))

    def python(self, program: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a program in a new Python."""
        return _checked(
            subprocess.run(
                [sys.executable, "-c", LIMITED.format(self.limit_s) + program],
                input=stdin.encode(),
                capture_output=True,
                env=self.environment,
                cwd=self.home,
                timeout=STUCK_S,
                check=False,
            )
        )

    def keys(self, *arguments: str, stdin: str | bytes = b"") -> subprocess.CompletedProcess[str]:
        return self.invoke("keys", *arguments, stdin=stdin)

    def at_terminal(self, *arguments: str, answers: list[tuple[str, str]]) -> tuple[int, str]:
        """Run in a terminal, typing each answer when its question shows; exit code and everything that showed."""
        ours, theirs = os.openpty()
        streams = dict.fromkeys(("stdin", "stdout", "stderr"), theirs)
        process = self._begin(arguments, terminal=os.ttyname(theirs), **streams)
        os.close(theirs)
        watchdog = Timer(STUCK_S, process.kill)  # ends the reading below, and with it the test
        watchdog.start()
        shown = b""
        for question, answer in answers:
            seen = len(shown)
            while question.encode() not in shown[seen:]:
                piece = read_terminal(ours)
                assert piece, f"ended before it asked {question!r}: {shown.decode()}"
                shown += piece
            os.write(ours, answer.encode())
        shown += read_closed_terminal(ours)
        os.close(ours)
        code = process.wait(STUCK_S)
        watchdog.cancel()
        assert KEY[:12] not in shown.decode()
        assert "Traceback" not in shown.decode()
        return code, shown.decode().replace("\r\n", "\n")

    def _begin(self, arguments: Sequence[str], **given: Any) -> Forked:
        """Begin a program with the arguments of pbtui, or code in its place after `-c`; `given` as for Forked."""
        program, words = (f"{arguments[1]}\nsys.exit()", arguments[2:]) if arguments[:1] == ("-c",) else ("", arguments)
        paths = self.environment["PYTHONPATH"].split(os.pathsep)
        first = f"{LIMITED.format(self.limit_s)}\nsys.path[:0] = {paths}\n{program}"
        return Forked(words, env=self.environment, cwd=self.home, first=first, **given)


def _checked(done: subprocess.CompletedProcess[bytes]) -> subprocess.CompletedProcess[str]:
    ended = subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in ended.stderr
    assert KEY[:12] not in ended.stdout + ended.stderr
    return ended


def make_host(home: Path) -> Host:
    """A host with two profiles; prod is the default one."""
    host = Host(home)
    host.settings_file.parent.mkdir(parents=True)
    host.settings_file.write_text(
        f"""
        default_profile = "prod"
        [profiles.prod]
        base_url = "{PRODUCTION}"
        [profiles.desk-test]
        base_url = "{STAGING}"
        """
    )
    host.settings_file.chmod(0o600)
    return host


def at(exchange: RunningExchange, host: Host) -> str:
    """Let the profile be at this exchange. Returns its keyring's service."""
    host.settings_file.write_text(f'[profiles.prod]\nbase_url = "{exchange.base_url}"')
    return f"pbtui:{origin_of(exchange.base_url)}"
