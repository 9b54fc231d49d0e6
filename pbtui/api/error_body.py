"""Body of an error answer, and the errors of an order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BeforeValidator, with_config

from pbtui.api.values import REPLY, JsonText, Text


def _or_empty(value: object) -> object:
    return "" if value is None else value


_Message = Annotated[Text, BeforeValidator(_or_empty)]


@with_config(REPLY)
@dataclass(frozen=True, slots=True)
class OrderProblem:
    """One error in the server's list of errors (API 2.29.4 and later). A message that is null is empty here."""

    message: _Message
    code: Text | None = None
    variables: Mapping[Text, JsonText] = field(default_factory=dict)


@with_config(REPLY)
@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """Body of every error answer. The codes of its errors count without a message too."""

    message: _Message
    errors: tuple[OrderProblem, ...] = ()
