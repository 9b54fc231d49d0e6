"""The report as text: sections of safe lines, which the command prints and the screen folds."""

from collections.abc import Callable
from typing import TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct

from pbtui.api.codes import OrderState
from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.sanitize import safe_text
from pbtui.desk.blotter.open_totals import Totals
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.market_words import zoned_text
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.order_fields import SHOWN
from pbtui.desk.formats.time_format import delivery_text, in_zone
from pbtui.desk.formats.vocabulary import UNREADABLE
from pbtui.desk.handover.changes import Change, Unfinished
from pbtui.desk.handover.expiries import Expiry
from pbtui.desk.handover.report import Part, Report
from pbtui.desk.handover.shift import Note, Shift
from pbtui.desk.journal.line import report_hash
from pbtui.desk.market.totals import ContractTotal, SideTotal
from pbtui.desk.plan.standing import AnyOrder

T = TypeVar("T")
NONE = "none"
NOT_READ = "NOT READ: "


class Section(Struct, frozen=True):
    """A part of the report: title, lines, and what could not be read, all safe to show."""

    title: str
    lines: tuple[str, ...]
    missing: tuple[str, ...] = ()

    @property
    def all_lines(self) -> tuple[str, ...]:
        """The lines, then what could not be read; `none` only if everything was read and nothing found."""
        return (*self.lines, *(f"{NOT_READ}{reason}" for reason in self.missing)) or (NONE,)


def head_of(report: Report, zone: ZoneInfo) -> tuple[str, ...]:
    """The subject of the report: profile, shift, journals."""
    shift = report.shift
    doubt = "; another take-over may be in a journal that was not read" if report.notes.missing else ""
    lines = (
        f"Hand-over of profile {report.profile}, {report.exchange} at {report.server}",
        f"Shift: {zoned_text(shift.since, zone)} to {zoned_text(shift.until, zone)}, {_why(shift, zone)}{doubt}",
        in_zone(f"Journals: {report.journals}", zone),
    )
    return tuple(map(safe_text, lines))


def sections_of(report: Report, zone: ZoneInfo) -> tuple[Section, ...]:
    """The parts of the report, the most urgent first."""
    until = zoned_text(report.ends_until, zone)
    return (
        _section("Notes", report.notes, _note_words, zone),
        _section("Halt", report.halts, in_zone, zone),
        _section("Not known how it ended", report.unfinished, _unfinished_words, zone),
        _section(f"Ends until {until}", report.expiries, _expiry_words, zone),
        _section(f"Open orders: {_order_counts(report.orders)}", report.orders, order_words, zone),
        _section(f"Traded: {_trade_counts(report)}", report.trades, _total_words, zone),
        _section("Changed", report.changes, _change_words, zone),
    )


def report_text(report: Report, zone: ZoneInfo) -> str:
    """The whole report as the command prints it, with a line end."""
    lines = list(head_of(report, zone))
    for section in sections_of(report, zone):
        lines += ["", section.title, *(f"  {line}" for line in section.all_lines)]
    return "\n".join(lines) + "\n"


def digest_of(text: str) -> str:
    """The SHA-256 of a report's text, as the record of a take-over has it."""
    return report_hash(text.encode())


def summary_of(report: Report) -> str:
    """The report in one sentence, for the record of a take-over."""
    counts = (
        ("orders", report.orders),
        ("writes with no known end", report.unfinished),
        ("halts", report.halts),
        ("ends soon", report.expiries),
        ("changes", report.changes),
        ("notes", report.notes),
    )
    known = [f"{name} {len(part.items)}" + (" (not all read)" if part.missing else "") for name, part in counts]
    trades = f"trades {report.trade_count}" + (" (not all read)" if report.trades.missing else "")
    return ", ".join([*known, trades])


def _section(title: str, part: Part[T], words: Callable[[T, ZoneInfo], str], zone: ZoneInfo) -> Section:
    count = f" ({len(part.items)})" if part.items and ":" not in title else ""
    return Section(
        safe_text(title) + count,
        tuple(safe_text(words(item, zone)) for item in part.items),
        tuple(safe_text(in_zone(reason, zone)) for reason in part.missing),
    )


