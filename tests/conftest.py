"""Fixtures of every room."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.exchange import RunningExchange, running_exchange


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Journals and crash reports of a test go to a place of its own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def exchange() -> Iterator[RunningExchange]:
    """A simulator of this test's own: 60 orders, and a market that stands still."""
    with running_exchange() as running:
        yield running
