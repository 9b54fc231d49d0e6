"""The restore list after a kill: which orders can be activated again, and why the others can't."""

from pbtui.desk.kill.progress import Phase
from tests.desk.kill.armed import armed_at
from tests.desk.tickets.test_executor import limit_orders, trader, until
from tests.exchange import RunningExchange


async def test_the_restore_list_says_which_orders_can_be_activated(exchange: RunningExchange) -> None:
    kept, filled, moved, back, gone = limit_orders(exchange)[:5]
    async with trader(exchange, poll_seconds=0.5) as desk:
        exchange.fill(filled.order_id or "", float(filled.open_quantity_mw or 0))
        async with armed_at(exchange) as kill:
            view = await kill.fire(known=[kept, filled, moved, back, gone])
        exchange.touch(moved.order_id or "", price=-88.0, action="MODI")
        exchange.touch(back.order_id or "", action="ACTI")
        exchange.touch(gone.order_id or "", action="DELE")
        assert view.phase is Phase.VERIFIED
        wanted = {
            kept.key: "",
            filled.key: "filled by the market (FEXE)",
            moved.key: "changed since: price",
            back.key: "active already",
            gone.key: "deleted by user (UDEL)",
        }

        def obstacles() -> dict[str, str]:
            lines = {line.before.key: line.obstacle for line in desk.desk.restore_list(view.before)}
            return {key: lines[key] for key in wanted}

        await until(lambda: obstacles() == wanted)
