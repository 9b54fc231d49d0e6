"""The form to narrow a kill: delivery areas for actions on own orders, products for actions on everything."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.order_fields import Field, Kind
from pbtui.settings.areas import area_code, code_problem
from pbtui.settings.kill import ALL
from pbtui.ui.dialogs.prompt import Venue
from pbtui.ui.forms.field_row import FieldRow
from pbtui.ui.forms.short_form import ShortForm

_AREAS = Field("delivery_areas", "delivery areas", Kind.TEXT, "AMP, FR or EICs; empty: all")
PRODUCTS = Field("products", "products", Kind.TEXT, "XBID_Hour_Power; empty: all")
"""Names with commas between them, as in CSV: one that has a comma itself stands in quotation marks."""
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
        """An unknown short name, a mistyped code and `all` are problems: the kill would match no order."""
        found = {}
        reasons = {area: code_problem(area_code(area)) for area in _split(texts["delivery_areas"])}
        unknown = [f"{area} {reason}" for area, reason in reasons.items() if reason]
        if unknown:
            found["delivery_areas"] = "; ".join(unknown)
        if reason := products_problem(texts["products"]):
            found["products"] = reason
        return found

    def result(self, texts: Mapping[str, str]) -> Narrowing:
        """The areas and products."""
        areas = [area_code(area) for area in _split(texts["delivery_areas"])]
        return Narrowing(tuple(dict.fromkeys(areas)), products_of(texts["products"]))


def products_text(products: Sequence[str]) -> str:
    """Return the names of products as they are typed in a field."""
    return ", ".join(_quoted(product) if "," in product or '"' in product else product for product in products)


def products_of(text: str) -> tuple[str, ...]:
    """Return the products that are named in a field, each once."""
    names = next(csv.reader([text], skipinitialspace=True))
    return tuple(dict.fromkeys(name for each in names if (name := each.strip())))


def products_problem(text: str) -> str:
    """Return why a field does not name products; empty if it does."""
    if text.count('"') % 2:
        return "a quotation mark is missing"
    return "leave it empty for all" if ALL in products_of(text) else ""


def _quoted(product: str) -> str:
    return f'"{product.replace(chr(34), 2 * chr(34))}"'


def _split(text: str) -> list[str]:
    return [area for area in re.split(r"[,;\s]+", text) if area]
