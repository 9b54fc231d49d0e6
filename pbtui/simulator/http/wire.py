"""Parsing of requests from several client families, as the API parses them.

Booleans are accepted in any case, lists as comma-separated values, repeated parameters, or both. Empty values and
unknown names are ignored. In bodies, unknown keys are ignored and times without a zone are UTC. Anything else that is
not valid gets 400. Numbers stay exact: JSON text becomes Decimal.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from pydantic import BaseModel, ValidationError

from pbtui.api.codes import ExecutionInstruction, OrderState
from pbtui.api.requests import OrderEntry, OrderModify, OrderModifyItem, UpdateStatus
from pbtui.simulator.book.ledger import OrderQuery
from pbtui.simulator.calls.outcomes import ListOptions
from pbtui.simulator.rejections import CallRefused, ErrorCode, ListedError
from pbtui.simulator.rights import ApiKey

DEFAULT_PAGE = 150
LARGEST_PAGE = 500
MARKET_TRADES_INTERNALLY = True
"""Value of the market option that applies if a call does not set it (`default_yes`)."""

_REMEMBERED = 1024
"""Number of parsed query strings that are kept: a desk sends the same ones again and again."""

_JSON = msgspec.json.Decoder(float_hook=Decimal)
_TIMES = frozenset({"validityDate", "dlvryStart", "dlvryEnd"})
_Body = TypeVar("_Body", bound=BaseModel)
_Word = TypeVar("_Word", bound=StrEnum)
_Value = TypeVar("_Value")


def invalid(message: str) -> CallRefused:
    """Return the refusal (400) of a request that is not valid."""
    return CallRefused(400, message, [ListedError(ErrorCode.PB_REQUEST_INVALID, message)])


class Query:
    """Query parameters of one call. `invalid` values raise CallRefused (400)."""

    def __init__(self, query: str) -> None:
        self.values: dict[str, list[str]] = {}
        for name, value in parse_qsl(query, keep_blank_values=True):
            self.values.setdefault(name, []).append(value)

    def renamed(self, names: Mapping[str, str], without: Sequence[str]) -> "Query":
        """Return the query without some parameters, and with other names for some."""
        other = Query("")
        other.values = {names.get(name, name): value for name, value in self.values.items() if name not in without}
        return other

    def text(self, name: str) -> str:
        """Return the value, empty if it is absent."""
        return self.values.get(name, [""])[-1]

    def texts(self, name: str) -> frozenset[str]:
        """Return the values of a list."""
        return frozenset(part for value in self.values.get(name, []) for part in value.split(",") if part)

    def flag(self, name: str, *, default: bool) -> bool:
        """Return the boolean, or the default if it is absent."""
        value = self.text(name).lower()
        if value not in ("", "true", "false"):
            raise invalid(f"{name} must be true or false, not {value!r}")
        return default if not value else value == "true"

    def number(self, name: str, *, default: int, least: int, most: int | None = None) -> int:
        """Return the integer. It must be within its bounds."""
        value = self.text(name)
        if not value:
            return default
        if not (value.isascii() and value.isdigit()) or int(value) < least or (most is not None and int(value) > most):
            bounds = f"{least} or more" if most is None else f"{least} to {most}"
            raise invalid(f"{name} must be a whole number, {bounds}, not {value!r}")
        return int(value)

    def moment(self, name: str) -> datetime | None:
        """Return the time, None if it is absent; without a zone it is UTC."""
        value = self.text(name)
        moment = _zoned(value) if value else None
        if isinstance(moment, str):
            raise invalid(f"{name} must be a time such as 2026-11-22T13:30:00Z, not {value!r}")
        return moment

    def word(self, name: str, words: type[_Word], *, default: _Word) -> _Word:
        """Return the value, which must be one of the API's words."""
        value = self.text(name)
        if not value:
            return default
        try:
            return words(value)
        except ValueError as error:
            raise invalid(f"{name} must be one of {', '.join(words)}, not {value!r}") from error


query_of = lru_cache(_REMEMBERED)(Query)
"""Return the parameters of a query string. Nothing changes them."""


