"""`pbtui status`: active orders, market and halt in one look, also for tmux and Prometheus."""

import json
from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

import click
from msgspec import Struct

from pbtui.api.client import OrdersClient, OrdersReply
from pbtui.api.errors import OrdersApiError
from pbtui.api.reads.client import ValueRead
from pbtui.api.reads.market import MarketStatus
from pbtui.api.sanitize import safe_text
from pbtui.cli.access import ask, chosen_profile
from pbtui.cli.invocation import Invocation
from pbtui.cli.reads.output import Read, end_if_refused
from pbtui.cli.team.halts import halts_in_words
from pbtui.desk.blotter.open_totals import Totals
from pbtui.desk.formats.market_words import quota_words, status_words
from pbtui.desk.formats.number_format import quantity_text
from pbtui.desk.formats.time_format import UTC_ZONE, in_zone
from pbtui.desk.kill.halt import read_halt
from pbtui.settings.profiles import Profile

_NOT_KNOWN = "not known"
_LONGEST_STATUS = 12


class Status(Struct, frozen=True):
    """Present state of a profile: its active orders with their open MW, the market, and the halt.

    `market` is None if it could not be read. `gap` is the reason if the list of orders may not be whole or is old,
    `halted` that of the halt; both are empty otherwise. `halted` is None if the store of the team did not answer,
    and this host knows of no halt there. `zone` is that of the market.
    """

    profile: str
    active: int
    totals: Totals
    gap: str
    market: MarketStatus | None
    halted: str | None
    zone: ZoneInfo = UTC_ZONE


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "tmux", "prometheus"]),
    default="text",
    show_default=True,
    help="Lines to read, one JSON object, one short line for a status bar (tmux), or metrics (prometheus).",
)
@click.pass_obj
def status(invocation: Invocation, form: str) -> None:
    """Show active orders, market and halt of a profile; change nothing.

    Without an answer, tmux and prometheus say so on stdout too.
    """
    profile = chosen_profile(invocation)

    async def read(client: OrdersClient) -> tuple[OrdersReply, Read]:
        orders = await client.get_own_orders(portfolio_id=profile.portfolios, active_only=True)
        try:
            return orders, await client.reads.get_status()
        except OrdersApiError as error:
            return orders, error

    try:
        orders, market = ask(profile, read)
    except click.ClickException:
        click.echo(_NO_ANSWER[form](profile.name), nl=False)
        raise
    click.echo(_FORMS[form](status_of(profile, orders, market)), nl=False)
    if not isinstance(market, ValueRead):
        end_if_refused({"market": market})


def status_of(profile: Profile, reply: OrdersReply, market: Read) -> Status:
    """Return the state that these answers, the halt on disk and the store of the team show."""
    areas = profile.delivery_areas
    orders = [order for order in reply.snapshot.orders if not areas or (order.delivery_area or areas[0]) in areas]
    live = [order for order in orders if order.is_live]
    totals = Totals()
    for order in live:
        totals = totals.plus(order, 1)
    read = market.value if isinstance(market, ValueRead) else None
    gap = reply.gap or reply.answer.old_words
    return Status(profile.name, len(live), totals, gap, read, _halted(profile), ZoneInfo(profile.market_timezone))


def _halted(profile: Profile) -> str | None:
    halt = read_halt(profile)
    if halt is not None:
        return halt.words
    halts, problem = halts_in_words(profile)
    return next(iter(halts), None if problem else "")


def text_of(status: Status) -> str:
    """Return the state as labelled lines."""
    totals, market = status.totals, status.market
    uncounted = f", and {totals.uncounted} orders of unknown MW" if totals.uncounted else ""
    halt = None if status.halted is None else in_zone(status.halted, status.zone)
    lines = [
        ("Profile", status.profile),
        ("Orders", f"{status.active} active" + (f"; {status.gap}" if status.gap else "")),
        ("MW", f"buy {quantity_text(totals.buy_mw)}, sell {quantity_text(totals.sell_mw)}{uncounted}"),
        ("Market", _NOT_KNOWN if market is None else status_words(market)),
        ("Mode", _NOT_KNOWN if market is None else market.mode or _NOT_KNOWN),
        ("Quota", _NOT_KNOWN if market is None else quota_words(market)),
        ("Halt", f"{_NOT_KNOWN}: the team store does not answer" if halt is None else halt or "none"),
    ]
    width = max(len(label) for label, _ in lines)
    return "".join(f"{label:<{width}}  {safe_text(text)}\n" for label, text in lines)


