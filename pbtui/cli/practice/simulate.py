"""`pbtui simulate`: run only the simulator, over HTTP."""

import os
import signal
import threading

import click

from pbtui.cli.interrupts import interrupts
from pbtui.cli.listing import finite
from pbtui.simulator.http.faults import FaultPlan, read_fault_options
from pbtui.simulator.http.server import SimulatorOptions, run


def _fault_plan(_ctx: click.Context, _param: click.Parameter, options: tuple[str, ...]) -> FaultPlan:
    try:
        return read_fault_options(options)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    help="Port to listen on; 0 chooses a free one.",
)
@click.option(
    "--orders", type=click.IntRange(0), default=60, show_default=True, help="Number of own orders at the start."
)
@click.option(
    "--churn",
    type=click.FloatRange(0, 1),
    callback=finite,
    default=0.02,
    show_default=True,
    help="Fraction of them that changes each second; 0 keeps the market still.",
)
@click.option(
    "--seed", type=int, default=1, show_default=True, help="Seed of the market; the same seed gives the same day."
)
@click.option(
    "--fault",
    "plan",
    multiple=True,
    metavar="NAME=VALUE",
    callback=_fault_plan,
    help="Fault from the start, for example latency=0.5 or garbage=html. May be repeated.",
)
@click.option("--stop-with-stdin", is_flag=True, hidden=True, help="Stop when standard input ends: for `pbtui demo`.")
def simulate(
    host: str, port: int, orders: int, churn: float, seed: int, plan: FaultPlan, stop_with_stdin: bool
) -> None:
    """Run a simulator until it is stopped.

    Prints one line of JSON when it is ready: base URL, API keys and portfolios.
    """
    if stop_with_stdin:
        threading.Thread(target=_stop_at_end_of_stdin, daemon=True).start()
    interrupts.end_with("", 0)
    options = SimulatorOptions(host=host, port=port, orders=orders, churn=churn, seed=seed, plan=plan)
    try:
        run(options, _announce)
    except OSError as error:
        raise click.ClickException(f"cannot listen on {host}:{port}: {error.strerror or error}") from error


def _announce(line: str) -> None:
    interrupts.ignore()  # from now on the server handles signals itself, and ends its answers
    click.echo(line)


def _stop_at_end_of_stdin() -> None:
    # os.read instead of sys.stdin: a thread waiting in the buffer of sys.stdin keeps the interpreter from ending.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
