"""The blotter follows every order by its key: what is new, what changed, what left and how it ended."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import Order
from pbtui.desk.blotter.own_orders import MAX_RECENT_ROWS, Blotter, FinalState, Row, Tab
from tests.orders import an_order

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def blotter_of(*orders: Order | UnreadableOrder) -> Blotter:
    return Blotter().apply(orders)


def row_of(blotter: Blotter, key: str) -> Row:
    row = blotter.find(key)
    assert row is not None
    return row


def changed(blotter: Blotter) -> set[str]:
    """The keys of the rows that the last read added or changed."""
    rows = [*blotter.active.values(), *blotter.deactivated.values(), *blotter.recent.values()]
    return {row.key for row in rows if row.changed_in == blotter.read_no}


def order_of(blotter: Blotter, key: str) -> Order:
    order = row_of(blotter, key).order
    assert isinstance(order, Order)
    return order


def test_the_first_read_marks_nothing_and_the_next_marks_what_is_new() -> None:
    first = Blotter().apply([an_order("1")])
    assert list(first.active) == ["1"]
    assert changed(first) == {"1"}
    assert not first.is_marked(row_of(first, "1"))
    second = first.apply([an_order("1"), an_order("2")])
    assert changed(second) == {"2"}
    assert second.is_marked(row_of(second, "2"))
    assert not second.is_marked(row_of(second, "1"))


def test_a_changed_field_is_marked_for_two_reads() -> None:
    cheap, dear = an_order("1"), an_order("1", price=Decimal("46.00"), revision_no=2)
    blotter = blotter_of(cheap).apply([dear])
    assert changed(blotter) == {"1"}
    assert row_of(blotter, "1").changed == {"price", "revision_no"}
    marked = []
    for _ in range(3):
        marked.append(blotter.is_marked(row_of(blotter, "1")))
        blotter = blotter.apply([dear])
    assert marked == [True, True, False]


def test_a_row_whose_order_is_the_same_object_is_the_same_object() -> None:
    order = an_order("1")
    first = blotter_of(order)
    second = first.apply([order])
    assert second.active["1"] is first.active["1"]
    assert not changed(second)


def test_a_new_time_of_the_api_alone_is_no_change() -> None:
    blotter = blotter_of(an_order("1", api_timestamp=NOON)).apply(
        [an_order("1", api_timestamp=NOON + timedelta(seconds=1))]
    )
    assert not changed(blotter)
    assert order_of(blotter, "1").api_timestamp == NOON + timedelta(seconds=1)


def test_a_row_survives_a_change_of_its_id() -> None:
    blotter = blotter_of(an_order("1")).apply([an_order("2", initial_order_id="1", parent_order_id="1", price=46)])
    assert list(blotter.active) == ["1"]
    assert order_of(blotter, "1").order_id == "2"
    assert changed(blotter) == {"1"}
    assert not blotter.recent


def test_a_departed_order_stays_in_recent_until_its_final_state_is_read() -> None:
    gone = blotter_of(an_order("1")).apply([])
    assert not gone.active
    assert row_of(gone, "1").tab is Tab.RECENT
    assert row_of(gone, "1").final_state is FinalState.READING
    filled = gone.resolve_departures([an_order("1", state="IACT", action="FEXE", quantity=0)], ["1"])
    assert row_of(filled, "1").final_state is None
    assert order_of(filled, "1").action == "FEXE"
    assert filled.is_marked(row_of(filled, "1"))
    deactivated = gone.resolve_departures([an_order("1", state="HIBE", action="UHIB")], ["1"])
    assert list(deactivated.deactivated) == ["1"]
    lost = gone.resolve_departures([], ["1"])
    assert row_of(lost, "1").final_state is FinalState.NOT_FOUND


def test_a_read_by_id_that_shows_nothing_new_gives_the_same_blotter() -> None:
    hibernated = an_order("1", state="HIBE", action="UHIB")
    blotter = blotter_of(an_order("2")).apply([]).resolve_departures([hibernated], ["1", "2"])
    assert row_of(blotter, "2").final_state is FinalState.NOT_FOUND
    assert blotter.resolve_departures([hibernated], ["1", "2"]) is blotter
    ended = blotter.resolve_departures([an_order("1", state="IACT", action="UDEL")], ["1"])
    assert ended is not blotter


def test_an_incomplete_list_removes_no_order() -> None:
    blotter = blotter_of(an_order("1"), an_order("2")).apply([an_order("2")], complete=False)
    assert not blotter.recent
    assert set(blotter.active) == {"1", "2"}
    assert [order.order_id for order in blotter.listed] == ["2"]
    assert list(blotter.resolve_departures([an_order("3", state="IACT")]).listed) == list(blotter.listed)
    assert len(list(blotter.apply([an_order("1"), an_order("2")]).listed)) == 2


def test_an_order_that_is_live_again_returns_to_the_active_ones() -> None:
    hibernated = blotter_of(an_order("1")).apply([an_order("1", state="HIBE", action="UHIB")])
    assert list(hibernated.deactivated) == ["1"]
    unchanged = hibernated.resolve_departures([an_order("1")], ["1"])
    assert list(unchanged.deactivated) == ["1"]
    active = hibernated.apply([an_order("7", initial_order_id="1", parent_order_id="1")])
    assert list(active.active) == ["1"]
    assert not active.deactivated


def test_an_unknown_state_counts_as_active() -> None:
    assert list(blotter_of(an_order("1", state="UNKW"), an_order("2", state="NEWX")).active) == ["1", "2"]


def test_an_earlier_order_of_a_chain_never_hides_the_live_one() -> None:
    live = an_order("2", initial_order_id="1", parent_order_id="1")
    blotter = blotter_of(live).resolve_departures([an_order("1", state="IACT", action="UDEL")])
    assert order_of(blotter, "1").order_id == "2"
    assert not blotter.recent


def test_the_newest_order_of_an_ended_chain_counts() -> None:
    deleted = an_order("1", state="IACT", action="UDEL", last_change_timestamp=NOON)
    filled = an_order(
        "2", initial_order_id="1", state="IACT", action="FEXE", last_change_timestamp=NOON + timedelta(seconds=1)
    )
    gone = blotter_of(an_order("1")).apply([])
    for orders in ([deleted, filled], [filled, deleted]):
        blotter = gone.resolve_departures(orders, ["1"])
        assert order_of(blotter, "1").action == "FEXE"
        blotter = blotter.resolve_departures([deleted])
        assert order_of(blotter, "1").action == "FEXE"


def test_two_live_orders_of_one_chain_stay_two_rows() -> None:
    first, second = an_order("1"), an_order("2", initial_order_id="1")
    blotter = blotter_of(first)
    for orders in ([first, second], [second, first], [second, first, an_order("3")]):
        before, blotter = blotter, blotter.apply(orders)
        assert order_of(blotter, "1").order_id == "1"
        assert order_of(blotter, "1/2").order_id == "2"
        assert changed(blotter) == blotter.active.keys() - before.active.keys()
    blotter = blotter.apply([second])
    assert order_of(blotter, "1/2").order_id == "2"
    assert set(blotter.recent) == {"1", "3"}


def test_an_order_that_a_list_has_twice_is_shown_with_both_values() -> None:
    first, changed_order = an_order("1"), an_order("1", revision_no=2, price=46)
    for orders in ([first, changed_order], [changed_order, first]):
        blotter = blotter_of(first).apply(orders)
        shown = [order_of(blotter, key) for key in ("1", "1/1")]
        assert sorted(order.price or 0 for order in shown) == sorted([first.price or 0, 46])
        assert blotter.totals.buy_mw + blotter.totals.sell_mw == 2 * (first.open_quantity_mw or 0)


def test_an_unreadable_order_is_a_row_and_counts_as_active() -> None:
    broken = UnreadableOrder(reason="price: 'x' is not a JSON number", raw="{}", order_id="1", initial_order_id="1")
    blotter = blotter_of(an_order("1"), UnreadableOrder(reason="no object", raw="null")).apply([broken])
    assert row_of(blotter, "1").order is broken
    assert blotter.totals.uncounted == 1
    assert blotter.find("null") is None


def test_recent_rows_are_bounded_and_the_oldest_go_first() -> None:
    ended = [an_order(str(n), state="IACT") for n in range(MAX_RECENT_ROWS + 5)]
    blotter = Blotter().resolve_departures(ended)
    assert len(blotter.recent) == MAX_RECENT_ROWS
    assert "4" not in blotter.recent
    assert "5" in blotter.recent


class BlotterAgainstAnExchange(RuleBasedStateMachine):
    """An exchange of a few orders is read in any order of events; the blotter ends up showing what it holds."""

    def __init__(self) -> None:
        super().__init__()
        self.exchange: dict[str, Order] = {}
        self.ended: dict[str, Order] = {}
        self.blotter = Blotter()
        self.next_id = 1
        self.is_read = True

    @initialize()
    def open(self) -> None:
        self.read()

    def _change(self, key: str, order: Order) -> None:
        self.is_read = False
        if order.is_live:
            self.exchange[key] = order
            self.ended.pop(key, None)
        else:
            self.exchange.pop(key, None)
            self.ended[key] = order

    def _pick(self, data: st.DataObject) -> str | None:
        return data.draw(st.sampled_from(sorted(self.exchange))) if self.exchange else None

    @rule()
    def add(self) -> None:
        key = str(self.next_id)
        self.next_id += 1
        side = "SELL" if self.next_id % 3 else "BUY"
        self._change(key, an_order(key, side=side, quantity=self.next_id, hidden_quantity=Decimal("0.5")))

    @rule(data=st.data(), price=st.integers(-50, 50))
    def reprice(self, data: st.DataObject, price: int) -> None:
        if (key := self._pick(data)) is not None:
            order_id = str(self.next_id)
            self.next_id += 1
            self._change(key, an_order(order_id, initial_order_id=key, price=price))

    @rule(data=st.data(), end=st.sampled_from([("IACT", "FEXE"), ("IACT", "UDEL"), ("HIBE", "UHIB")]))
    def end(self, data: st.DataObject, end: tuple[str, str]) -> None:
        if (key := self._pick(data)) is not None:
            order_id = self.exchange[key].order_id
            assert order_id is not None
            self._change(key, an_order(order_id, initial_order_id=key, state=end[0], action=end[1]))

    @rule(data=st.data())
    def activate(self, data: st.DataObject) -> None:
        hibernated = sorted(key for key, order in self.ended.items() if order.state == "HIBE")
        if hibernated:
            key = data.draw(st.sampled_from(hibernated))
            order_id = str(self.next_id)
            self.next_id += 1
            self._change(key, an_order(order_id, initial_order_id=key))

    @rule()
    def read(self) -> None:
        self.blotter = self.blotter.apply(list(self.exchange.values()))
        waiting = [key for key, row in self.blotter.recent.items() if row.final_state is FinalState.READING]
        asked = [*waiting, *self.blotter.deactivated]
        found = [self.ended[key] for key in asked if key in self.ended]
        self.blotter = self.blotter.resolve_departures(found, asked)
        self.is_read = True

    @invariant()
    def a_key_is_on_one_tab(self) -> None:
        keys = [key for tab in Tab for key in self.blotter.rows(tab)]
        assert len(keys) == len(set(keys))
        for tab in Tab:
            assert all(row.tab is tab and row.key == key for key, row in self.blotter.rows(tab).items())

    @invariant()
    def the_totals_are_those_of_the_active_rows(self) -> None:
        orders = [row.order for row in self.blotter.active.values() if isinstance(row.order, Order)]
        for side, total_mw in (("BUY", self.blotter.totals.buy_mw), ("SELL", self.blotter.totals.sell_mw)):
            assert total_mw == sum(order.open_quantity_mw or 0 for order in orders if order.side == side)

    @invariant()
    def after_a_read_it_shows_the_exchange(self) -> None:
        if self.is_read:
            assert {key: row.order for key, row in self.blotter.active.items()} == self.exchange
            shown = {**self.blotter.deactivated, **self.blotter.recent}
            assert all(self.ended[key] == row.order for key, row in shown.items())


TestBlotterAgainstAnExchange = BlotterAgainstAnExchange.TestCase
TestBlotterAgainstAnExchange.settings = settings(max_examples=60, stateful_step_count=30)
