"""The kill, and the re-arm after it, as commands for a shell: of pbtui, and of curl for when pbtui can't send it."""

import shlex
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from pbtui.api.sanitize import wire_id
from pbtui.desk.formats.areas import area_name
from pbtui.desk.kill.halt import Halt
from pbtui.desk.kill.plan import AnyOrder, KillPlan, plan_for
from pbtui.settings.kill import ALL, KillAction
from pbtui.settings.profiles import Profile, api_key_variable
from pbtui.settings.shell_command import shell_command

if TYPE_CHECKING:  # a kill does without pydantic
    from pbtui.api.requests import UpdateStatus

ORDERS_PER_LINE = 50


# ---------------------------------------------------------------- of pbtui


def kill_command(profile: Profile, plan: KillPlan) -> str:
    """Return the command that fires this plan at once; empty for the demo, which no other program knows."""
    return shell_command(profile, "kill", "--yes", f"--action={plan.action.value}", *_bounds(profile, plan))


def _bounds(profile: Profile, plan: KillPlan) -> Iterator[str]:
    """Yield the options for the bounds that count for the action and differ from those of the settings."""
    own = plan_for(profile)
    if plan.action.is_account_wide:
        if plan.products != own.products:
            yield from (f"--product={product}" for product in plan.products or (ALL,))
    elif plan.delivery_areas != own.delivery_areas:
        yield from (f"--delivery-area={area_name(area)}" for area in plan.delivery_areas or (ALL,))
    if not plan.includes_pre_arranged and plan.action is not KillAction.DELETE_MINE:
        yield "--exclude-pre-arranged"


def rearm_command(profile: Profile, halt: Halt, reason: str = "") -> str:
    """Return the command that lifts this halt; it asks for the name of the profile, and for a reason if there is none.

    Empty for the demo.
    """
    others = [f"--halt-of={halt.name}"] if halt.is_others else []
    return shell_command(profile, "rearm", *others, *([f"--reason={reason}"] if reason else []))


def confirm_command(profile: Profile) -> str:
    """Return the command that confirms the re-arm for which another operator asks; empty for the demo.

    It shows the request, and asks for the name of the profile whose halt it is.
    """
    return shell_command(profile, "rearm", "--confirm")


def everything_command(profile: Profile, wanted: "UpdateStatus") -> str:
    """Return the command that changes every order at the exchange like this; it asks for typed words.

    Empty for the demo.
    """
    products = (f"--product={product}" for product in wanted.prod_name or ())
    pre_arranged = ["--include-pre-arranged"] if wanted.incl_pre_arranged else []
    return shell_command(profile, "account", wanted.order_mod_type.verb, *products, *pre_arranged)


# ---------------------------------------------------------------- of curl


def curl_lines(profile: Profile, plan: KillPlan, orders: Iterable[AnyOrder] = ()) -> str:
    """The plan as curl commands, one per line.

    The commands are for bash or zsh. Neither they nor their list of arguments, which other users can see, contain the
    API key: the shell takes it from the profile's environment variable. Own orders are named by their ids if these are
    known. Otherwise the command reads the orders first and builds the list with `jq`.
    """
    if plan.action.is_account_wide:
        status: dict[str, object] = {
            "orderModType": "DELE" if plan.action.deletes else "DEAC",
            "inclPreArranged": plan.includes_pre_arranged,
        }
        if plan.products:
            status["prodName"] = plan.products
        return _line(profile, "PUT", "/orders/status", body=_json(status))
    known = [order for order in orders if order.order_id]
    portfolios = plan.portfolios or tuple(sorted({order.portfolio_id for order in known if order.portfolio_id}))
    if plan.action.deletes and portfolios:
        areas = f"&delivery_areas={','.join(plan.delivery_areas)}" if plan.delivery_areas else ""
        return _line(profile, "DELETE", f"/orders?portfolio_id={','.join(map(wire_id, portfolios))}{areas}")
    code = "DELE" if plan.action.deletes else "DEAC"
    path = "/orders/list?ignore_order_action_quota=true"
    if not known:
        areas = f" | select(.delivery_area as $a | {_json(plan.delivery_areas)} | index($a))"
        make = f'[.[]{areas if plan.delivery_areas else ""} | {{order_id, changes: {{action: "{code}"}}}}]'
        query = f"&portfolio_id={','.join(map(wire_id, plan.portfolios))}" if plan.portfolios else ""
        read = _line(profile, "GET", f"/orders?active_only=true{query}")
        return f"{read} | jq {shlex.quote(make)} | {_line(profile, 'PUT', path, body='@-')}"
    items = [{"order_id": wire_id(order.order_id or ""), "changes": {"action": code}} for order in known]
    chunks = [items[start : start + ORDERS_PER_LINE] for start in range(0, len(items), ORDERS_PER_LINE)]
    return "\n".join(_line(profile, "PUT", path, body=_json(chunk)) for chunk in chunks)


def _line(profile: Profile, method: str, path: str, *, body: str | None = None) -> str:
    words = ["curl", "--fail-with-body", "-sS", "-X", method]
    if profile.ca_file is not None:
        words += ["--cacert", str(profile.ca_file)]
    if profile.proxy is not None:
        words += ["--proxy", profile.proxy]
    # printf is part of the shell, so that no list of arguments shows the key. The variable may begin with the server.
    header = f"""printf 'api_key: %s' "${{{api_key_variable(profile.name)}##* }}\""""
    line = [shlex.join(words), f"-H @<({header})"]
    if body is not None:
        line += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(body)}"]
    return " ".join([*line, shlex.quote(profile.base_url.rstrip("/") + path)])


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
