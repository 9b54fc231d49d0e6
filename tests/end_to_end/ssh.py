"""A real OpenSSH session: a server of the test's own, and a client in a terminal."""

import os
import shlex
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.host import PBTUI, Host
from tests.exchange import eventually

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"
_CONFIG = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/user_key.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PrintMotd no
PrintLastLog no
"""


class SshServer:
    """A server that lets this user in."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._port = port

    def command(self, host: Host, arguments: Sequence[str] = ()) -> tuple[str, ...]:
        """Return the command that runs pbtui on that machine in a terminal of its own."""
        variables = [f"{name}={text}" for name, text in host.environment.items() if name != "TERM"]
        there = ["env", "-i", *variables, 'TERM="$TERM"', *PBTUI, *arguments]
        remote = " ".join(word if word == 'TERM="$TERM"' else shlex.quote(word) for word in there)
        options = ["StrictHostKeyChecking=no", f"UserKnownHostsFile={os.devnull}", "LogLevel=ERROR"]
        key = ["-i", str(self._folder / "user_key"), "-o", "IdentitiesOnly=yes", "-F", os.devnull]
        ssh = [
            shutil.which("ssh") or "ssh",
            "-tt",
            "-e",
            "none",
            "-p",
            str(self._port),
            *key,
            *(f"-o{option}" for option in options),
        ]
        return (
            *ssh,
            "127.0.0.1",
            f"cd {shlex.quote(str(host.home))} && exec {remote}",
        )


@contextmanager
def ssh_server(folder: Path) -> Iterator[SshServer]:
    """Run a server; skip the test where there is none, or where it may not run."""
    if not Path(SSHD).exists() or shutil.which("ssh") is None or shutil.which("ssh-keygen") is None:
        pytest.skip("there is no OpenSSH server and client on this machine")
    for name in ("host_key", "user_key"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(command, check=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = folder / "sshd_config"
    config.write_text(_CONFIG.format(port=port, folder=folder))
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    with subprocess.Popen([SSHD, "-D", "-f", config, "-E", folder / "log"]) as server:
        try:
            eventually(lambda: _is_open(port) or server.poll() is not None)
            if server.poll() is not None:
                pytest.skip(f"the OpenSSH server can't run here: {(folder / 'log').read_text().strip()}")
            yield SshServer(folder, port)
        finally:
            server.terminate()


def _is_open(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0
