"""Names of contracts in an entry line: found however they are written, and never taken for another word."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pbtui.api.reads.contracts import ContractItem, DeliveryAreaState
from pbtui.desk.drafts.entry_line import EntryLine, read_line
from pbtui.desk.drafts.line_names import KnownNames, LineContract, line_contracts
from tests.orders import an_order

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 27, 11, 50, tzinfo=UTC)  # 12:50 in Berlin
AMP, FR = "10YDE-RWENET---I", "10YFR-RTE------C"
HOUR = timedelta(hours=1)


def a_contract(contract_id: str, name: str, at: str = "2026-11-27T13:00Z", length: timedelta = HOUR) -> LineContract:
    start = datetime.fromisoformat(at)
    return LineContract(contract_id, name, start, start + length)


KNOWN = KnownNames(
    ["DE1", "QX"],
    [
        a_contract("1", "XB-14"),
        a_contract("2", "20261127 14:00-20261127 15:00"),
        a_contract("3", "PH 17-18", "2026-11-27T16:00Z"),
        a_contract("4", "PH", "2026-11-27T17:00Z"),
        a_contract("5", "twice"),
        a_contract("6", "TWICE", "2026-11-28T13:00Z"),
        a_contract("7", "qx"),
        a_contract("8", "fr"),
        a_contract("9", "sell"),
        a_contract("10", "14:00"),
        a_contract("11", "h18", "2026-11-27T17:00Z"),
        a_contract("12", "17-18", "2026-11-27T16:00Z"),
        a_contract("13", "h4 7", "2026-11-28T13:00Z"),
        a_contract("14", "1"),
        a_contract("15", "4 @ 60"),
        a_contract("16", "de1 7"),
        a_contract("17", "amp fr"),
        a_contract("XB-9", "XB-9"),
    ],
)


def read(line: str) -> EntryLine:
    return read_line(line, BERLIN, NOW, KNOWN)


@pytest.mark.parametrize(
    ("line", "contract_id"),
    [
        ("xb-14 buy", "1"),
        ("buy contract Xb-14", "1"),
        ("20261127 14:00-20261127  15:00 5", "2"),
        ("contract 20261127 14:00-20261127 15:00", "2"),
        ("ph 17-18", "3"),
        ("PH 5", "4"),
        ("contract ph 17-18 @ 5", "3"),
        ("contract qx", "7"),
        ("contract fr", "8"),
        ("contract sell", "9"),
        ("contract h18", "11"),
        ("contract h4 7", "13"),
        ("contract 5", "5"),
        ("contract 4711", "4711"),
        ("XB-9", "XB-9"),
        ("contract XB-9", "XB-9"),
    ],
)
def test_a_name_stands_for_its_contract(line: str, contract_id: str) -> None:
    assert read(line).problems == ()
    assert read(line).texts["contract_id"] == contract_id


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("twice", "2 contracts: write contract 5 (27 Nov 14:00-15:00) or contract 6 (28 Nov 14:00-15:00)"),
        ("contract twice", "twice is the name of 2 contracts: write contract 5"),
        ("qx", "qx is a portfolio and a contract: write portfolio qx or contract qx"),
        ("fr", "fr is an area and a contract: write area fr or contract fr"),
        ("sell", "sell is a contract and a word of the line: write contract sell"),
        ("h18", "h18 is a delivery, and the name of another: write it with minutes, or contract 11"),
        ("h4 7", "h4 7 is a contract and words of the line: write contract 13 (28 Nov 14:00-15:00)"),
        ("buy 4 @ 60", "4 @ 60 is a contract and words of the line: write contract 15"),
        ("buy de1 7 @ 60", "de1 7 is a contract and words of the line: write contract 16"),
        ("amp fr", "amp fr is a contract and words of the line: write contract 17"),
        ("contract 1", "1 is the id of a contract and the name of another"),
        ("xb-14 contract 2", "contract id is given twice: 1 and 2"),
        ("contract", "its value is missing"),
        ("14:00", "14:00 is a delivery, and the name of another"),  # the quarter-hour, not the hour
    ],
)
def test_a_name_that_could_be_something_else_is_refused(line: str, reason: str) -> None:
    (problem,) = read(line).problems
    assert reason in problem


@pytest.mark.parametrize("line", ["17-18", "tomorrow 17-18", "2026-12-24 17-18"])
def test_a_delivery_named_as_the_exchange_names_it_is_read(line: str) -> None:
    assert read(line).problems == ()
    assert read(line).texts["dlvry_start"].endswith("17:00")


def test_many_contracts_of_one_name_are_not_all_listed() -> None:
    many = KnownNames([], [a_contract(str(number), "x") for number in range(20)])
    (problem,) = read_line("x", BERLIN, NOW, many).problems
    assert problem.endswith("or contract 2 (27 Nov 14:00-15:00) or 17 more")


# ---------------------------------------------------------------- which contracts a line can name


def an_item(contract_id: str, **values: Any) -> ContractItem:
    start = NOW + timedelta(minutes=values.pop("in_min", 60))
    times = {"delivery_start": start, "delivery_end": start + HOUR}
    return ContractItem(**{"contract_id": contract_id, "name": f"name {contract_id}", **times, **values})


def in_area(area: str, state: str | None = "ACTIVE", end_in_min: int | None = 30) -> DeliveryAreaState:
    end = None if end_in_min is None else NOW + timedelta(minutes=end_in_min)
    return DeliveryAreaState(delivery_area=area, state=state, trading_end=end)


@pytest.mark.parametrize(
    ("item", "areas"),
    [
        (an_item("1", delivery_area_states=(in_area(AMP), in_area(FR, "INACTIVE"))), (AMP,)),
        (an_item("1", delivery_area_states=(in_area(AMP, None, None), in_area(FR, end_in_min=0))), (AMP,)),
        (an_item("1", delivery_area_states=(in_area(AMP, "STANDBY"),)), None),
        (an_item("1", delivery_areas=(AMP, FR)), (AMP, FR)),
        (an_item("1"), ()),
        (an_item("1", delivery_start=None), ()),
        (an_item("1", in_min=0), None),
        (an_item(""), None),
    ],
)
def test_only_contracts_that_trade_have_a_name(item: ContractItem, areas: tuple[str, ...] | None) -> None:
    found = line_contracts([item], (), NOW)
    assert [contract.areas for contract in found] == ([] if areas is None else [areas])


def test_contracts_of_orders_are_known_too_and_sorted_by_delivery() -> None:
    start = NOW + timedelta(minutes=15)
    order = an_order("101", contract_id="9", contract_name="XB", delivery_start=start, delivery_area=FR)
    found = line_contracts([an_item("1")], [order, order], NOW)
    assert [(contract.contract_id, contract.areas) for contract in found] == [("9", (FR,)), ("1", ())]


# ---------------------------------------------------------------- presets

PRESETS = KnownNames(
    ["DE1", "book"],
    [a_contract("1", "peak")],
    {
        "Hedge": "sell 5 @ 80 de1",
        "noted": "b 2 #by preset",
        "both": "hedge h18",
        "round": "round 5",
        "amp": "buy 1",
        "book": "buy 1",
        "peak": "buy 1",
        "ioc": "fok",
        "7": "buy 1",
    },
)
HEDGE = {"side": "SELL", "quantity": "5", "price": "80", "portfolio_id": "DE1"}


@pytest.mark.parametrize(
    ("line", "texts", "used"),
    [
        ("hedge", HEDGE, ["hedge"]),
        ("=HEDGE fok", {**HEDGE, "ordr_exe_restriction": "FOK", "validity_res": "NON"}, ["hedge"]),
        ("gtd 15:00 Hedge", {**HEDGE, "validity_res": "GTD", "validity_date": "15:00"}, ["hedge"]),
        ("noted @ 3", {"side": "BUY", "quantity": "2", "price": "3", "txt": "by preset"}, ["noted"]),
        ("both", {**HEDGE, "dlvry_start": "2026-11-27 17:00", "dlvry_end": "2026-11-27 18:00"}, ["both", "hedge"]),
        ("=amp", {"side": "BUY", "quantity": "1"}, ["amp"]),
        ("=7 @ 3", {"side": "BUY", "quantity": "1", "price": "3"}, ["7"]),
        ("portfolio hedge", {"portfolio_id": "hedge"}, []),
        ("portfolio book", {"portfolio_id": "book"}, []),
        ("buy #hedge", {"side": "BUY", "txt": "hedge"}, []),
    ],
)
def test_a_preset_is_read_as_if_its_words_stood_there(line: str, texts: dict[str, str], used: list[str]) -> None:
    reading = read_line(line, BERLIN, NOW, PRESETS)
    assert (reading.texts, reading.problems, list(reading.presets)) == (texts, (), used)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("hedge 3", "3: the quantity is 5 already"),
        ("hedge buy", "side is given twice: SELL and BUY"),
        ("hedge =hedge", "=hedge: this preset is in the line already"),
        ("round", "round: this preset is in the line already"),
        ("noted #mine", "text is given twice: by preset and mine"),
        ("amp", "amp is a preset and another word: write =amp"),
        ("book", "book is a preset and another word"),
        ("peak", "peak is a preset and another word"),
        ("ioc", "ioc is a preset and another word"),
        ("7", "7 is a preset and another word"),
        ("=hegde", "=hegde is not understood; did you mean hedge?"),
    ],
)
def test_a_preset_is_never_taken_for_another_word(line: str, reason: str) -> None:
    problems = read_line(line, BERLIN, NOW, PRESETS).problems
    assert reason in problems[0]
    assert len(problems) == 1


@pytest.mark.parametrize(
    ("contract_id", "name", "found"),
    [
        ("1", None, "1"),
        (None, "XB-14", "1"),
        (None, "1", "14"),
        (None, "same", None),
        ("none", None, None),
        (None, None, None),
    ],
)
def test_the_delivery_of_an_order_is_that_of_no_other_contract_of_its_name(
    contract_id: str | None, name: str | None, found: str | None
) -> None:
    known = KnownNames([], [*KNOWN.contracts, a_contract("20", "same"), a_contract("21", "same", "2026-11-28T13:00Z")])
    contract = known.contract(contract_id, name)
    assert (contract and contract.contract_id) == found
