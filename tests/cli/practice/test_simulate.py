"""`pbtui simulate`: how it reports wrong usage."""

import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from tests.exchange import RunningExchange


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--fault", "latency"], "not NAME=VALUE"),
        (["--fault", "rain=1"], "rain"),
        (["--orders", "-1"], "--orders"),
        (["--churn", "2"], "--churn"),
    ],
)
def test_wrong_usage_is_reported(arguments: list[str], reason: str) -> None:
    command = [sys.executable, "-m", "pbtui", "simulate", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert reason in done.stderr


def test_a_port_in_use_is_reported(exchange: RunningExchange) -> None:
    port = str(urlsplit(exchange.base_url).port)
    command = [sys.executable, "-m", "pbtui", "simulate", "--port", port]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr
