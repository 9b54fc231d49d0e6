"""The team store in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString

import msgspec
import psycopg

from pbtui.api.clock import utc_now
from pbtui.desk.team.database.notices import Notices
from pbtui.desk.team.database.password import Address
from pbtui.desk.team.database.queries import CALL_TIMEOUT_S, NOW, Queries
from pbtui.desk.team.lone import Lone, LoneReport
from pbtui.desk.team.presence import MOST_ORDERS, Activity, desks_in
from pbtui.desk.team.store import (
    HaltedBy,
    HaltRecord,
    Participant,
    RearmRefused,
    RearmRequest,
    Registered,
    SendRecord,
    TeamNow,
    WantedHalt,
)


class _Answer(msgspec.Struct, frozen=True):
    """An answer of a function that may refuse."""

    id: int = 0
    halt: HaltRecord | None = None
    request: RearmRequest | None = None
    refused: str = ""


class _Now(msgspec.Struct, frozen=True):
    """The answer of `team_now`. A desk that can't be read must not hide the halts."""

    halts: tuple[HaltRecord, ...]
    lifted: tuple[HaltRecord, ...]
    desks: Any = None


class PostgresStore:
    """The store for one desk or command. Notices come on a connection of their own.

    `needs_two_persons` sets the rule for re-arms at this server, before any other call. A call has `timeout_s`.
    """

    def __init__(
        self,
        address: Address,
        participant: Participant,
        timeout_s: float = CALL_TIMEOUT_S,
        *,
        needs_two_persons: bool = False,
    ) -> None:
        self._sets_rule = needs_two_persons
        self._participant = participant
        self._queries = Queries(address, timeout_s, self._set_rule)
        self._notices = Notices(address)

    async def register(self, call: str, token: str, *, changes_everything: bool = False) -> Registered | HaltedBy:
        """Register a send, unless a halt holds."""
        who = self._participant
        portfolios = [] if changes_everything else list(who.portfolios)
        answer = await self._queries.ask(
            _Answer,
            "select pbtui.register_send(%s, %s, %s, %s, %s, %s, %s, %s)::text",
            (who.server, portfolios, who.operator, who.host, who.profile, who.desk, call, token),
        )
        return Registered(answer.id) if answer.halt is None else HaltedBy(answer.halt)

    async def end(self, token: str, ending: str) -> None:
        """Record that a send has ended, and how. Only the first ending of a send is kept."""
        await self._queries.ask(
            str,
            "select to_jsonb(coalesce(pbtui.end_send(%s, %s, %s)::text, ''))::text",
            (self._participant.desk, token, ending),
        )

    async def halt(self, wanted: WantedHalt) -> HaltRecord:
        """Begin a halt, or return that with this token."""
        who, scope = self._participant, list(wanted.portfolios)
        return await self._queries.ask(
            HaltRecord,
            "select pbtui.begin_halt(%s, %s, %s, %s, %s, %s, %s, %s, %s)::text",
            (
                *(who.server, scope, who.operator, who.host, who.profile, who.desk),
                *(wanted.token, wanted.reason_at(utc_now()), wanted.action),
            ),
        )

    async def note_verdict(self, token: str, verdict: str) -> None:
        """Record the verdict of a kill."""
        await self._queries.ask(
            str,
            "select to_jsonb(coalesce(pbtui.note_verdict(%s, %s, %s)::text, ''))::text",
            (self._participant.server, token, verdict),
        )

    async def rearm(self, epoch: int, reason: str) -> HaltRecord:
        """Lift the halt with this epoch, and no other. Raises RearmRefused."""
        who = self._participant
        answer = await self._queries.ask_in_time(
            _Answer,
            "select pbtui.lift_halt(%s, %s, %s, %s, %s, %s)::text",
            (who.server, list(who.portfolios), epoch, who.operator, who.host, reason),
        )
        if answer.halt is None:
            raise RearmRefused(answer.refused)
        return answer.halt

    async def needs_two_persons(self) -> bool:
        """Return whether a re-arm at this server must be confirmed."""
        return await self._queries.ask(
            bool, "select to_jsonb(pbtui.needs_two_persons(%s))::text", (self._participant.server,)
        )

    async def ask_rearm(self, epochs: Sequence[int], reason: str) -> RearmRequest:
        """Ask for a second operator. Raises RearmRefused."""
        who = self._participant
        return await self._request(
            "select pbtui.ask_rearm(%s, %s, %s, %s, %s, %s, %s, %s)::text",
            (
                *(who.server, list(who.portfolios), list(epochs)),
                *(who.operator, who.host, who.profile, who.desk, reason),
            ),
        )

    async def rearm_request(self, number: int) -> RearmRequest | None:
        """The request with this id; None if there is none."""
        found = await self._requests(number)
        return found[0] if found else None

    async def rearm_requests(self) -> tuple[RearmRequest, ...]:
        """The open requests at this server."""
        return await self._requests(None)

    async def withdraw_rearm(self, number: int) -> None:
        """Withdraw a request of this desk."""
        await self._queries.ask(
            str,
            "select to_jsonb(coalesce(pbtui.withdraw_rearm(%s, %s, %s)::text, ''))::text",
            (self._participant.server, number, self._participant.desk),
        )

    async def confirm_rearm(self, number: int) -> RearmRequest:
        """Confirm the request of another operator. Raises RearmRefused."""
        who = self._participant
        return await self._request(
            "select pbtui.confirm_rearm(%s, %s, %s, %s, %s, %s)::text",
            (who.server, list(who.portfolios), number, who.operator, who.host, who.desk),
        )

    async def _requests(self, number: int | None) -> tuple[RearmRequest, ...]:
        """The request with this id, or all that are open."""
        return await self._queries.ask(
            tuple[RearmRequest, ...],
            "select pbtui.rearm_requests(%s, %s)::text",
            (self._participant.server, number),
        )

    async def _request(self, query: LiteralString, values: tuple[object, ...]) -> RearmRequest:
        answer = await self._queries.ask_in_time(_Answer, query, values)
        if answer.request is None:
            raise RearmRefused(answer.refused)
        return answer.request

    async def clock(self) -> datetime:
        """The time of the store."""
        return await self._queries.ask(datetime, NOW, ())

    async def report_lone(self, lone: Lone) -> LoneReport:
        """Report that this host was cut loose."""
        who = self._participant
        return await self._queries.ask(
            LoneReport,
            "select pbtui.report_lone(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)::text",
            (
                *(who.server, list(who.portfolios), lone.operator, lone.host, who.profile, who.desk),
                *(lone.token, lone.reason, lone.since, msgspec.json.encode(lone.sends).decode()),
            ),
        )

    async def lone_reports(self) -> tuple[LoneReport, ...]:
        """The reports of the last twelve hours."""
        who = self._participant
        return await self._queries.ask(
            tuple[LoneReport, ...], "select pbtui.lone_reports(%s, %s)::text", (who.server, list(who.portfolios))
        )

    async def halts(self) -> tuple[HaltRecord, ...]:
        """The halts that hold for the participant, the newest first."""
        who = self._participant
        return await self._queries.ask(
            tuple[HaltRecord, ...], "select pbtui.halts_of(%s, %s)::text", (who.server, list(who.portfolios))
        )

    async def now(self, known: Sequence[int]) -> TeamNow:
        """The halts, those of the known ones that were lifted, and the other desks."""
        who = self._participant
        answer = await self._queries.ask(
            _Now,
            "select pbtui.team_now(%s, %s, %s, %s)::text",
            (who.server, list(who.portfolios), who.desk, list(known)),
        )
        desks = desks_in(answer.desks) if isinstance(answer.desks, list) else None
        return TeamNow(halts=answer.halts, lifted=answer.lifted, desks=desks)

    async def appear(self, activity: Activity) -> None:
        """Begin or renew the presence of this desk."""
        who, orders = self._participant, activity.orders
        await self._queries.ask(
            bool,
            "select to_jsonb(pbtui.appear(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s))::text",
            (
                *(who.server, list(who.portfolios), who.operator, who.host, who.profile, who.desk),
                *(activity.is_trading, list(orders[:MOST_ORDERS]), len(orders)),
                msgspec.json.encode(activity.results).decode(),
            ),
        )

    async def leave(self) -> None:
        """End the presence of this desk."""
        await self._queries.ask(bool, "select to_jsonb(pbtui.leave(%s))::text", (self._participant.desk,))

    async def sends_open(self, epoch: int) -> tuple[SendRecord, ...]:
        """The sends that were registered before this halt, are in its scope and can still enter an order."""
        return await self._queries.ask(
            tuple[SendRecord, ...], "select pbtui.sends_before(%s, %s)::text", (self._participant.server, epoch)
        )

    async def notice(self) -> None:
        """Wait until a halt began or was lifted at some server."""
        await self._notices.next()

    async def close(self) -> None:
        """Close the connections."""
        await self._notices.close()
        await self._queries.close()

    async def _set_rule(self, connection: psycopg.AsyncConnection) -> None:
        if self._sets_rule:
            who = self._participant
            await connection.execute(
                "select pbtui.require_two_persons(%s, %s, %s)", (who.server, who.operator, who.host)
            )
