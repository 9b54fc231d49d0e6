"""`pbtui keys` with a real Secret Service: gnome-keyring on a private D-Bus, unlocked, locked or without collection."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.key_host import KEY, LIMITED, PBTUI, PRODUCTION, STUCK_S, Host, make_host

MISSING = [program for program in ("dbus-run-session", "gnome-keyring-daemon") if shutil.which(program) is None]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"this machine has no {' and no '.join(MISSING)}")

UNLOCKED = "printf password | gnome-keyring-daemon --unlock --components=secrets > daemon.log 2>&1"
LOCKED = "gnome-keyring-daemon --start --components=secrets > daemon.log 2>&1"


@pytest.fixture
def host(tmp_path: Path) -> Host:
    host = make_host(tmp_path)
    host.keyring = "keyring.backends.SecretService.Keyring"
    host.variables["XDG_RUNTIME_DIR"] = str(tmp_path)
    tmp_path.chmod(0o700)
    return host


def with_secret_service(host: Host, start: str, *commands: str) -> subprocess.CompletedProcess[str]:
    """Run commands of pbtui on a bus of their own, with the service started like this."""
    program = host.home / "pbtui.program"
    program.write_text(LIMITED.format(STUCK_S) + PBTUI)
    lines = [start, *commands, "true"]
    done = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", "\n".join(lines)],  # noqa: S607 - wherever it is
        env={**host.environment, "PBTUI": f"{sys.executable} {program}"},
        cwd=host.home,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert KEY[:12] not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def test_a_key_is_stored_read_back_found_and_deleted(host: Host) -> None:
    done = with_secret_service(
        host,
        UNLOCKED,
        f"echo {KEY} | $PBTUI keys set prod; echo $?",
        "$PBTUI keys status prod; echo $?",
        "$PBTUI keys delete prod; echo $?",
        "$PBTUI keys status prod; echo $?",
    )
    stored, found, deleted, missing = (line for line in done.stdout.splitlines() if line in ("0", "2"))
    assert (stored, found, deleted, missing) == ("0", "0", "0", "2"), done.stdout + done.stderr
    assert "  keyring   keyring.backends.SecretService.Keyring (holds a key)\n" in done.stdout
    assert "Stored the API key of profile prod in the keyring and read it back, service pbtui:" in done.stderr
    assert f"service pbtui:{PRODUCTION.partition('/acme')[0]}" in done.stderr


def test_a_locked_keyring_ends_in_one_next_step(host: Host) -> None:
    assert with_secret_service(host, UNLOCKED, f"echo {KEY} | $PBTUI keys set prod").returncode == 0
    done = with_secret_service(host, LOCKED, "$PBTUI keys status prod; echo $?")
    assert done.stdout.splitlines()[-1] == "2", done.stdout + done.stderr
    assert "problem   The keyring " in done.stdout
    assert "Set the environment variable PBTUI_API_KEY_PROD, or fix the keyring and try again." in done.stdout


def test_a_keyring_without_a_collection_ends_in_one_next_step(host: Host) -> None:
    done = with_secret_service(host, LOCKED, f"echo {KEY} | $PBTUI keys set prod; echo $?")
    assert done.stdout.splitlines()[-1] == "2", done.stdout + done.stderr
    assert "Error: The keyring " in done.stderr
    assert "Set the environment variable PBTUI_API_KEY_PROD, or fix the keyring and try again." in done.stderr
