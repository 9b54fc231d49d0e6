"""The words of a plain session, as a table: a line and the wish it is read into, or what is said of it."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pbtui.api.clock import utc_now
from pbtui.api.reads.contracts import ContractItem
from pbtui.cli.invocation import Invocation, Session
from pbtui.cli.plain.entry import missing_parts, with_defaults, with_part
from pbtui.cli.plain.numbers import NoSuchOrder, Numbers
from pbtui.cli.plain.words import HELP, Wish, WordsRefused, read_wish
from pbtui.cli.process import spoken
from pbtui.cli.refusals import LocalRefusal
from pbtui.cli.write.line_reading import names_for, names_in
from pbtui.desk.blotter.link import Link
from pbtui.desk.drafts.line_names import known_names
from pbtui.desk.market.exchange import ExchangeView
from pbtui.desk.market.reading import Reading
from pbtui.desk.view import DeskView
from pbtui.settings.profiles import Profile
from tests.desk.blotter.clocks import clock_behind_host

NO_FIELD, SUCH_AS = "is not a field that you can change", "Example: price +0.5, mw 4."
URL = "http://127.0.0.1:1/playground/epex/v2/api"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "wish"),
    [
        ("help", Wish("help")),
        (" LIST ", Wish("list")),
        ("list side:buy area:amp", Wish("list", text="side:buy area:amp")),
        ("detail 3", Wish("detail", (3,))),
        ("buy 5 @ 62.5 14:15 amp", Wish("enter", text="buy 5 @ 62.5 14:15 amp")),
        ("s 5 @ 62.5 h18", Wish("enter", text="s 5 @ 62.5 h18")),
        ("enter hedge", Wish("enter", text="hedge")),
        ("enter", Wish("enter")),
        ("withdraw 3 5, 3", Wish("withdraw", (3, 5))),
        ("deactivate 3", Wish("withdraw", (3,))),
        ("delete 12", Wish("delete", (12,))),
        ("change 3", Wish("change", (3,))),
        ("change 3 price +0.5, mw 4", Wish("change", (3,), changes={"price": "+0.5", "quantity": "4"})),
        ("change 3 @ -5", Wish("change", (3,), changes={"price": "-5"})),
        ("change 3 Valid until 14:30", Wish("change", (3,), changes={"validity_date": "14:30"})),
        ("change 3 mw 4, text a, b", Wish("change", (3,), changes={"quantity": "4", "txt": "a, b"})),
        ("trading ON", Wish("trading", text="on")),
        ("rearm drill is over", Wish("rearm", text="drill is over")),
        ("kill", Wish("kill")),
        ("q", Wish("quit")),
    ],
)
def test_a_line_is_read_into_a_wish(line: str, wish: Wish) -> None:
    assert read_wish(line) == wish


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("chnge 3", "chnge is not understood; did you mean change? help lists the words."),
        ("kill all", "Write only kill, without all."),
        ("detail", "Which order? Write detail and its number; list says the numbers."),
        ("detail 3 4", "detail takes one number, not 3 4."),
        ("withdraw all", "all is not the number of an order in the list."),
        ("withdraw -3", "-3 is not the number of an order in the list."),
        ("withdraw 3²", "3² is not the number of an order in the list."),
        (
            "change 3 prize 4",
            "prize is not a field that you can change; did you mean price? Example: price +0.5, mw 4.",
        ),
        ("change 3 price 62,5", f"5 {NO_FIELD}. {SUCH_AS}"),
        ("change 3 price", "price: its value is missing."),
        ("change 3 price 4, @ 5", "price is given twice."),
        ("trading", "Write trading on, or trading off."),
    ],
)
def test_nothing_is_guessed(line: str, said: str) -> None:
    with pytest.raises(WordsRefused) as refused:
        read_wish(line)
    assert str(refused.value) == said


def test_every_example_of_the_help_is_understood_and_stands_in_the_page() -> None:
    words = [example.split()[0] for example in HELP]
    assert [read_wish(example).word for example in HELP] == words
    page = Path(__file__).parents[3] / "docs" / "plain.md"
    rows = re.findall(r"^\| (`.*?) \|", page.read_text(), re.MULTILINE)
    described = [example for row in rows for example in re.findall(r"`(.*?)`", row)]
    assert {read_wish(example).word for example in described} == set(words)


def test_what_a_line_lacks_is_asked_and_what_the_profile_has_once_is_added() -> None:
    wide = Profile(name="desk", base_url=URL)
    narrow = Profile(name="desk", base_url=URL, portfolios=("DE1",), delivery_areas=("10YDE-RWENET---I",))
    own, any_ = known_names(narrow, NOW), known_names(wide, NOW)
    assert [question for question, _ in missing_parts("buy 5 14:15", narrow, own, NOW)] == ["Price, per MWh?"]
    asked = [question for question, _ in missing_parts("", wide, any_, NOW)]
    assert asked == [
        "Side, buy or sell?",
        "Quantity, MW?",
        "Price, per MWh?",
        "Delivery, such as 14:15 or h18?",
        "Delivery area, such as AMP, or the EIC?",
        "Portfolio, the id of the portfolio?",
    ]
    assert list(missing_parts("buy 5 sideways", wide, any_, NOW)) == []
    line = with_part("buy 5 14:15 #by ear", "@ ", "62.5")
    assert line == "buy 5 14:15 @ 62.5 #by ear"
    full = with_defaults(line, narrow, own, NOW)
    assert full == "buy 5 14:15 @ 62.5 area 10YDE-RWENET---I portfolio DE1 #by ear"
    assert with_defaults(line, wide, any_, NOW) == line
    assert list(missing_parts(full, wide, any_, NOW)) == []


def test_a_portfolio_that_the_session_has_not_read_yet_is_no_mistyped_word() -> None:
    profile = Profile(name="desk", base_url=URL)
    session = Session(profile, lambda work: 0, lambda: DeskView(Link(1.0)))
    with pytest.raises(LocalRefusal, match="the portfolios of the key are not known: not read yet"):
        names_for("buy 5 de1", Invocation(None, None, session=session), profile, NOW, is_dry=False)


@pytest.mark.parametrize(("ahead_s", "is_known"), [(7200.0, True), (-7200.0, False), (0.0, True)])
def test_a_contract_can_be_named_until_it_begins_by_the_clock_of_the_exchange(ahead_s: float, is_known: bool) -> None:
    contract = ContractItem(contract_id="c18", name="18-19", delivery_start=utc_now() + timedelta(minutes=1))
    view = DeskView(
        Link(1.0, exchange_clock=clock_behind_host(ahead_s)), exchange=ExchangeView(contracts=Reading((contract,)))
    )
    assert bool(names_in(view, Profile(name="desk", base_url=URL)).contracts) is is_known


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_number_that_was_not_said_is_no_order(number: int) -> None:
    with pytest.raises(NoSuchOrder, match=f"No order has the number {number}"):
        Numbers().order_id(number, DeskView(Link(1)))


def test_symbols_are_spoken_as_words() -> None:
    assert spoken("▲ BUY 5.0 MW: price 45.10 → 46.00, state active -> gone…") == (
        "BUY 5.0 MW: price 45.10 to 46.00, state active to gone..."
    )
