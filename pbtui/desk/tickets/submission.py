"""Request of a ticket, sent once: one list call, or one call per order for servers without the list call."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

from pbtui.api.client import OrdersClient, OrdersReply
from pbtui.api.errors import Forbidden, OrdersApiError, Rejected
from pbtui.api.models import OrderEntry, OrderModifyItem
from pbtui.desk.tickets import outcomes
from pbtui.desk.tickets.ticket import Action, Outcome, TicketLine, WriteOptions

_NO_SUCH_CALL = (404, 405)


@dataclass(frozen=True, slots=True)
class Sent:
    """Result of a request: the lines with their outcomes, and other events in the answer."""

    lines: tuple[TicketLine, ...]
    internal_trades: int = 0
    limit_violations: str = ""
    is_forbidden: bool = False

    def plus(self, other: "Sent") -> "Sent":
        """Return both results combined."""
        return Sent(
            (*self.lines, *other.lines),
            self.internal_trades + other.internal_trades,
            "; ".join(text for text in (self.limit_violations, other.limit_violations) if text),
            self.is_forbidden or other.is_forbidden,
        )


class Submission:
    """Sends the lines of a ticket. `announce` is called with method and path right before each request is sent.

    After a call, `single_order_endpoint` shows which of the two calls the server has.
    """

    def __init__(
        self, client: OrdersClient, announce: Callable[[str, str], None], *, single_order_endpoint: bool
    ) -> None:
        self._client = client
        self._announce = announce
        self.single_order_endpoint = single_order_endpoint

    async def send(self, action: Action, lines: Sequence[TicketLine], options: WriteOptions) -> Sent:
        """Send these lines and return the outcome of each."""
        if self.single_order_endpoint and action is not Action.ADD:
            return await self._send_one_by_one(lines, options)
        try:
            reply = await self._send_list(action, lines, options)
        except OrdersApiError as error:
            if action is not Action.ADD and isinstance(error, Rejected) and error.status in _NO_SUCH_CALL:
                # The server does not know the list call, so it did nothing. From now on the older call is used.
                self.single_order_endpoint = True
                return await self._send_one_by_one(lines, options)
            return _failed(lines, error)
        return _answered(lines, reply)

    async def _send_list(self, action: Action, lines: Sequence[TicketLine], options: WriteOptions) -> OrdersReply:
        chosen = asdict(options)
        if action is Action.ADD:
            self._announce("POST", "/orders/list")
            entries = [line.request for line in lines if isinstance(line.request, OrderEntry)]
            return await self._client.add_orders(entries, **chosen)
        del chosen["exec_instruction"]
        self._announce("PUT", "/orders/list")
        items = [line.request for line in lines if isinstance(line.request, OrderModifyItem)]
        return await self._client.modify_orders(items, **chosen)

    async def _send_one_by_one(self, lines: Sequence[TicketLine], options: WriteOptions) -> Sent:
        """Send PUT /order/{order_id}/{revision_no} per order. This call needs a revision and has no include_errors."""
        chosen = asdict(options)
        del chosen["exec_instruction"], chosen["include_errors"]
        sent = Sent(())
        for line in lines:
            item = line.request
            if not isinstance(item, OrderModifyItem) or item.revision_no is None:
                reason = "its revision is not known, and the call for single orders needs it"
                sent = sent.plus(Sent((replace(line, outcome=Outcome.NOT_SENT, reason=reason),)))
                continue
            self._announce("PUT", f"/order/{item.order_id}/{item.revision_no}")
            try:
                reply = await self._client.modify_order(item.order_id, item.revision_no, item.changes, **chosen)
            except OrdersApiError as error:
                sent = sent.plus(_failed([line], error))
            else:
                sent = sent.plus(_answered([line], reply))
        return sent


def _failed(lines: Sequence[TicketLine], error: OrdersApiError) -> Sent:
    return Sent(tuple(outcomes.after_error(lines, error)), is_forbidden=isinstance(error, Forbidden))


def _answered(lines: Sequence[TicketLine], reply: OrdersReply) -> Sent:
    answer = reply.answer
    return Sent(
        tuple(outcomes.after_reply(lines, reply)), answer.total_internal_trades or 0, answer.limit_violations or ""
    )
