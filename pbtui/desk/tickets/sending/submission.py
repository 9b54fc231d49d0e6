"""The request of a ticket, sent once, and what it proves of each line.

A list call for all lines, or one call per order where the profile says that the server has no list call, where the
API itself answered 405 to the list, or where an empty list proves it: a 404 alone does not, as a gateway may answer it
although the list arrived. The page of a gateway is no answer of the exchange, whatever its status. After any other
error nothing is sent again, but for withdrawals: a list of them that the server refuses is sent in halves, as a server
may take shorter lists, and withdrawing twice does no harm. A line whose list was refused has left, even if its second
request can't leave.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from urllib.parse import quote

from pbtui.api.client import OrdersClient, OrdersReply
from pbtui.api.clock import steady_s
from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.errors import Forbidden, OrdersApiError, RateLimited, RefusedHere, Rejected, Unauthorized
from pbtui.api.requests import OrderEntry, OrderModifyItem
from pbtui.api.structs import replace
from pbtui.desk.tickets.evidence import Answer, End, NothingLeft, Refusal, of_error
from pbtui.desk.tickets.judging.candidates import attributed
from pbtui.desk.tickets.ticket import Action, Ticket, TicketLine, WriteOptions

ORDERS_PER_CALL = 500
"""A longer list of withdrawals is sent in parts."""
_SINGLE_CALL = "not sent again. For a server without a call for lists, set single_order_endpoint in the profile"
_NO_REVISION = "its revision is unknown, and the call for a single order needs it"
_NOT_SPLIT = (Unauthorized, Forbidden, RateLimited)


@dataclass(frozen=True, slots=True)
class Sent:
    """Result of one request: how it ended for each of its lines, by key, and other events in the answer."""

    ends: Mapping[str, End] = field(default_factory=dict)
    internal_trades: int = 0
    limit_violations: str = ""
    is_forbidden: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a ticket. `not_sent` is the reason why it can't be made; empty if it can."""

    method: str
    path: str
    query: Mapping[str, object]
    body: object
    not_sent: str = ""


def requests_of(ticket: Ticket, standing: Collection[str], *, single_order_endpoint: bool) -> list[Request]:
    """Return the requests that sending a ticket begins with. A server's answer can change how it goes on.

    `standing` has the keys of the lines whose order may be there, as for `Submission`.
    """
    options = {name: value for name, value in asdict(ticket.options).items() if value is not None}
    if ticket.action is Action.ADD:
        return [Request("POST", "/orders/list", options, ticket.body())]
    options.pop("exec_instruction", None)
    if not single_order_endpoint:
        parts = _parts(ticket.action, ticket.lines, standing)
        return [Request("PUT", "/orders/list", options, [line.request.wire() for line in part]) for part in parts]
    options.pop("include_errors", None)
    return [_single_request(line, options) for line in ticket.lines]


def _single_request(line: TicketLine, options: Mapping[str, object]) -> Request:
    body = line.request.changes.wire() if isinstance(line.request, OrderModifyItem) else None
    revision_no = _revision_of(line)
    path = f"/order/{quote(line.key, safe='')}/{'?' if revision_no is None else revision_no}"
    return Request("PUT", path, options, body, _NO_REVISION if revision_no is None else "")


def _parts(action: Action, lines: Sequence[TicketLine], standing: Collection[str]) -> list[Sequence[TicketLine]]:
    """Return the lines of each list call. Withdrawals are independent of each other, so a long list is divided.

    Orders that may be there go first, in lists of their own: one that is gone can get a whole list refused.
    """
    if action.increases_risk:
        return [lines]
    there = [line for line in lines if line.key in standing]
    gone = [line for line in lines if line.key not in standing]
    return [
        group[start : start + ORDERS_PER_CALL]
        for group in (there, gone)
        for start in range(0, len(group), ORDERS_PER_CALL)
    ]