def _why(shift: Shift, zone: ZoneInfo) -> str:
    last = shift.last
    if shift.is_chosen:
        taken = "no take-over is recorded" if last is None else f"{last.name} took over {zoned_text(last.at, zone)}"
        return f"as asked for; {taken}"
    if last is None:
        return "the last 8 hours, because no take-over is recorded"
    return f"since {last.name} took over ({last.who})"


def _note_words(note: Note, zone: ZoneInfo) -> str:
    return f"{zoned_text(note.at, zone)}  {note.who}: {note.text}"


def _change_words(change: Change, zone: ZoneInfo) -> str:
    order = f"  order {change.order}" if change.order else ""
    return f"{zoned_text(change.at, zone)}  {change.who}: {in_zone(change.words, zone)}{order}"


def _unfinished_words(line: Unfinished, zone: ZoneInfo) -> str:
    words = in_zone(f"{line.words}: {line.state}", zone)
    order = f"  order {line.order}" if line.order else ""
    return f"{zoned_text(line.at, zone)}  {line.who}: {words}{order}  ticket {line.ticket}"


def _expiry_words(expiry: Expiry, zone: ZoneInfo) -> str:
    return f"{zoned_text(expiry.at, zone)}  {expiry.why}: {order_words(expiry.order, zone)}"


def order_words(order: AnyOrder, zone: ZoneInfo) -> str:
    """Return an order in one line: side, MW, price, delivery, area, portfolio, state, text, id."""
    order_id = f"order {order.order_id}" if order.order_id else "its id is not known"
    if isinstance(order, UnreadableOrder):
        return f"{UNREADABLE}: {order.reason}  {order_id}"
    shown = {
        name: SHOWN[name].text(order) for name in ("state", "side", "open_quantity_mw", "price", "portfolio_id", "txt")
    }
    delivery = delivery_text(order.delivery_start, order.delivery_end, zone)
    if order.why_unreadable("delivery_start", "delivery_end"):
        delivery = UNREADABLE
    hidden = f" ({quantity_text(order.hidden_quantity)} MW hidden)" if order.hidden_quantity else ""
    what = f"{shown['side']} {shown['open_quantity_mw']} MW{hidden} at {shown['price']}"
    where = f"{delivery} {area_name(order.delivery_area)}"
    parts = (what, where, shown["portfolio_id"], shown["state"], shown["txt"], order_id)
    return "  ".join(part for part in parts if part)


def _order_counts(part: Part[AnyOrder]) -> str:
    if part.missing and not part.items:
        return "not known"
    live = [order for order in part.items if order.state not in (OrderState.HIBE, OrderState.IACT)]
    totals = Totals()
    for order in live:
        totals = totals.plus(order, 1)
    mw = f"buy {quantity_text(totals.buy_mw)} MW, sell {quantity_text(totals.sell_mw)} MW"
    uncounted = f", {totals.uncounted} of unknown MW" if totals.uncounted else ""
    return f"{len(live)} active ({mw}{uncounted}), {len(part.items) - len(live)} deactivated"


def _trade_counts(report: Report) -> str:
    if report.trades.missing and not report.trade_count:
        return "not known"
    trades = f"{report.trade_count} trade{'s' if report.trade_count != 1 else ''}"
    return trades + (f", {report.recalled_count} recalled or cancelled left out" if report.recalled_count else "")


def _total_words(total: ContractTotal, zone: ZoneInfo) -> str:
    sides = [_side_words("bought", total.bought), _side_words("sold", total.sold)]
    figures = ", ".join([*filter(None, sides), f"net {quantity_text(total.net_mw)} MW"])
    unknown = f", and {total.not_counted} of unknown MW or price" if total.not_counted else ""
    where = f"{delivery_text(total.delivery_start, total.delivery_end, zone)} {area_name(total.delivery_area or '')}"
    return f"{where}  {figures}{unknown}  {total.contract}".rstrip()


def _side_words(verb: str, side: SideTotal) -> str:
    if not side.quantity_mw:
        return ""
    return f"{verb} {quantity_text(side.quantity_mw)} MW at {price_text(side.average_price)} on average"