def json_of(status: Status) -> str:
    """Return the state as one JSON object; MW are texts, what is not known is null."""
    market = status.market
    quota = None if market is None else market.order_action_quota
    fields = {
        "profile": status.profile,
        "is_read": True,
        "active_orders": status.active,
        "buy_mw": str(status.totals.buy_mw),
        "sell_mw": str(status.totals.sell_mw),
        "orders_of_unknown_mw": status.totals.uncounted,
        "gap": status.gap or None,
        "market": None if market is None else market.status,
        "mode": None if market is None else market.mode,
        "order_action_quota": None if quota is None else str(quota),
        "is_halted": None if status.halted is None else bool(status.halted),
        "halted": status.halted or None,
    }
    return json.dumps(fields) + "\n"


def tmux_of(status: Status) -> str:
    """Return the state as one short line: `prod 37 ▲171.9 ▼123.4 MW OK`, with HALTED in front where that holds."""
    totals, market = status.totals, status.market
    parts = [
        "HALT ?" if status.halted is None else "HALTED" if status.halted else "",
        status.profile,
        f"{status.active}{'+?' if status.gap or totals.uncounted else ''}",
        f"▲{quantity_text(totals.buy_mw)} ▼{quantity_text(totals.sell_mw)} MW",
        _short((None if market is None else market.status) or "market ?"),
        "SAFE" if market is not None and market.mode == "SAFE" else "",
    ]
    return _for_tmux(" ".join(part for part in parts if part))


def _short(status: str) -> str:
    return status if len(status) <= _LONGEST_STATUS else f"{status[: _LONGEST_STATUS - 1]}…"


def _for_tmux(line: str) -> str:
    return safe_text(line).replace("#", "##") + "\n"  # tmux reads #(…) in a line as a command


def prometheus_of(status: Status) -> str:
    """Return the state as metrics in Prometheus' text format. A figure that is not known is left out."""
    market, totals = status.market, status.totals
    is_ok = None if market is None or market.status is None else int(market.status == "OK")
    figures: Mapping[str, object] = {
        "pbtui_up": 1,
        "pbtui_active_orders": status.active,
        "pbtui_buy_mw": totals.buy_mw,
        "pbtui_sell_mw": totals.sell_mw,
        "pbtui_orders_of_unknown_mw": totals.uncounted,
        "pbtui_orders_complete": int(not status.gap),
        "pbtui_market_ok": is_ok,
        "pbtui_order_action_quota_ratio": None if market is None else market.order_action_quota,
        "pbtui_halted": None if status.halted is None else int(bool(status.halted)),
    }
    return _metrics(status.profile, figures)


def _metrics(profile: str, figures: Mapping[str, object]) -> str:
    label = safe_text(profile).replace("\\", "\\\\").replace('"', '\\"')
    known = {name: value for name, value in figures.items() if value is not None}
    return "".join(f'# TYPE {name} gauge\n{name}{{profile="{label}"}} {value}\n' for name, value in known.items())


_FORMS: Mapping[str, Callable[[Status], str]] = {
    "text": text_of,
    "json": json_of,
    "tmux": tmux_of,
    "prometheus": prometheus_of,
}
_NO_ANSWER: Mapping[str, Callable[[str], str]] = {
    "text": lambda profile: "",
    "json": lambda profile: json.dumps({"profile": profile, "is_read": False}) + "\n",
    "tmux": lambda profile: _for_tmux(f"{profile} NO DATA"),
    "prometheus": lambda profile: _metrics(profile, {"pbtui_up": 0}),
}
