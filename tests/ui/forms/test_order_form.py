"""The forms for new orders and for changes: what they take, what they refuse, what they return."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from textual.events import Key, Paste

from pbtui.api.clock import Clock
from pbtui.api.clock import use as use_clock
from pbtui.api.codes import ExecutionInstruction, ModifyAction, OrderSide
from pbtui.api.models import Order
from pbtui.api.reads.contracts import ContractItem
from pbtui.api.requests import OrderEntry, OrderModify
from pbtui.api.structs import replace
from pbtui.desk.drafts.draft import clone_texts, entry_texts
from pbtui.desk.drafts.line_names import KnownNames
from pbtui.desk.formats.news import News, Weight
from pbtui.desk.formats.order_fields import OPTIONS
from pbtui.desk.formats.request_fields import CHANGE_FIELDS, ENTRY_FIELDS
from pbtui.desk.limits import LimitCheck, check_change, check_entry
from pbtui.desk.market.reading import Reading
from pbtui.desk.position_guard import PositionRef
from pbtui.desk.tickets.ticket import WriteOptions
from pbtui.settings.limits import Limits
from pbtui.ui.dialogs import prompt
from pbtui.ui.dialogs.prompt import Venue
from pbtui.ui.forms.change_form import ChangeForm
from pbtui.ui.forms.entry_form import EntryForm
from pbtui.ui.terminal.moment import TypedAheadText
from pbtui.ui.terminal.reading.key_table import Press
from pbtui.ui.widgets.news_line import NewsLine
from tests.desk.blotter.clocks import clock_behind_host
from tests.orders import DELIVERY_START, an_order
from tests.ui.forms.form_under_test import PENDING, PRODUCTION, SIMULATION, form_on

BERLIN = ZoneInfo("Europe/Berlin")
AMP = "10YDE-RWENET---I"
pytestmark = pytest.mark.usefixtures("seen_quiet")

LATER = "2099-11-22 14:30"
SEEN = [
    an_order("1"),
    an_order("2", portfolio_id="P10", contract_id="c15", contract_name="20261122 16:00-20261122 17:00"),
    an_order("3", portfolio_id="P10", delivery_area="10YFR-RTE------C"),
]
ORDER = an_order("6100003841", revision_no=3, txt="wind surplus", valid_until="2099-11-22T13:30:00Z")
AN_ENTRY = {
    "side": "buy",
    "contract_id": "c14",
    "delivery_area": "AMP",
    "portfolio_id": "P1",
    "quantity": "5",
    "price": "45.1",
}
NO_NUMBERS = ["45,10", "1.234,50", "1e5", "１２", "1_000", "--5", "NaN", "45.123"]


def check_entries(entries: Sequence[OrderEntry]) -> LimitCheck:
    return sum((check_entry(Limits(), entry, None) for entry in entries), LimitCheck())


class Position:
    """Answers with the newest reading that a test gives it, and keeps what was asked for."""

    def __init__(self, reading: Reading[Decimal]) -> None:
        self.reading = reading
        self.asked: list[PositionRef] = []

    async def read(self, ref: PositionRef) -> Reading[Decimal]:
        self.asked.append(ref)
        return self.reading


def an_entry_form(
    *, venue: Venue = SIMULATION, seen: Sequence[Order] = SEEN, position: Position | None = None, **given: Any
) -> Callable[[], EntryForm]:
    """Makes a form for new orders; texts and basket can be given."""
    read = (position or Position(Reading(problem="no answer"))).read
    return lambda: EntryForm(
        venue,
        BERLIN,
        seen,
        **{"texts": {}, "known": KnownNames(), "check": check_entries, "read_position": read, **given},
    )


def a_change_form(
    order: Order = ORDER,
    *,
    venue: Venue = SIMULATION,
    texts: dict[str, str] | None = None,
    zone: str = "Europe/Berlin",
    position: Position | None = None,
    guards_position: bool = False,
) -> Callable[[], ChangeForm]:
    """Makes a form for changes of an order."""

    def check(changes: OrderModify) -> LimitCheck:
        return check_change(Limits(), order, changes)

    read = (position or Position(Reading(problem="no answer"))).read
    return lambda: ChangeForm(
        venue, ZoneInfo(zone), order, texts=texts, read_position=read, guards_position=guards_position, check=check
    )


# ---------------------------------------------------------------- what both have


@pytest.mark.parametrize("size", [(30, 8), (40, 12), (60, 15), (80, 24)])
@pytest.mark.parametrize("make_form", [an_entry_form(texts=AN_ENTRY), a_change_form()])
async def test_a_low_terminal_shows_the_field_with_the_cursor_what_is_said_of_it_and_the_keys(
    make_form: Callable[[], Any], size: tuple[int, int]
) -> None:
    async with form_on(make_form, size) as form:
        form.form.query_one(NewsLine).show_news(News("filled", Weight.NOTABLE), BERLIN, 0)
        for name in ("price", "quantity"):
            form.form.set_focus(form.form.rows[name].input)
            await form.until_shown(f"▸  {name}", "filled", "esc Back", "Preview")
            assert name in form.line_of_cursor()
        await form.type_into(price="45,10")
        await form.until_shown("45,10", "price: write")
        assert "45,10" in form.line_of_cursor()


@pytest.mark.parametrize("make_form", [an_entry_form(texts=AN_ENTRY), a_change_form()])
async def test_an_invalid_number_is_refused_beside_its_field_and_stays_as_typed(
    make_form: Callable[[], Any],
) -> None:
    async with form_on(make_form, (80, 24)) as form:
        for text in NO_NUMBERS:
            await form.type_into(price=text)
            assert "✗" in form.row("price")
            await form.submit()
            assert form.result is PENDING
            assert form.form.texts()["price"] == text
        await form.type_into(price="46.20")
        assert "46.20 per MWh" in form.row("price")
        await form.submit()
        draft = form.result
        sent = draft.changes if hasattr(draft, "changes") else draft.entries[0]
        assert sent.price == Decimal("46.20")


@pytest.mark.parametrize("make_form", [an_entry_form(texts=AN_ENTRY), a_change_form(texts={"price": "50"})])
async def test_lines_that_are_pasted_change_one_field_and_submit_nothing(make_form: Callable[[], Any]) -> None:
    async with form_on(make_form) as form:
        form.form.set_focus(form.form.rows["txt"].input)
        before = form.form.texts()
        form.app.post_message(Paste("\r\nfirst\r\nq\r\ny\r\nd\r\n"))
        await form.until_shown("you pasted 4 lines; only the first was used")
        assert form.form.texts() == {**before, "txt": "first"}
        assert form.result is PENDING
        await form.press("shift+tab")
        assert "you pasted" not in form.text()


@pytest.mark.parametrize("make_form", [an_entry_form(texts=AN_ENTRY), a_change_form(texts={"price": "50"})])
async def test_keys_move_between_the_fields_and_enter_never_submits(make_form: Callable[[], Any]) -> None:
    async with form_on(make_form) as form:
        names = [field.field.name for field in form.form.inputs]

        def here() -> int:
            return names.index(form.app.focused.field.name)  # type: ignore[union-attr]

        for key, place in (("enter", 1), ("tab", 2), ("down", 3), ("up", 2), ("shift+tab", 1), ("up", 0), ("up", 0)):
            await form.press(key)
            assert here() == place, key
        form.form.set_focus(form.form.inputs[-2])
        await form.press("enter", "enter", "enter")
        assert here() == len(names) - 1
        assert form.result is PENDING
        await form.press("escape")
        assert form.result is None


@pytest.mark.parametrize("make_form", [an_entry_form(texts=AN_ENTRY), a_change_form(texts={"price": "50"})])
async def test_a_form_returns_nothing_before_its_pause_is_over(make_form: Callable[[], Any]) -> None:
    async with form_on(make_form) as form:
        await form.press("escape")
        prompt.KEY_REST_S = 3600.0  # until the form is closed
        await form.open(make_form, is_rested=False)
        await form.press("ctrl+s")
        assert form.result is PENDING


@pytest.mark.parametrize("make_form", [an_entry_form(venue=PRODUCTION), a_change_form(venue=PRODUCTION)])
async def test_all_fields_can_be_reached_at_80x24_and_the_kill_key_works(make_form: Callable[[], Any]) -> None:
    async with form_on(make_form, (80, 24)) as form:
        assert "PRODUCTION" in form.lines()[2]
        assert "Preview" in form.lines()[-2]
        for field in form.form.inputs:
            form.form.set_focus(field)
            await form.until_shown(f"▸  {field.field.label}")
        await form.press("f9")
        assert form.form_app.kills == 1


# ---------------------------------------------------------------- new orders


A_FULL_ENTRY = {
    **AN_ENTRY,
    "type": "iceberg",
    "txt": "a text",
    "state": "ACTI",
    "display_qty": "1",
    "ppd": "-0.5",
    "ordr_exe_restriction": "NON",
    "validity_res": "GTD",
    "validity_date": LATER,
    "location": "L1",
    "account_id": "A1",
    "clearing_acct_type": "P",
    "pre_arranged": "yes",
    "pre_arranged_acct": "A2",
    "strategy_id": "S1",
    "unit_id": "U1",
    **{name: "1.5" for name in ENTRY_FIELDS if name.startswith("expected_")},
}


async def test_every_field_and_option_is_in_the_form_and_reaches_the_order() -> None:
    options = {
        "exec_instruction": "none",
        "internal_trading": "no",
        "fail_on_limit_violations": "yes",
        "ignore_order_action_quota": "no",
        "include_errors": "",
    }
    async with form_on(an_entry_form(texts={**A_FULL_ENTRY, **options})) as form:
        assert {field.field.name for field in form.form.inputs} == {*ENTRY_FIELDS, *OPTIONS}
        await form.submit()
        (entry,) = form.result.entries
        read_back = entry_texts(entry, BERLIN)
        assert read_back.keys() == A_FULL_ENTRY.keys()
        assert read_back["validity_date"] == LATER
        assert form.result.options == WriteOptions(ExecutionInstruction.NONE, False, True, False, None)
        other_way = {name: text for name, text in AN_ENTRY.items() if name != "contract_id"}
        other_way |= {"dlvry_start": LATER, "dlvry_end": "2099-11-22 15:30", "prod": "XBID_Hour_Power"}
        await form.open(an_entry_form(texts=other_way))
        await form.submit()
        assert form.result.entries[0].prod == "XBID_Hour_Power"
        assert form.result.options == WriteOptions()


async def test_a_missing_value_is_a_hint_first_and_a_problem_later() -> None:
    async with form_on(an_entry_form()) as form:
        assert "✗" not in form.text()
        await form.submit()
        assert form.result is PENDING
        for name in ("side", "contract_id", "portfolio_id", "quantity", "price"):
            assert "✗" in form.row(name), name
        await form.type_into(**AN_ENTRY)
        assert "✗" not in form.text()
        assert "▲ BUY" in form.row("side")
        assert "AMP (10YDE-RWENET---I)" in form.row("delivery_area")
        await form.submit()
        assert form.result.entries[0].side is OrderSide.BUY


async def test_values_seen_in_the_blotter_complete_what_is_typed() -> None:
    async with form_on(an_entry_form()) as form:
        for name, typed, completed in (
            ("contract_id", "c1", "c14"),
            ("contract_id", "15:00", "c14"),
            ("contract_id", "", "c14"),
            ("delivery_area", "f", "FR"),
            ("portfolio_id", "p", "P10"),
        ):
            await form.type_into(**{name: typed})
            assert f"→ {completed}" in form.row(name)
            await form.press("right")
            assert form.form.texts()[name] == completed
            await form.press("right")
            assert form.form.texts()[name] == completed
        assert "22 Nov 15:00-16:00" in form.row("contract_id")
        await form.type_into(portfolio_id="P1")
        await form.press("right")
        assert form.form.texts()["portfolio_id"] == "P1"
        assert "not used by any order in the blotter" not in form.row("portfolio_id")
        await form.type_into(portfolio_id="P99")
        assert "not used by any order in the blotter" in form.row("portfolio_id")
        await form.type_into(contract_id="", contract_name="20261122 16")
        await form.press("right")
        assert form.form.texts()["contract_name"] == "20261122 16:00-20261122 17:00"


async def test_a_contract_that_starts_then_is_offered_before_one_that_ends_then() -> None:
    quarters = [datetime(2026, 11, 22, 13, 30, tzinfo=UTC) + timedelta(minutes=15 * n) for n in (0, 1, 2)]
    seen = [
        an_order(f"{n}", contract_id=f"q{n}", delivery_start=start, delivery_end=start + timedelta(minutes=15))
        for n, start in enumerate(quarters, 2)
    ]
    async with form_on(an_entry_form(seen=seen)) as form:
        for typed, completed in (("14:45", "q3"), ("15:00", "q4"), ("15:15", "q4")):
            await form.type_into(contract_id=typed)
            assert f"→ {completed}" in form.row("contract_id")


async def test_a_contract_that_no_order_has_is_known_from_the_exchange() -> None:
    start = datetime(2026, 11, 22, 17, tzinfo=UTC)
    name, end = "20261122 18:00-20261122 19:00", start + timedelta(hours=1)
    contract = ContractItem(contract_id="c18", name=name, delivery_start=start, delivery_end=end)
    async with form_on(an_entry_form(contracts=[contract])) as form:
        await form.type_into(contract_id="18:00")
        assert "→ c18  22 Nov 18:00-19:00" in form.row("contract_id")
        await form.press("right")
        assert form.form.texts()["contract_id"] == "c18"
        assert "22 Nov 18:00-19:00" in form.row("contract_id")
        await form.type_into(contract_id="c99")
        assert "not in the exchange's contracts" in form.row("contract_id")


async def test_a_wish_for_a_delivery_that_is_not_known_stops_the_next_key_that_would_go_on() -> None:
    async with form_on(an_entry_form(texts=AN_ENTRY)) as form:
        await form.press("pagedown")
        await form.until_shown("so there is none beside it")
        await form.submit()
        assert form.result is PENDING
        await form.until_shown("ctrl+s again shows the order with")
        await form.submit()
        assert form.result.entries[0].contract_id == AN_ENTRY["contract_id"]
        await form.open(an_entry_form(texts=AN_ENTRY))
        await form.press("pagedown", "ctrl+n")
        await form.until_shown("New order", "ctrl+n again adds")
        await form.press("ctrl+n")
        await form.until_shown("a basket of 1")


async def test_the_other_fields_open_on_demand_and_if_they_have_a_problem() -> None:
    async with form_on(an_entry_form(texts=AN_ENTRY)) as form:
        assert "display quantity" not in form.text()
        await form.press("ctrl+o")
        await form.until_shown("display quantity", "strategy")
        await form.press("ctrl+o")
        assert "display quantity" not in form.text()
        await form.type_into(type="iceberg")
        await form.until_shown("display quantity", "is missing: an iceberg needs the quantity that it shows")
        await form.submit()
        assert form.result is PENDING
        assert form.app.focused is form.form.rows["display_qty"].input
        await form.press("escape")
        await form.open(an_entry_form(texts={**AN_ENTRY, "strategy_id": "S1"}))
        await form.until_shown("strategy")


async def test_a_new_order_in_production_starts_deactivated_unless_its_state_is_given() -> None:
    async with form_on(an_entry_form(venue=PRODUCTION, texts=AN_ENTRY), (80, 24)) as form:
        assert "deactivated: not in the market" in form.row("state")
        await form.submit()
        assert form.result.entries[0].state == "HIBE"
        for venue, state in ((PRODUCTION, "ACTI"), (PRODUCTION, ""), (SIMULATION, "")):
            await form.open(an_entry_form(venue=venue, texts={**AN_ENTRY, "state": state}))
            await form.submit()
            assert form.result.entries[0].state == (state or None)
        await form.open(an_entry_form(texts=AN_ENTRY))
        await form.submit()
        assert form.result.entries[0].state is None


async def test_a_basket_is_filled_and_emptied_order_by_order() -> None:
    async with form_on(an_entry_form(texts=AN_ENTRY)) as form:
        await form.press("ctrl+n")
        await form.until_shown("1  ▲ BUY 5.0 MW at 45.10 · 22 Nov 15:00-16:00 · AMP · P1")
        assert form.app.focused is form.form.rows["quantity"].input
        await form.press("ctrl+n")
        assert "a basket of 1" in form.text()
        await form.type_into(side="sell", quantity="7", price="46")
        await form.press("ctrl+n")
        await form.until_shown("a basket of 2", "2  ▼ SELL 7.0 MW at 46.00")
        await form.press("ctrl+t")
        await form.until_shown("a basket of 1")
        assert form.form.texts()["price"] == "46.00"
        await form.press("ctrl+t")
        assert "a basket of 1" in form.text()
        await form.type_into(price="46.5")
        await form.submit()
        draft = form.result
        assert [(entry.side, entry.price) for entry in draft.entries] == [("BUY", Decimal("45.10")), ("SELL", 46.5)]
        await form.open(an_entry_form(texts=draft.texts, basket=draft.basket))
        await form.submit()
        assert form.result.entries == draft.entries


async def test_a_basket_alone_is_returned_where_the_form_is_empty() -> None:
    async with form_on(an_entry_form(texts=AN_ENTRY)) as form:
        await form.press("ctrl+n")
        await form.submit()
        assert len(form.result.entries) == 1
        draft = form.result
        await form.open(an_entry_form(texts=draft.texts, basket=draft.basket))
        await form.type_into(quantity="5")
        await form.submit()
        assert form.result is PENDING
        await form.type_into(quantity="")
        await form.submit()
        assert form.result.entries == draft.entries


async def test_impossible_linked_orders_are_refused() -> None:
    async with form_on(an_entry_form(texts={**AN_ENTRY, "exec_instruction": "LNKD"})) as form:
        assert "all trade or none; one product, all FOK" in form.row("exec_instruction")
        await form.until_shown("order 1 of the list is not FOK")
        await form.submit()
        assert form.result is PENDING
        await form.type_into(ordr_exe_restriction="fok", validity_res="non", exec_instruction="linked?")
        assert "✗ must be NONE" in form.row("exec_instruction")
        await form.submit()
        assert form.result is PENDING
        await form.type_into(exec_instruction="linked")
        await form.submit()
        assert form.result.options.exec_instruction is ExecutionInstruction.LNKD


async def test_the_limits_refuse_or_warn_while_it_is_typed() -> None:
    async with form_on(an_entry_form(texts=AN_ENTRY), (80, 24)) as form:
        await form.type_into(quantity="500")
        await form.until_shown("✗ 500.0 MW is over this profile's limit")
        await form.submit()
        await form.press("ctrl+n")
        assert form.result is PENDING
        assert "basket of" not in form.text()
        await form.type_into(quantity="95")
        await form.until_shown("! 95.0 MW is close to this profile's limit")
        await form.submit()
        assert form.result.entries[0].quantity == 95


# ---------------------------------------------------------------- changes


async def test_fields_that_differ_are_returned_and_marked() -> None:
    async with form_on(a_change_form()) as form:
        assert {field.field.name for field in form.form.inputs} == set(CHANGE_FIELDS)
        await form.until_shown("order 6100003841, revision 3, active", "nothing differs")
        await form.submit()
        assert form.result is PENDING
        await form.type_into(price="45.1", quantity="", txt="solar surplus")
        assert "≠" not in form.row("price") + form.row("quantity")
        assert "keeps its value" in form.row("quantity")
        assert "≠" in form.row("txt")
        assert "wind surplus" in form.row("txt")
        await form.submit()
        assert form.result.changes == OrderModify(action=ModifyAction.MODI, txt="solar surplus")
        draft = form.result
        await form.open(a_change_form(texts=draft.texts))
        await form.type_into(price="46")
        await form.submit()
        assert form.result.changes == OrderModify(action=ModifyAction.MODI, txt="solar surplus", price=Decimal(46))


async def test_the_limits_compare_with_the_order_as_it_is() -> None:
    async with form_on(a_change_form()) as form:
        await form.type_into(price="451")
        await form.until_shown("! price 45.10 -> 451.00: at least ten times the order's present value")
        await form.type_into(price="99999")
        await form.until_shown("✗ price 99999.00 is outside this profile's price limits")
        await form.submit()
        assert form.result is PENDING


async def test_a_change_form_reports_what_happens_to_its_order_and_keeps_the_input() -> None:
    async with form_on(a_change_form()) as form:
        await form.type_into(price="46")
        form.form.follow(ORDER.key, "order 6100003841 is at revision 4: partly filled")
        form.form.follow("another", "something else")
        await form.until_shown(
            "Meanwhile: order 6100003841 is at revision 4: partly filled", "your change is based on revision 3"
        )
        assert "something else" not in form.text()
        assert form.form.texts()["price"] == "46"
        form.form.name_editors("✎ This order is open in a form of tess on north too")
        await form.until_shown("✎ This order is open in a form of tess on north too")
        await form.submit()
        assert form.result.changes == OrderModify(action=ModifyAction.MODI, price=Decimal(46))


async def test_a_form_that_is_being_closed_takes_what_comes_late() -> None:
    async with form_on(a_change_form()) as form:
        await form.form.query("*").remove()
        form.form.follow(ORDER.key, "order 6100003841 is at revision 4: partly filled")
        form.form.name_editors("✎ This order is open in a form of tess on north too")


async def test_the_reason_of_an_earlier_failure_is_shown_above_the_form_of_a_new_order() -> None:
    failure = "REJECTED: [b]no such contract[/b]"
    async with form_on(an_entry_form(texts=AN_ENTRY, earlier_failure=failure), (80, 24)) as form:
        await form.until_shown(failure)
        assert form.form.texts()["price"] == "45.1"
        await form.type_into(price="+0.5")
        assert "✗ write it without +" in form.row("price"), "a new order has no value to add to"


async def test_keys_that_come_in_one_packet_do_what_they_do_one_by_one() -> None:
    async with form_on(a_change_form(texts={"price": "1"})) as form:
        field = form.form.rows["price"].input
        for key, character in (("ctrl+u", None), ("4", "4"), ("backspace", None), ("5", "5")):
            form.app.post_message(Key(key, character))
        await form.until(lambda: field.value.endswith("5"))
        await form.pilot.pause()
        assert field.value == "5"


@pytest.mark.parametrize(
    "pieces", [["buy\r\r\ramp\rDE1"], ["buy\r\r\ram", "p\rDE1"], ["b", "uy\r", "\r\ramp", "\rDE1"]]
)
async def test_fields_take_what_was_typed_before_a_stall(pieces: list[str]) -> None:
    async with form_on(an_entry_form()) as form:
        for piece in pieces:
            keys = [Press("enter" if letter == "\r" else letter, letter) for letter in piece]
            form.app.post_message(TypedAheadText(piece, keys))
        texts = form.form.rows
        await form.until(lambda: texts["portfolio_id"].input.value == "DE1")
        assert (texts["side"].input.value, texts["delivery_area"].input.value) == ("buy", "amp")


async def test_a_form_says_that_input_was_ignored_until_the_next_change() -> None:
    async with form_on(an_entry_form()) as form:
        form.form.show_note("Input that is not a key was ignored")
        await form.until_shown("Input that is not a key was ignored")
        await form.press("b")
        assert "was ignored" not in form.text()


# ---------------------------------------------------------------- times and steps


class Watch(Clock):
    """The clocks of this machine; the time of day can be put ahead."""

    ahead = timedelta()

    def utc_now(self) -> datetime:
        """The time of day."""
        return super().utc_now() + self.ahead


@pytest.mark.parametrize(
    "make_form",
    [an_entry_form(texts={**AN_ENTRY, "validity_res": "GTD"}), a_change_form(texts={"validity_res": "GTD"})],
)
async def test_a_time_is_the_one_that_was_meant_when_it_was_typed(make_form: Callable[[], Any]) -> None:
    watch = Watch()
    with use_clock(watch):
        async with form_on(make_form) as form:
            at = datetime.now(BERLIN) + timedelta(minutes=20)
            await form.type_into(validity_date=f"{at:%H:%M:%S}")
            assert "✗" not in form.row("validity_date")
            watch.ahead = timedelta(hours=1)
            await form.submit()
            assert form.result is PENDING
            assert "✗ has passed" in form.row("validity_date")
            later = watch.utc_now().astimezone(BERLIN) + timedelta(minutes=2)
            later = later.replace(second=30)  # a full minute is shown without :00
            await form.type_into(validity_date=f"{later:%H:%M:%S}")
            await form.submit()
            assert form.result.texts["validity_date"] == f"{later:%Y-%m-%d %H:%M:%S}"


AHEAD = replace(SIMULATION, exchange_clock=clock_behind_host(0.0))


@pytest.mark.parametrize(
    "make_form",
    [
        an_entry_form(texts={**AN_ENTRY, "validity_res": "GTD"}, venue=AHEAD),
        a_change_form(texts={"validity_res": "GTD"}, venue=AHEAD),
    ],
)
async def test_a_time_goes_by_the_clock_of_the_exchange(make_form: Callable[[], Any]) -> None:
    watch = Watch()
    watch.ahead = timedelta(minutes=10)
    with use_clock(watch):
        async with form_on(make_form) as form:
            at = (datetime.now(BERLIN) + timedelta(minutes=5)).replace(second=30)
            await form.type_into(validity_date=f"{at:%Y-%m-%d %H:%M:%S}")
            assert "✗" not in form.row("validity_date")
            await form.type_into(validity_date=f"{at:%H:%M:%S}")
            await form.submit()
            assert form.result.texts["validity_date"] == f"{at:%Y-%m-%d %H:%M:%S}"


@pytest.mark.parametrize(("zone", "moment"), [("Europe/Berlin", "13:30:00"), ("UTC", "14:30:00")])
async def test_a_time_is_read_in_the_zone_that_is_named_beside_it(zone: str, moment: str) -> None:
    async with form_on(a_change_form(zone=zone)) as form:
        await form.until_shown(f"times in {zone}")
        await form.type_into(validity_res="gtd", validity_date="2099-11-23 14:30")
        assert f"23 Nov 14:30 ({zone})" in form.row("validity_date")
        await form.submit()
        assert f"{form.result.changes.validity_date:%H:%M:%S}" == moment


async def test_a_plus_adds_to_the_present_value_and_shows_both() -> None:
    async with form_on(a_change_form()) as form:
        for text, new in (("+0.5", "45.60"), ("+-1", "44.10"), ("add -1", "44.10"), ("+2%", "46.00"), ("-2%", "44.20")):
            await form.type_into(price=text)
            assert f"45.10 → {new} per MWh" in form.row("price")
        assert "a value below 0" not in form.text()
        await form.type_into(price="-1")
        assert "45.10 → -1.00 per MWh" in form.row("price")
        await form.until_shown("-1 is a value below 0; to take 1 off, write +-1")
        await form.type_into(price="46")
        assert "45.10 → 46.00 per MWh" in form.row("price")
        await form.type_into(price="+0.5")
        await form.submit()
        assert form.result.changes == OrderModify(action=ModifyAction.MODI, price=Decimal("45.60"))


# ---------------------------------------------------------------- only at the position that was read


async def test_an_order_expects_the_position_that_was_read_when_its_contract_was_named() -> None:
    position = Position(Reading(Decimal("3.5"), DELIVERY_START, 1.0))
    texts = {**AN_ENTRY, "contract_id": ""}
    async with form_on(an_entry_form(texts=texts, position=position, guards_position=True), (80, 24)) as form:
        assert position.asked == []
        await form.submit()
        await form.until_shown("net position needs the portfolio and the contract")
        await form.type_into(contract_id="c14")
        await form.until_shown("sent only while the net position is 3.5 MW, read at 15:00:00 CET")
        assert form.row("expected_net_pos").rstrip().endswith("3.5 MW, read at 15:00:00 CET")
        position.reading = Reading(Decimal(9), DELIVERY_START, 2.0)
        await form.type_into(quantity="6")
        await form.submit()
        assert [entry.expected_net_pos for entry in form.result.entries] == [Decimal("3.5")]
        assert set(position.asked) == {PositionRef("P1", AMP, "c14")}
        await form.open(an_entry_form(texts=form.result.texts, position=position))
        await form.until_shown("sent only while the net position is 9.0 MW")
        await form.type_into(expected_net_pos="")
        await form.submit()
        assert [entry.expected_net_pos for entry in form.result.entries] == [None]


async def test_an_order_that_is_taken_back_expects_the_position_of_now_or_the_number_that_was_typed() -> None:
    position = Position(Reading(Decimal("3.5"), DELIVERY_START, 1.0))
    async with form_on(an_entry_form(texts=AN_ENTRY, position=position, guards_position=True)) as form:
        await form.until_shown("sent only while the net position is 3.5 MW")
        await form.press("ctrl+n")
        await form.type_into(quantity="6", price="45", expected_net_pos="2")
        await form.press("ctrl+n", "ctrl+t")
        await form.until(lambda: form.form.texts()["expected_net_pos"] == "2")
        await form.type_into(quantity="", price="")
        position.reading = Reading(Decimal(9), DELIVERY_START, 2.0)
        await form.press("ctrl+t")
        await form.until(lambda: form.form.texts()["expected_net_pos"] == "unchanged")
        await form.type_into(contract_id="c15")
        await form.until_shown("sent only while the net position is 9.0 MW")
        await form.submit()
    assert [entry.expected_net_pos for entry in form.result.entries] == [Decimal(9)]
    assert position.asked[-1] == PositionRef("P1", AMP, "c15")


async def test_a_clone_of_a_block_has_no_guard() -> None:
    block = clone_texts(an_order("1", type="B"), BERLIN)
    async with form_on(an_entry_form(texts=block, guards_position=True)) as form:
        await form.submit()
        (entry,) = form.result.entries
    assert (entry.type, entry.expected_net_pos) == ("B", None)


async def test_a_change_without_a_known_position_is_not_returned() -> None:
    position = Position(Reading(problem="this server does not offer GET /orderbooks (404)"))
    form_of = a_change_form(texts={"price": "46"}, position=position, guards_position=True)
    async with form_on(form_of, (80, 24)) as form:
        await form.until_shown("net position is not known: this server does not offer GET /orderbooks (404)")
        await form.submit()
        assert form.result is PENDING
        position.reading = Reading(Decimal(-2), DELIVERY_START, 1.0)
        await form.until_shown("sent only while the net position is -2.0 MW")
        await form.type_into(expected_net_pos="un")
        assert "→ unchanged" in form.row("expected_net_pos")
        await form.press("right")
        await form.until_shown("sent only while the net position is -2.0 MW")
        await form.submit()
        assert form.result.changes == OrderModify(
            action=ModifyAction.MODI, price=Decimal(46), expected_net_pos=Decimal(-2)
        )
        block = an_order("7", type="B")
        await form.open(a_change_form(block, texts={"price": "46"}, position=position, guards_position=True))
        await form.submit()
        assert form.result.changes == OrderModify(action=ModifyAction.MODI, price=Decimal(46))