@lru_cache(_REMEMBERED)
def order_query(query: Query, key: ApiKey) -> OrderQuery:
    """Return the filters of `GET /orders`. Without portfolios, all within reach are used.

    Raises CallRefused (403) for a portfolio out of the key's reach.
    """
    portfolio_ids = query.texts("portfolio_id")
    key.require_portfolios(portfolio_ids)
    states = query.texts("status")
    if not states <= set(OrderState):
        raise invalid(f"status must contain only {', '.join(OrderState)}")
    return OrderQuery(
        portfolio_ids=portfolio_ids or key.portfolio_ids,
        active_only=query.flag("active_only", default=True),
        contract_ids=query.texts("contract_ids") or query.texts("contract_id"),
        order_ids=query.texts("order_ids"),
        strategy_ids=query.texts("strategy_ids"),
        states=states,
        delivery_area=query.text("delivery_area"),
        user_code=query.text("user_code"),
        cl_ordr_id=query.text("clOrdrId"),
        txt=query.text("txt"),
    )


def list_options(query: Query) -> ListOptions:
    """Return the options of the calls on order lists."""
    return ListOptions(
        exec_instruction=query.word("exec_instruction", ExecutionInstruction, default=ExecutionInstruction.VALID),
        internal_trading=query.flag("internal_trading", default=MARKET_TRADES_INTERNALLY),
        fail_on_limit_violations=query.flag("fail_on_limit_violations", default=True),
        ignore_order_action_quota=query.flag("ignore_order_action_quota", default=False),
        include_errors=query.flag("include_errors", default=False),
        infer_order_revisions=query.flag("infer_order_revisions", default=False),
    )


# ---------------------------------------------------------------- bodies


def order_entries(body: bytes) -> list[OrderEntry]:
    """Parse the body of `POST /orders/list`."""
    return [
        _model(OrderEntry, _object(item, f"order {number}"), f"order {number}")
        for number, item in enumerate(_array(body), start=1)
    ]


def order_modify_items(body: bytes) -> list[OrderModifyItem]:
    """Parse the body of `PUT /orders/list`."""
    items = []
    for number, item in enumerate(_array(body), start=1):
        place = f"order {number}"
        known = _known(OrderModifyItem, _object(item, place))
        changes = _object(known.pop("changes", {}), f"{place}: changes")
        items.append(_model(OrderModifyItem, {**known, "changes": _known(OrderModify, changes)}, place))
    return items


def order_modify(body: bytes) -> OrderModify:
    """Parse the body of `PUT /order/{order_id}/{revision_no}`."""
    return _model(OrderModify, _object(_json(body), "the body"), "the body")


def update_status(body: bytes) -> UpdateStatus:
    """Parse the body of `PUT /orders/status`."""
    return _model(UpdateStatus, _object(_json(body), "the body"), "the body")


def _json(body: bytes) -> object:
    if not body:
        raise invalid("the request has no body")
    try:
        decoded: object = _JSON.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise invalid(f"the body is not JSON: {error}") from error
    return decoded


def _array(body: bytes) -> Sequence[object]:
    decoded = _json(body)
    if not isinstance(decoded, list):
        raise invalid("the body must be a JSON array of orders")
    return decoded


def _object(value: object, place: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise invalid(f"{place} must be a JSON object")
    return value


def _known(model: type[BaseModel], value: Mapping[str, object]) -> dict[str, Any]:
    keys = {field.alias or name for name, field in model.model_fields.items()}
    return {
        key: _zoned(part) if key in _TIMES else part for key, part in value.items() if key in keys and part is not None
    }


def _zoned(value: _Value) -> _Value | datetime:
    """Return the time with a zone. Anything that is not an ISO time is left for the model to refuse."""
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _model(model: type[_Body], value: Mapping[str, object], place: str) -> _Body:
    try:
        return model.model_validate(_known(model, value))
    except ValidationError as error:
        errors = [f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in error.errors(include_url=False)]
        raise invalid(f"{place}: {'; '.join(errors)}") from error
