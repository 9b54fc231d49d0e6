"""Request bodies in a file: read exactly, or refused with the reason. Nothing that JSON leaves open is guessed."""

import json
from decimal import Decimal
from typing import Any, BinaryIO, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from pbtui.cli.refusals import LocalRefusal

_Body = TypeVar("_Body", bound=BaseModel)


def bodies(source: BinaryIO, kind: type[_Body]) -> list[_Body]:
    """Return the request bodies in a file: one, or a list of them. Raises LocalRefusal."""
    try:
        content = json.loads(
            source.read().decode("utf-8-sig"),
            object_pairs_hook=_object,
            parse_float=_number,
            parse_int=_number,
            parse_constant=_refuse_constant,
        )
    except (ValueError, RecursionError) as error:
        raise LocalRefusal(f"--from: the file is not valid JSON: {error}; nothing was sent") from None
    elements = content if isinstance(content, list) else [content]
    return [_body(each, number, len(elements), kind) for number, each in enumerate(elements, 1)]


def _body(element: object, number: int, count: int, kind: type[_Body]) -> _Body:
    try:
        return kind.model_validate(element)
    except ValidationError as error:
        which = f"order {number} of {count}: " if count > 1 else ""
        problems = [
            f"{'.'.join(str(part) for part in each['loc']) or 'each order'}: {each['msg']}"
            for each in error.errors(include_url=False, include_input=False)
        ]
        raise LocalRefusal(f"--from: {which}{'; '.join(problems)}; nothing was sent") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object. Raises ValueError for a name that occurs twice: parsers differ in which value they take."""
    names = [name for name, _ in pairs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{', '.join(twice)} occurs twice in one object")
    return dict(pairs)


def _number(text: str) -> Decimal | int:
    try:
        number = Decimal(text)
    except ArithmeticError:
        raise ValueError(f"{text[:40]} is out of range") from None
    return int(text) if len(text) < 20 and text.lstrip("-").isdecimal() else number


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number")
