"""The report of a kill: a JSON file with all facts, and a Markdown file for people.

Both are in the platform's state folder under `kills/<profile>/`. The journal records their SHA-256.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from pbtui import __version__
from pbtui.api.decoding.snapshot import decode
from pbtui.api.models import Order
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.ascii_json import ascii_json
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.order_fields import FIELDS
from pbtui.desk.kill.calls import ANSWERED
from pbtui.desk.kill.certificate.balance import PARTS, Balance, Certificate
from pbtui.desk.kill.certificate.fate import OrderFate
from pbtui.desk.kill.certificate.words import certificate_facts, certificate_lines
from pbtui.desk.kill.conditions.algorithms import algorithm_facts
from pbtui.desk.kill.plan import AnyOrder, KillPlan
from pbtui.desk.kill.progress import ALARMS, UNDECIDED, KillCall, KillView, Phase
from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.problem import problem_of
from pbtui.settings.kill import KillAction

_REQUEST_HEADS = ("At", "After s", "Took s", "Request", "Purpose", "Result", "Orders")
_ORDER_HEADS = (
    *(FIELDS["side"].heading, "MW before", "MW traded", "MW left"),
    *(FIELDS[name].heading for name in ("price", "contract_name", "delivery_area", "portfolio_id")),
    *("State", "Note", "Placed by"),
    FIELDS["order_id"].heading,
)
_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(float_hook=Decimal).decode


class ReportUnreadable(Exception):
    """A report is missing or damaged; the message is the reason."""


def report_files(file: Path, view: KillView, circumstances: Mapping[str, object]) -> Mapping[Path, bytes]:
    """Both files of a report, by path: the JSON file and the Markdown file beside it.

    `circumstances` say who fired, where, and how the kill was confirmed.
    """
    return {
        file: report_json(view, circumstances),
        file.with_suffix(".md"): "\n".join(_markdown(view, circumstances)).encode() + b"\n",
    }


def report_json(view: KillView, circumstances: Mapping[str, object]) -> bytes:
    """All facts of a kill as indented JSON in ASCII."""
    facts = ascii_json(_encode(_facts(view, circumstances)).decode())
    return msgspec.json.format(facts, indent=1).encode()


class EarlierKill(NamedTuple):
    """A kill as its report says of it.

    `plan` is the plan that was fired, `before` the live orders from before it. `has_all_before`: no others were live.
    `succeeded` are the methods and paths of the kill requests that the server answered with a success. `is_verified`:
    it was verified. `verdict` is its last one, empty if it has none yet. `who` is the operator and the host.
    """

    plan: KillPlan
    before: tuple[AnyOrder, ...]
    has_all_before: bool
    succeeded: frozenset[str]
    is_verified: bool
    verdict: str
    who: str


def read_report(file: Path) -> EarlierKill:
    """Read what the report says of its kill. Raises ReportUnreadable."""
    try:
        facts = _decode(disk().read(file))
        plan = facts["fired"]
        return EarlierKill(
            plan=KillPlan(
                action=KillAction(plan["action"]),
                exchange=plan["exchange"],
                portfolios=tuple(plan["portfolios"]),
                delivery_areas=tuple(plan["delivery_areas"]),
                products=tuple(plan["products"]),
                includes_pre_arranged=plan["includes_pre_arranged"],
            ),
            before=decode(_encode(facts["before"])).orders,
            has_all_before=facts["initial"] is not None,
            succeeded=frozenset(
                f"{call['method']} {call['path']}" for call in facts["calls"] if call["end"].startswith(ANSWERED)
            ),
            is_verified=facts["verified_s"] is not None,
            verdict="" if Phase(facts["phase"]) in UNDECIDED else facts["phase"],
            who=f"{facts['operator']} on {facts['host']}",
        )
    except OSError as error:
        raise ReportUnreadable(problem_of(error, file)) from None
    except (msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
        raise ReportUnreadable(f"it is damaged: {type(error).__name__} ({file})") from None


def _facts(view: KillView, circumstances: Mapping[str, object]) -> dict[str, Any]:
    return {
        "program": f"pbtui {__version__}",
        **circumstances,
        "phase": view.phase,
        "headline": view.headline,
        "notes": view.notes,
        "problems": view.problems,
        "planned": view.plan,
        "fired": view.fired,
        "sent": view.sent,
        "started_at": view.started_at,
        "first_request_s": view.first_request_s,
        "verified_at": view.verified_at,
        "verified_s": view.verified_s,
        "initial": view.initial,
        "active": view.active,
        "curl": view.curl if view.phase in ALARMS else "",
        "phones": view.phones if view.phase in ALARMS else (),
        "counts": {fate.value: count for fate, count in view.counts().items()},
        "newcomers": view.newcomers,
        "certificate": certificate_facts(view.certificate),
        "algorithms": None
        if view.algorithms is None
        else algorithm_facts(view.algorithms, view.plan, view.started_at, view.reappeared),
        "fates": [
            {
                "key": key,
                "fate": fate.fate,
                "note": fate.note,
                "before_mw": fate.before_mw,
                "traded_mw": fate.traded_mw,
                "left_mw": fate.left_mw,
                "order": fate.order,
            }
            for key, fate in view.fates.items()
        ],
        "calls": view.calls,
        "before": view.before,
    }


def _markdown(view: KillView, circumstances: Mapping[str, object]) -> Iterator[str]:
    yield f"# {view.headline}"
    yield ""
    for note in (*view.notes, *(f"PROBLEM: {problem}" for problem in view.problems)):
        yield f"- {_cell(note)}"
    yield ""
    facts = {
        "planned": f"{view.plan.call}: {view.plan.scope}",
        "plan in use": f"{view.fired.call}: {view.fired.scope}",
        "sent by this run": ", ".join(f"{call} ({count})" for call, count in view.sent.items()) or "no kill request",
        **circumstances,
        "started": _moment(view.started_at),
        "time to first request": _seconds(view.first_request_s),
        "verified": _moment(view.verified_at),
        "time to verified": _seconds(view.verified_s),
        "orders before": "not read" if view.initial is None else view.initial,
        "active in the last read": "not read" if view.active is None else view.active,
        **{fate.value.lower(): count for fate, count in view.counts().items()},
    }
    yield from _table(
        ("What", "Value"), [(name, str(value)) for name, value in facts.items() if value not in ("", None)]
    )
    if view.certificate is not None:
        yield from _certificate(view.certificate)
    if view.algorithms is not None:
        yield "## Algorithms"
        yield ""
        yield from (f"- {_cell(line)}" for line in view.algorithm_lines())
        yield ""
    yield "## Orders"
    yield ""
    yield from _table(_ORDER_HEADS, [_order_row(fate) for fate in view.fates.values()])
    yield "## Requests"
    yield ""
    yield from _table(_REQUEST_HEADS, [_request_row(call) for call in view.calls])


def _certificate(certificate: Certificate) -> Iterator[str]:
    """The sums, and the orders that traded or are not sealed; the others add up by the figures of their own row."""
    yield "## Certificate"
    yield ""
    for line in certificate_lines(certificate):
        yield f"- {_cell(line)}"
    yield ""
    rows = [each for each in certificate.all if each.executed_mw or each.why_open]
    if rows:
        heads = ("MW before", *(part.capitalize() for part in PARTS.values()), "Price", "Internal price", "Not sealed")
        yield from _table((*heads, FIELDS["order_id"].heading), [_balance_row(balance) for balance in rows])


def _balance_row(balance: Balance) -> tuple[str, ...]:
    parts = [quantity_text(getattr(balance, name)) for name in ("before_mw", *PARTS)]
    prices = price_text(balance.traded_price), price_text(balance.internal_price)
    new = "appeared after the kill" if balance.fate.is_new else ""
    why = "; ".join(filter(None, (new, balance.why_open)))
    return (*parts, *prices, why, balance.fate.order.order_id or "?")


def _order_row(fate: OrderFate) -> tuple[str, ...]:
    order = fate.order
    figures: tuple[str, ...] = 7 * ("",)
    if isinstance(order, Order):
        quantities = [quantity_text(mw) for mw in (fate.before_mw, fate.traded_mw, fate.left_mw)]
        contract = order.contract_name or order.contract_id or ""
        figures = (order.side, *quantities, price_text(order.price), contract, area_name(order.delivery_area or ""))
    return (*figures, order.portfolio_id or "", fate.fate, fate.note, fate.origin, order.order_id or "?")


def _request_row(call: KillCall) -> tuple[str, ...]:
    return (
        _moment(call.requested_at),
        f"{call.requested_s:.3f}",
        "" if call.ended_s is None else f"{call.ended_s - call.requested_s:.3f}",
        f"{call.method} {call.path}",
        call.about,
        call.end or "under way",
        ", ".join(call.names),
    )


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(_cell(value) for value in row)} |"
    yield ""


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def _moment(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}Z"


def _seconds(duration_s: float | None) -> str:
    return "" if duration_s is None else f"{duration_s:.3f} s"
