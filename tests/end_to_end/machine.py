"""A machine without a name server that answers, or without threads, for the programs of a `Host`."""

import os
import shutil
import subprocess
from collections.abc import Sequence

import pytest

from tests.end_to_end.host import PBTUI, Host

NAME = "localhost"
"""The name of the exchange; its address is that of the loopback."""

_NAME_SERVER = f"""
import pathlib, socket, threading

look_up = socket.getaddrinfo

def getaddrinfo(host, *args, **kwargs):
    name = host.decode() if isinstance(host, bytes) else host
    if name != {NAME!r}:
        return look_up(host, *args, **kwargs)
    state = pathlib.Path({{state!r}}).read_text()
    if state == "hangs":
        threading.Event().wait()
    if state:
        raise socket.gaierror(getattr(socket, state), state)
    return look_up("127.0.0.1", *args, **kwargs)

socket.getaddrinfo = getaddrinfo
"""


class NameServer:
    """The name server of a host. It answers until it `hangs` or answers with an error of getaddrinfo: `fails`."""

    def __init__(self, host: Host) -> None:
        self._state = host.home / "name_server"
        self.answers()
        host.first += _NAME_SERVER.format(state=str(self._state))

    def answers(self) -> None:
        self._state.write_text("")

    def hangs(self) -> None:
        self._state.write_text("hangs")

    def fails(self, error: str) -> None:
        """Answer with this error of getaddrinfo, such as `EAI_AGAIN`."""
        self._state.write_text(error)


def limited() -> Sequence[str]:
    """The beginning of a command whose number of threads can be limited: the limit does not bind root."""
    if os.getuid():
        return ()
    user = (_tool("setpriv"), "--reuid=54321", "--regid=54321", "--clear-groups")
    return (*user, "--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override")


def without_threads() -> Sequence[str]:
    """pbtui as a process that can start no thread."""
    return (*limited(), _tool("prlimit"), "--nproc=1:1", *PBTUI)


def allow_no_thread_more(process_id: int) -> None:
    """Let a process that is `limited` start no thread from now on."""
    subprocess.run([*limited(), _tool("prlimit"), f"--pid={process_id}", "--nproc=1:1"], check=True)


def _tool(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is missing")
    return path
