"""`pbtui simulate`: how it reports wrong usage."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.end_to_end.host import Host
from tests.exchange import RunningExchange


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--fault", "latency"], "not NAME=VALUE"),
        (["--fault", "rain=1"], "rain"),
        (["--orders", "-1"], "--orders"),
        (["--churn", "2"], "--churn"),
        (["--churn", "nan"], "'--churn': nan is not a finite number"),
    ],
)
def test_wrong_usage_is_reported(tmp_path: Path, arguments: list[str], reason: str) -> None:
    done = Host(tmp_path).invoke("simulate", *arguments)
    assert done.returncode == 2
    assert reason in done.stderr.decode()


def test_a_port_in_use_is_reported(tmp_path: Path, exchange: RunningExchange) -> None:
    port = str(urlsplit(exchange.base_url).port)
    done = Host(tmp_path).run("simulate", "--port", port)
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr.decode()
