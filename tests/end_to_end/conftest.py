"""Fixtures of the tests in a real terminal."""

from pathlib import Path

import pytest

from tests.end_to_end.host import Host


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """A machine without settings."""
    return Host(tmp_path)
