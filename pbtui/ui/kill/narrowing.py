"""The form to narrow a kill: delivery areas for actions on own orders, products for actions on everything."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.order_fields import Field, Kind
from pbtui.desk.kill.plan import products_text
from pbtui.settings.areas import area_code, code_problem
from pbtui.settings.kill import ALL
from pbtui.ui.dialogs.prompt import Venue
from pbtui.ui.forms.field_row import FieldRow
from pbtui.ui.forms.short_form import ShortForm

_AREAS = Field("delivery_areas", "delivery areas", Kind.TEXT, "AMP, FR or EICs; empty: all")
PRODUCTS = Field("products", "products", Kind.TEXT, "XBID_Hour_Power; empty: all")
"""Names with commas between them. One that has a comma or a quotation mark itself is written as in CSV."""
_PRODUCT = re.compile(r'(?:\s*"((?:[^"]|"")+)"\s*|([^",]*))(?:,|\Z)')
_ABOUT = "Delivery areas narrow the MINE actions. Products narrow the EVERYTHING actions."


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Delivery areas by EIC, and products. Empty means all."""

    delivery_areas: tuple[str, ...] = ()
    products: tuple[str, ...] = ()


class NarrowingForm(ShortForm[Narrowing]):
    """A form that returns the areas and products as typed. Areas may be short names or EICs."""

    def __init__(self, venue: Venue, present: Narrowing) -> None:
        areas = FieldRow(_AREAS, " ".join(area_name(eic) for eic in present.delivery_areas))
        super().__init__(venue, [(_ABOUT, "label")], [areas, FieldRow(PRODUCTS, products_text(present.products))])

    def problems(self, texts: Mapping[str, str]) -> Mapping[str, str]:
        """An area that is not known and a text that names no products: with them the kill would match other orders."""
        areas = {area: code_problem(area_code(area)) for area in _split(texts["delivery_areas"])}
        reasons = {
            "delivery_areas": "; ".join(f"{area} {reason}" for area, reason in areas.items() if reason),
            "products": products_problem(texts["products"]),
        }
        return {name: reason for name, reason in reasons.items() if reason}

    def result(self, texts: Mapping[str, str]) -> Narrowing:
        """The areas and products."""
        areas = [area_code(area) for area in _split(texts["delivery_areas"])]
        return Narrowing(tuple(dict.fromkeys(areas)), products_of(texts["products"]))


def products_of(text: str) -> tuple[str, ...]:
    """Return the products that are named in a field, each once; none if it is empty. Raises ValueError."""
    names, place = list[str](), 0
    while place < len(text):
        found = _PRODUCT.match(text, place)
        if found is None:
            raise ValueError(f"write a name with a comma or a quotation mark as {products_text(['Hour, Power'])}")
        quoted, plain = found.groups()
        names.append(plain.strip() if quoted is None else quoted.replace('""', '"'))
        place = found.end()
    if ALL in names or (text.strip() and not any(names)):
        raise ValueError("name the products, or leave it empty for all")
    return tuple(dict.fromkeys(filter(None, names)))


def products_problem(text: str) -> str:
    """Return why a field does not name products; empty if it does."""
    try:
        products_of(text)
    except ValueError as reason:
        return str(reason)
    return ""


def _split(text: str) -> list[str]:
    return [area for area in re.split(r"[,;\s]+", text) if area]
