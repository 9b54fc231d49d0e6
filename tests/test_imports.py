"""What a command imports is what its start costs: each brings along what it needs and nothing else."""

import subprocess
import sys
from pathlib import Path

import click
import pytest

from pbtui.cli.main import COMMANDS, LazyGroup, main
from tests.end_to_end.host import Host
from tests.exchange import RunningExchange

PROJECT = Path(__file__).parents[1]
DRAWING = {"textual", "rich"}
TALKING = {"httpx", "pydantic", "msgspec", "keyring", "asyncio"}


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path, variables={"PYTHONPROFILEIMPORTTIME": "1"})


ONE_AFTER_ANOTHER = """
import sys
from pbtui.cli.main import main

for arguments in sys.argv[1:]:
    try:
        main(arguments.split())
    except SystemExit as end:
        assert not end.code, arguments
"""


def imported(host: Host, *commands: str) -> set[str]:
    """The packages that these commands and the processes they start import on their way to success."""
    done = host.run(*commands, command=(sys.executable, "-c", ONE_AFTER_ANOTHER))
    talk = done.stderr.decode()
    assert done.returncode == 0, talk
    lines = [line.rpartition("|")[2].strip() for line in talk.splitlines() if line.startswith("import time:")]
    assert "click" in lines
    return {line.partition(".")[0] for line in lines}


def test_the_help_imports_no_command(host: Host) -> None:
    assert not imported(host, "--help", "--version") & (DRAWING | TALKING)


def test_the_help_says_of_each_command_what_it_says_itself() -> None:
    assert isinstance(main, LazyGroup)
    for name, (_, summary) in COMMANDS.items():
        command = main.get_command(click.Context(main), name)
        assert command is not None
        assert command.help is not None
        assert command.help.startswith(summary.removesuffix(".")), name


def test_commands_without_a_client_do_not_import_one(host: Host) -> None:
    host.adopt("http://127.0.0.1:1/epex/v2/api", "a-key")
    assert not imported(host, "keys --help", "keys status", "simulate --help") & (DRAWING | {"httpx"})


def test_only_the_desk_draws(host: Host, exchange: RunningExchange) -> None:
    host.adopt(exchange.base_url, exchange.keys["trader"])
    packages = imported(host, "orders", f"history {exchange.orders()[0]['order_id']}", "demo", "kill --yes")
    assert {"httpx", "pydantic", "starlette"} <= packages
    assert not packages & DRAWING


def test_the_command_line_of_httpx_is_left_out_and_stays_importable() -> None:
    look = "print('rich' in sys.modules)"
    ask = f"import sys, pbtui.api.transport.connection; {look}; import httpx._main; {look}"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split() == ["False", "True"], done.stderr


def test_the_first_frame_waits_for_nothing_it_does_not_need() -> None:
    modules = "import sys, pbtui.cli.desk, pbtui.ui.app, pbtui.ui.screens.opening_screen"
    ask = f"{modules}; print(*(name for name, module in sys.modules.items() if module))"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, timeout=60, check=True)
    packages = {module.partition(".")[0] for module in done.stdout.split()}
    assert "textual" in packages
    assert not packages & {"httpx", "pydantic", "keyring", "starlette", "uvicorn"}


def test_a_kill_and_a_list_go_without_the_models_of_other_reads_and_a_kill_without_a_team() -> None:
    modules = "import sys, pbtui.cli.kill.command, pbtui.cli.kill.output, pbtui.desk.kill.switch, pbtui.api.client"
    ask = f"{modules}; print(*sys.modules); import pbtui.cli.orders; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, timeout=60, check=True)
    kill, orders = (line.split() for line in done.stdout.splitlines())
    others = ("pbtui.api.reads", "pbtui.desk.formats.filters")
    assert not [module for module in kill if module.startswith((*others, "pbtui.desk.team"))]
    assert not [module for module in orders if module.startswith(others)]


WITHOUT_PYDANTIC = """
import sys
sys.modules["pydantic"] = None
from pbtui.cli.main import main
main(sys.argv[1:])
"""


def test_a_kill_is_verified_before_it_needs_pydantic(host: Host, exchange: RunningExchange) -> None:
    host.adopt(exchange.base_url, exchange.keys["trader"])
    active = [order for order in exchange.orders() if order["state"] == "ACTI"]
    done = host.run("kill", "--yes", command=(sys.executable, "-c", WITHOUT_PYDANTIC))
    assert (done.returncode, done.stdout.decode().startswith("KILL VERIFIED")) == (0, True)
    assert f"now: {len(active)} DEACTIVATED" in done.stdout.decode()
    assert active
    assert not [order for order in exchange.orders() if order["state"] == "ACTI"]


def test_the_layers_hold() -> None:
    check = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run(
        [sys.executable, "-c", check], cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout
    assert " 0 broken" in done.stdout