class Submission:
    """Sends the lines of a ticket. `announce` is called right before each request, with its method, path and line keys.

    `announce` raises RefusedHere if the request must not leave: its lines are not sent then. `ended` is called with the
    result of each request as soon as it has ended: a ticket of many requests takes a while.

    `standing` has the keys of the lines whose order may be there: a refused list of withdrawals without any of them is
    not sent again. `not_found` is the 404 that a list got before: an empty list is sent first, to prove that there is
    no such call. After a call, `single_order_endpoint` shows which of the two calls the server has.
    """

    def __init__(
        self,
        client: OrdersClient,
        announce: Callable[[str, str, Sequence[str]], None],
        ended: Callable[[Sent], None],
        standing: Collection[str],
        *,
        single_order_endpoint: bool,
        not_found: OrdersApiError | None = None,
    ) -> None:
        self._client = client
        self.not_found = not_found
        self._standing = standing
        self._announce_request = announce
        self._ended = ended
        self.single_order_endpoint = single_order_endpoint
        self.announced: set[str] = set()
        """The keys of the lines of which a request may have left."""
        self._refused: dict[str, End] = {}
        """The end of the list that was refused first, of each line that is sent again."""

    def _announce(self, method: str, path: str, lines: Sequence[TicketLine] = ()) -> None:
        keys = [line.key for line in lines]
        self._announce_request(method, path, keys)
        self.announced.update(keys)

    async def send(self, action: Action, lines: Sequence[TicketLine], options: WriteOptions) -> None:
        """Send these lines."""
        try:
            is_one_by_one = action is not Action.ADD and await self._has_no_list_call()
        except RefusedHere as error:
            self._fail(lines, error)
            return
        if is_one_by_one:
            await self._send_one_by_one(lines, options)
            return
        first, *others = _parts(action, lines, self._standing)
        await self._send_list(action, first, options)
        for part in others:
            await self.send(action, part, options)

    async def _has_no_list_call(self) -> bool:
        """Return whether orders have to be sent one by one; if a list got a 404 before, an empty one is sent first."""
        if not self.single_order_endpoint and self.not_found is not None:
            self._announce("PUT", "/orders/list")
            self.single_order_endpoint = await self._client.lacks_list_call(self.not_found)
            self.not_found = None
        return self.single_order_endpoint

    async def _send_list(self, action: Action, lines: Sequence[TicketLine], options: WriteOptions) -> None:
        try:
            reply = await self._call(action, lines, options)
        except OrdersApiError as error:
            await self._after_error(error, action, lines, options)
        else:
            self._ended(_answered(lines, reply))

    async def _after_error(
        self, error: OrdersApiError, action: Action, lines: Sequence[TicketLine], options: WriteOptions
    ) -> None:
        """Send the lines of a list in another way, where its error allows that."""
        is_change = action is not Action.ADD
        if is_change and error.status == HTTPStatus.METHOD_NOT_ALLOWED:
            await self._after_no_such_call(error, action, lines, options)
            return
        if is_change and error.status == HTTPStatus.NOT_FOUND and error.is_own:
            self.not_found = error
            if action.increases_risk:
                self._fail(lines, error, _SINGLE_CALL)
                return
            if await self._has_no_list_call():
                await self._send_one_by_one(lines, options)
                return
        if action.increases_risk or not self._is_worth_halves(lines, error):
            self._fail(lines, error)
            return
        self._refuse(lines, error)
        middle = len(lines) // 2
        await self.send(action, lines[:middle], options)
        await self.send(action, lines[middle:], options)

    async def _after_no_such_call(
        self, error: OrdersApiError, action: Action, lines: Sequence[TicketLine], options: WriteOptions
    ) -> None:
        """Send one by one after a 405. After the page of a gateway only withdrawals are: their list may have acted."""
        self.single_order_endpoint |= error.is_own
        if not error.is_own:
            if action.increases_risk:
                self._fail(lines, error, _SINGLE_CALL)
                return
            self._refuse(lines, error)
        await self._send_one_by_one(lines, options)

    def _refuse(self, lines: Sequence[TicketLine], error: OrdersApiError) -> None:
        """Note how a list ended whose lines are sent again."""
        self._refused = {**_failed(lines, error).ends, **self._refused}

    def _is_worth_halves(self, lines: Sequence[TicketLine], error: OrdersApiError) -> bool:
        """Return whether the server may take a shorter list of these withdrawals."""
        return len(lines) > 1 and _may_be_too_long(error) and any(line.key in self._standing for line in lines)

    def _fail(self, lines: Sequence[TicketLine], error: OrdersApiError, hint: str = "") -> None:
        self._end(_failed(lines, error, hint))

    def _end(self, sent: Sent) -> None:
        """Report the end of a request. What it says of a line that did not leave is true of this request only."""
        ends = {
            key: self._refused.get(key, end) if isinstance(end, NothingLeft) else end for key, end in sent.ends.items()
        }
        self._ended(Sent(ends, is_forbidden=sent.is_forbidden))

    async def _call(self, action: Action, lines: Sequence[TicketLine], options: WriteOptions) -> OrdersReply:
        chosen = asdict(options)
        if action is Action.ADD:
            self._announce("POST", "/orders/list", lines)
            entries = [line.request for line in lines if isinstance(line.request, OrderEntry)]
            return await self._client.add_orders(entries, **chosen)
        del chosen["exec_instruction"]
        self._announce("PUT", "/orders/list", lines)
        items = [line.request for line in lines if isinstance(line.request, OrderModifyItem)]
        return await self._client.modify_orders(items, **chosen)

    async def _send_one_by_one(self, lines: Sequence[TicketLine], options: WriteOptions) -> None:
        """Send PUT /order/{order_id}/{revision_no} for each line.

        The call needs a revision, which for a withdrawal is the one that was last seen, and does not know
        `include_errors`.
        """
        chosen = asdict(options)
        del chosen["exec_instruction"], chosen["include_errors"]
        for line in lines:
            item = line.request
            revision_no = _revision_of(line)
            if not isinstance(item, OrderModifyItem) or revision_no is None:
                self._end(Sent({line.key: NothingLeft(steady_s(), _NO_REVISION)}))
                continue
            try:
                self._announce("PUT", f"/order/{item.order_id}/{revision_no}", [line])
                reply = await self._client.modify_order(item.order_id, revision_no, item.changes, **chosen)
            except OrdersApiError as error:
                self._fail([line], error)
            else:
                self._ended(_answered([line], reply))


