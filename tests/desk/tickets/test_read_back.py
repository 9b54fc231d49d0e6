"""What a read of the desk shows of a line."""

from pbtui.api.codes import ModifyAction
from pbtui.desk.blotter.link import Link
from pbtui.desk.blotter.orders_view import OrdersView
from pbtui.desk.blotter.own_orders import Blotter
from pbtui.desk.tickets.read_back import reads_of_view
from tests.desk.tickets.test_verdict import a_change
from tests.orders import an_order


def test_an_incomplete_read_shows_no_order_that_it_did_not_list() -> None:
    first, successor = an_order("1"), an_order("7", parent_order_id="1")
    line = a_change(first, ModifyAction.DELE)
    seen = Blotter().apply([first]).apply([successor], complete=False)
    view = OrdersView(Link(poll_s=2, read_s=5.0), seen, active_gap="the server sent 1 of 2 orders")
    read = reads_of_view([line], view)[line.key]
    assert set(seen.active) == {"1", "7"}
    assert read.orders == (successor,)
    assert not read.covers_live
