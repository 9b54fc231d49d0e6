"""The command for alerts, as a real program: what it reads, what it lacks, and that it ends."""

import os
import time
from pathlib import Path

import pytest

from pbtui.ui.threads import alert_command
from pbtui.ui.threads.alert_command import MOST_AT_ONCE, AlertCommand
from tests.exchange import eventually

DOCUMENT = b'{"alerts": []}\n' + b" " * 50_000


def a_script(folder: Path, text: str) -> AlertCommand:
    return AlertCommand(["/bin/sh", "-c", text, "name", str(folder)])


def until_idle(command: AlertCommand) -> list[str]:
    """Wait until nothing runs, and return the problems."""
    eventually(lambda: command._under_way == 0)
    return [*command.take_problems()]


def test_it_reads_the_document_and_its_environment_holds_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PBTUI_API_KEY_OWN", "hidden-1")
    monkeypatch.setenv("PGPASSWORD", "hidden-2")
    command = a_script(tmp_path, 'cat > "$1/read"; env > "$1/env"; echo noise; echo more >&2')
    command.start(DOCUMENT)
    assert until_idle(command) == []
    assert (tmp_path / "read").read_bytes() == DOCUMENT
    written = (tmp_path / "env").read_text()
    assert "hidden" not in written
    assert f"PATH={os.environ['PATH']}" in written


@pytest.mark.parametrize("stream", ["", " >&2"])
def test_its_output_is_dropped_however_much_it_is(tmp_path: Path, stream: str) -> None:
    command = a_script(tmp_path, f'head -c 3000000 /dev/zero{stream}; cat > "$1/read"')
    command.start(DOCUMENT)
    assert until_idle(command) == []
    assert (tmp_path / "read").read_bytes() == DOCUMENT, "it ran to its end"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("exit 3", "alert command: sh ended with exit code 3"),
        ("kill -9 $$", "alert command: sh was ended by signal 9"),
        ("sleep 60 & sleep 60", "alert command: sh did not end within 0.2 s, and was killed"),
    ],
)
def test_a_failure_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, problem: str) -> None:
    monkeypatch.setattr(alert_command, "WITHIN_S", 0.2 if "sleep" in text else 30.0)
    command = a_script(tmp_path, text)
    began_s = time.monotonic()
    command.start(DOCUMENT)
    assert time.monotonic() - began_s < 10, "nothing waits for it"
    assert until_idle(command) == [problem]
    assert command.take_problems() == []


def test_a_program_that_is_not_there_is_named() -> None:
    command = AlertCommand(["/nowhere/page-me", "secret"])
    command.start(DOCUMENT)
    assert until_idle(command) == ["alert command: page-me can't be run (No such file or directory)"]


def test_at_most_so_many_run_at_once(tmp_path: Path) -> None:
    command = a_script(tmp_path, 'while ! [ -e "$1/go" ]; do sleep 0.02; done')
    for _ in range(MOST_AT_ONCE):
        assert command.is_free
        command.start(DOCUMENT)
    assert not command.is_free
    (tmp_path / "go").touch()
    assert until_idle(command) == []
    assert command.is_free
