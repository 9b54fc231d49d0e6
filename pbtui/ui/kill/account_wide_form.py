"""The form to change every order at the exchange: its products, and whether to include pre-arranged orders."""

from collections.abc import Mapping

from pbtui.api.codes import StatusAction
from pbtui.api.requests import UpdateStatus
from pbtui.desk.formats.order_fields import Field, Kind
from pbtui.desk.kill.plan import products_text
from pbtui.ui.dialogs.command_prompt import TypedCommandPrompt
from pbtui.ui.dialogs.prompt import Venue
from pbtui.ui.forms.field_row import FieldRow
from pbtui.ui.forms.short_form import ShortForm
from pbtui.ui.kill.narrowing import PRODUCTS, products_of, products_problem

_PRE_ARRANGED = Field("pre_arranged", "pre-arranged", Kind.TEXT, "include them: yes or no")


class StatusForm(ShortForm[UpdateStatus]):
    """A form that returns the request body."""

    def __init__(self, venue: Venue, action: StatusAction) -> None:
        self._action = action
        about = [
            (f"{action.verb.capitalize()} EVERYTHING at {venue.exchange}", "title"),
            (
                "PUT /orders/status changes the orders of all portfolios and tenants, also those not shown here.",
                "alarm",
            ),
            (_deletion_warning(action), "alarm"),
        ]
        super().__init__(venue, about, [FieldRow(PRODUCTS, ""), FieldRow(_PRE_ARRANGED, "no")])

    def problems(self, texts: Mapping[str, str]) -> Mapping[str, str]:
        """A text that names no products, and an answer that is neither yes nor no."""
        reasons = {
            "products": products_problem(texts["products"]),
            "pre_arranged": "" if texts["pre_arranged"] in ("yes", "no") else "must be yes or no",
        }
        return {name: reason for name, reason in reasons.items() if reason}

    def result(self, texts: Mapping[str, str]) -> UpdateStatus:
        """The request."""
        return UpdateStatus(
            order_mod_type=self._action,
            incl_pre_arranged=texts["pre_arranged"] == "yes",
            prod_name=products_of(texts["products"]) or None,
        )


def status_confirmation(venue: Venue, wanted: UpdateStatus, command: str) -> TypedCommandPrompt:
    """A prompt that asks for typed words, such as `activate everything`."""
    words = f"{wanted.order_mod_type.verb} everything"
    products = f" in {products_text(wanted.prod_name)}" if wanted.prod_name else ""
    pre_arranged = "with" if wanted.incl_pre_arranged else "without"
    about = [
        (f"At {venue.exchange}{products}, {pre_arranged} pre-arranged orders.", "text"),
        ("The orders of all portfolios and tenants.", "alarm"),
        (_deletion_warning(wanted.order_mod_type), "alarm"),
    ]
    adds_risk = wanted.order_mod_type is StatusAction.ACTI
    return TypedCommandPrompt(venue, words.upper(), about, words, command, adds_risk=adds_risk)


def _deletion_warning(action: StatusAction) -> str:
    return "Deletes deactivated orders too, permanently." if action is StatusAction.DELE else ""
