"""`pbtui simulate`: the practice exchange alone, over real HTTP."""

import click

from pbtui.simulator.faults import FaultPlan, read_fault_options
from pbtui.simulator.server import SimulatorOptions, run


def _fault_plan(_ctx: click.Context, _param: click.Parameter, options: tuple[str, ...]) -> FaultPlan:
    try:
        return read_fault_options(options)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0 takes a free one.")
@click.option("--orders", type=click.IntRange(0), default=60, show_default=True, help="Own orders that rest at start.")
@click.option(
    "--churn",
    type=click.FloatRange(0, 1),
    default=0.02,
    show_default=True,
    help="Part of them that changes in a second. 0: the market stands still.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same day.")
@click.option(
    "--fault",
    "plan",
    multiple=True,
    metavar="NAME=VALUE",
    callback=_fault_plan,
    help="Let something go wrong from the start, for example latency=0.5 or garbage=html. May be repeated.",
)
def simulate(host: str, port: int, orders: int, churn: float, seed: int, plan: FaultPlan) -> None:
    """Serve a practice exchange until it is stopped.

    Prints one line of JSON when it serves: base URL, keys and portfolios.
    """
    options = SimulatorOptions(host=host, port=port, orders=orders, churn=churn, seed=seed, plan=plan)
    try:
        run(options, click.echo)
    except OSError as error:
        raise click.ClickException(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
