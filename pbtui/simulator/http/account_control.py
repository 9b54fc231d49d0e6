"""Control paths on the account: limits of a portfolio, algorithms, and scheduled downtimes."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Annotated, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pbtui.api.reads.algorithms import AlgoStatus, HeartbeatStatus, OnMissingHeartbeat
from pbtui.simulator.book.risk import RiskLimits
from pbtui.simulator.http.algorithms import wire_algorithm
from pbtui.simulator.http.all_exchanges import Downtime
from pbtui.simulator.http.answers import Answer
from pbtui.simulator.http.api import Api
from pbtui.simulator.life.algorithms import Algorithm
from pbtui.simulator.rejections import CallRefused, OrderRefused
from pbtui.simulator.rights import PORTFOLIOS

_Body = TypeVar("_Body")


class LimitChange(msgspec.Struct, forbid_unknown_fields=True):
    """Limits of a portfolio; what is not given is as usual."""

    portfolio_id: str
    position_mw: Decimal = RiskLimits().position_mw
    cash_eur: Decimal = RiskLimits().cash_eur


class AlgorithmChange(msgspec.Struct, forbid_unknown_fields=True):
    """An algorithm that starts now. One with the same id takes the place of the earlier one and of its start.

    `silent_for_s` is the time since its newest heartbeat; without it, heartbeats continue. With `returns_every_s` it
    re-enters the orders of its portfolios that a caller removes, one every so many seconds.
    """

    name: str
    portfolio_ids: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    algo_id: str = ""
    status: AlgoStatus = AlgoStatus.RUNNING
    heartbeat: HeartbeatStatus = HeartbeatStatus.OK
    heartbeat_text: str = ""
    heartbeat_every_s: Annotated[int, msgspec.Meta(ge=1)] = 30
    on_missing_heartbeat: OnMissingHeartbeat = OnMissingHeartbeat.DO_NOTHING
    silent_for_s: Annotated[float, msgspec.Meta(ge=0)] | None = None
    returns_every_s: Annotated[float, msgspec.Meta(gt=0)] | None = None


class AccountControl:
    """Handles the control paths on the account."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._numbers = count(1)

    def routes(self) -> list[Route]:
        """The control paths."""
        return [
            Route("/_simulator/limits", self._set_limits, methods=["PUT"]),
            Route("/_simulator/algorithms", self._add_algorithm, methods=["POST"]),
            Route("/_simulator/downtimes", self._add_downtime, methods=["POST"]),
        ]

    async def _set_limits(self, request: Request) -> Response:
        return await answer_change(request, LimitChange, self._limited)

    async def _add_algorithm(self, request: Request) -> Response:
        return await answer_change(request, AlgorithmChange, self._added)

    async def _add_downtime(self, request: Request) -> Response:
        return await answer_change(request, Downtime, self._announced)

    def _limited(self, change: LimitChange) -> LimitChange:
        _require_known(change.portfolio_id)
        for exchange in self._api.exchanges():
            exchange.market.limits[change.portfolio_id] = RiskLimits(change.position_mw, change.cash_eur)
        return change

    def _added(self, change: AlgorithmChange) -> dict[str, object]:
        _require_known(*change.portfolio_ids)
        self._api.step()
        exchange = self._api.exchanges()[0]
        now = exchange.market.now
        known = {algorithm.algo_id: algorithm for algorithm in exchange.algorithms}
        algo_id = change.algo_id or f"algo-{next(self._numbers)}"
        silence_s = change.silent_for_s
        earlier = known.get(algo_id)
        known[algo_id] = algorithm = Algorithm(
            algo_id=algo_id,
            name=change.name,
            portfolio_ids=change.portfolio_ids,
            started_at=earlier.started_at if earlier else now - timedelta(seconds=silence_s or 0),
            status=change.status,
            heartbeat=change.heartbeat,
            heartbeat_text=change.heartbeat_text,
            heartbeat_every_s=change.heartbeat_every_s,
            on_missing_heartbeat=change.on_missing_heartbeat,
            silent_since=None if silence_s is None else now - timedelta(seconds=silence_s),
            returns_every_s=change.returns_every_s,
        )
        exchange.algorithms = list(known.values())
        return wire_algorithm(algorithm, exchange)

    def _announced(self, downtime: Downtime) -> Downtime:
        self._api.downtimes.append(downtime)
        return downtime


def _require_known(*portfolio_ids: str) -> None:
    unknown = [each for each in portfolio_ids if each not in PORTFOLIOS]
    if unknown:
        raise CallRefused(404, f"portfolio {', '.join(unknown)} is not known")


async def answer_change(request: Request, body_type: type[_Body], act: Callable[[_Body], object]) -> Response:
    """Read the body, act, and answer with the result; with 400 for another body, and as refused otherwise."""
    try:
        answer = Answer.of_json(act(msgspec.json.decode(await request.body() or b"{}", type=body_type)))
    except msgspec.DecodeError as error:
        answer = Answer.of_refusal(CallRefused(400, str(error)))
    except OrderRefused as refused:
        answer = Answer.of_refusal(CallRefused(400, refused.message))
    except CallRefused as refused:
        answer = Answer.of_refusal(refused)
    return response_of(answer)


def response_of(answer: Answer) -> Response:
    """Return an answer as Starlette sends it."""
    return Response(answer.body, status_code=answer.status, headers=answer.headers, media_type=answer.media_type)