def _revision_of(line: TicketLine) -> int | None:
    named = line.request.revision_no if isinstance(line.request, OrderModifyItem) else None
    return named if named is not None or line.base is None else line.base.revision_no


def _may_be_too_long(error: OrdersApiError) -> bool:
    """Return whether the server may have refused a list for its length, or for one order of it."""
    return isinstance(error, Rejected) and not isinstance(error, _NOT_SPLIT)


def _failed(lines: Sequence[TicketLine], error: OrdersApiError, hint: str = "") -> Sent:
    end = of_error(error, steady_s())
    if hint and not isinstance(end, NothingLeft):
        end = replace(end, why=f"{end.why}; {hint}")
    if isinstance(end, Refusal):
        end = replace(end, is_of_list=len(lines) > 1)
    is_forbidden = isinstance(error, Forbidden) and error.is_own
    return Sent(dict.fromkeys((line.key for line in lines), end), is_forbidden=is_forbidden)


def _answered(lines: Sequence[TicketLine], reply: OrdersReply) -> Sent:
    answer, orders = reply.answer, reply.snapshot.orders
    is_whole = not any(isinstance(order, UnreadableOrder) for order in orders)
    ends = {
        line.key: Answer(answer.received_s, named, is_whole=is_whole or bool(named))
        for line, named in zip(lines, attributed(lines, orders), strict=True)
    }
    return Sent(ends, answer.total_internal_trades or 0, answer.limit_violations or "")
