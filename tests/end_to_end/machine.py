"""What a machine can lack: a name server that answers, or threads. The programs of a `Host` run on such a machine."""

from pathlib import Path

from tests.end_to_end.host import Host

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
        _at_start(host, _NAME_SERVER.format(state=str(self._state)))

    def answers(self) -> None:
        self._state.write_text("")

    def hangs(self) -> None:
        self._state.write_text("hangs")

    def fails(self, error: str) -> None:
        """Answer with this error of getaddrinfo, such as `EAI_AGAIN`."""
        self._state.write_text(error)


def _at_start(host: Host, code: str) -> None:
    """Let every Python of this host run the code when it starts."""
    folder = Path(host.home) / "at_start"
    folder.mkdir(exist_ok=True)
    with (folder / "sitecustomize.py").open("a") as file:
        file.write(code)
    host.variables["PYTHONPATH"] = str(folder)
