"""The form to narrow a kill: delivery areas for actions on own orders, products for actions on everything."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.order_fields import Field, Kind
from pbtui.settings.areas import area_code, code_problem
from pbtui.settings.kill import ALL
from pbtui.ui.dialogs.prompt import Venue
from pbtui.ui.forms.field_row import FieldRow
from pbtui.ui.forms.short_form import ShortForm

_AREAS = Field("delivery_areas", "delivery areas", Kind.TEXT, "AMP, FR or EICs; empty: all")
_PRODUCTS = Field("products", "products", Kind.TEXT, "XBID_Hour_Power; empty: all")
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
        super().__init__(venue, [(_ABOUT, "label")], [areas, FieldRow(_PRODUCTS, ", ".join(present.products))])

    def problems(self, texts: Mapping[str, str]) -> Mapping[str, str]:
        """An unknown short name, a mistyped code and `all` are problems: the kill would match no order."""
        found = {}
        reasons = {area: code_problem(area_code(area)) for area in _split(texts["delivery_areas"])}
        unknown = [f"{area} {reason}" for area, reason in reasons.items() if reason]
        if unknown:
            found["delivery_areas"] = "; ".join(unknown)
        if ALL in _products(texts):
            found["products"] = "leave it empty for all"
        return found

    def result(self, texts: Mapping[str, str]) -> Narrowing:
        """The areas and products."""
        areas = [area_code(area) for area in _split(texts["delivery_areas"])]
        return Narrowing(tuple(dict.fromkeys(areas)), tuple(dict.fromkeys(_products(texts))))


def _products(texts: Mapping[str, str]) -> list[str]:
    return [product for each in texts["products"].split(",") if (product := each.strip())]


def _split(text: str) -> list[str]:
    return [area for area in re.split(r"[,;\s]+", text) if area]
