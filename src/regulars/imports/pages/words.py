"""What the pages of imports call states, fields and problems, in the reader's language."""

from typing import Any, Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from regulars.imports.errors import FILE_REFUSALS
from regulars.imports.models import Import
from regulars.kernel.ids import encode

STATES: Final[dict[str, tuple[str | Promise, str]]] = {
    "reading": (gettext_lazy("being read"), ""),
    "needs_mapping": (gettext_lazy("columns to match"), "warm"),
    "checking": (gettext_lazy("being checked"), ""),
    "checked": (gettext_lazy("ready to import"), "warm"),
    "applying": (gettext_lazy("being imported"), ""),
    "applied": (gettext_lazy("imported"), "good"),
    "cancelled": (gettext_lazy("stopped"), "warm"),
    "undoing": (gettext_lazy("being undone"), ""),
    "undone": (gettext_lazy("undone"), ""),
    "failed": (gettext_lazy("not imported"), "bad"),
}
BEARER_STATES: Final[dict[str, str | Promise]] = {
    "free": pgettext_lazy("code", "free"),
    "attached": pgettext_lazy("code", "attached"),
    "active": pgettext_lazy("code", "active"),
    "used": pgettext_lazy("code", "used"),
    "expired": pgettext_lazy("code", "expired"),
    "used_up": pgettext_lazy("gift card", "used up"),
    "blocked": gettext_lazy("blocked"),
    "cancelled": pgettext_lazy("gift card", "cancelled"),
}
WORKING: Final = ("reading", "checking", "applying", "undoing")
STEP_OF_STATE: Final = {
    "reading": "work",
    "needs_mapping": "match",
    "checking": "work",
    "checked": "check",
    "applying": "work",
    "applied": "result",
    "cancelled": "result",
    "undoing": "work",
    "undone": "result",
    "failed": "result",
}
FIELD_NAMES: Final[dict[str, str | Promise]] = {
    "phone": gettext_lazy("Phone"),
    "phone2": gettext_lazy("Second phone"),
    "phone3": gettext_lazy("Third phone"),
    "number": gettext_lazy("Card number"),
    "email": gettext_lazy("E-mail"),
    "name": gettext_lazy("Name"),
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "birthday": gettext_lazy("Birthday"),
    "language": gettext_lazy("Language"),
    "tags": gettext_lazy("Tags"),
    "notes": gettext_lazy("Notes"),
    "consent": gettext_lazy("Consent to messages"),
    "external_id": gettext_lazy("Id in the other system"),
    "balance": gettext_lazy("Balance"),
    "deposit": gettext_lazy("Deposit"),
    "expires": gettext_lazy("Points expire on"),
    "version": gettext_lazy("Version of the export"),
    "issued": gettext_lazy("Card issued on"),
    "sold": gettext_lazy("Sold before"),
    "paid": gettext_lazy("Paid before"),
    "visits": gettext_lazy("Visits before"),
    "first_visit": gettext_lazy("First visit"),
    "last_visit": gettext_lazy("Last visit"),
    "order": gettext_lazy("Order number"),
    "at": gettext_lazy("Date and time"),
    "time": gettext_lazy("Time of day"),
    "total": gettext_lazy("Total"),
    "currency": gettext_lazy("Currency"),
    "state": gettext_lazy("State"),
    "discount": gettext_lazy("Discount on the order"),
    "shipping": gettext_lazy("Shipping"),
    "tips": gettext_lazy("Tips"),
    "refunded": gettext_lazy("Refunded"),
    "place": gettext_lazy("Location"),
    "channel": gettext_lazy("Channel"),
    "seller": gettext_lazy("Staff"),
    "sku": gettext_lazy("Product code"),
    "product": gettext_lazy("Product"),
    "category": gettext_lazy("Category"),
    "quantity": gettext_lazy("Quantity"),
    "price": gettext_lazy("Price of one"),
    "line_discount": gettext_lazy("Discount on the line"),
    "line_total": gettext_lazy("Total of the line"),
    "code": gettext_lazy("Code"),
    "left": gettext_lazy("Balance"),
    "value": gettext_lazy("Value when it was sold"),
    "gift_type": gettext_lazy("Type of the gift card"),
    "valid_until": gettext_lazy("Valid until"),
    "uses": gettext_lazy("Used so often"),
    "code_state": gettext_lazy("State"),
}
GROUP_NAMES: Final[dict[str, str | Promise]] = {
    "Who": gettext_lazy("Who it is"),
    "Person": gettext_lazy("About the person"),
    "Balances": gettext_lazy("Balances"),
    "History": gettext_lazy("From before"),
    "Custom fields": gettext_lazy("Own fields"),
    "Order": gettext_lazy("About the order"),
    "Line": gettext_lazy("About a line of it"),
    "Code": gettext_lazy("About the code"),
}
PROBLEM_NAMES: Final[dict[str, str | Promise]] = {
    "identity_missing": gettext_lazy("Rows with nobody to find: no phone, number or e-mail"),
    "phone_missing": gettext_lazy("New cards without a phone"),
    "invalid_phone": gettext_lazy("Not a phone number"),
    "phone_needs_country": gettext_lazy("Phones without a country code"),
    "digits_lost": gettext_lazy("Numbers whose digits the spreadsheet has lost"),
    "invalid_number": gettext_lazy("Not a card number"),
    "invalid_email": gettext_lazy("Not an e-mail address"),
    "not_a_number": gettext_lazy("Not a number"),
    "mixed_decimal_sign": gettext_lazy("Numbers with another decimal sign"),
    "too_many_decimals": gettext_lazy("Too many decimals"),
    "out_of_range": gettext_lazy("Larger than any balance"),
    "date_in_amount": gettext_lazy("A date where a number should be"),
    "invalid_date": gettext_lazy("Not a date"),
    "negative_opening": gettext_lazy("New cards below zero"),
    "insufficient_balance": gettext_lazy("More is taken than there is"),
    "several_cards": gettext_lazy("People with several cards"),
    "number_taken": gettext_lazy("Card numbers that somebody else has"),
    "duplicate_row": gettext_lazy("The same card a second time"),
    "card_exists": gettext_lazy("People who have such a card already"),
    "no_such_balance": gettext_lazy("A balance that this card type does not have"),
    "phone_taken": gettext_lazy("Second phones that somebody else has"),
    "phone_added": gettext_lazy("New phones of people who are known by their e-mail"),
    "phone_left": gettext_lazy("New phones that are not added to people known by their e-mail"),
    "phone_repeated": gettext_lazy("Second phones that stand in several rows"),
    "changed_since": gettext_lazy("Balances that changed after the export"),
    "order_number_missing": gettext_lazy("Rows without an order number"),
    "invalid_order_number": gettext_lazy("Not an order number"),
    "moment_missing": gettext_lazy("Orders without a date"),
    "invalid_moment": gettext_lazy("Not a date and time"),
    "time_in_gap": gettext_lazy("Times that clocks left out"),
    "time_ahead": gettext_lazy("Orders of the future"),
    "total_missing": gettext_lazy("Orders without a total"),
    "money_below_zero": gettext_lazy("Money below zero"),
    "money_too_exact": gettext_lazy("Money with too many decimals"),
    "money_too_large": gettext_lazy("Money larger than any order"),
    "quantity_not_positive": gettext_lazy("Quantities of zero or less"),
    "unknown_currency": gettext_lazy("Not a currency"),
    "other_currency": gettext_lazy("Orders in another currency"),
    "unknown_state": gettext_lazy("States that we do not know"),
    "order_rows_differ": gettext_lazy("Rows of one order that contradict each other"),
    "order_incomplete": gettext_lazy("Rows of an order that cannot be read as a whole"),
    "too_many_lines": gettext_lazy("Orders with too many lines"),
    "refund_too_large": gettext_lazy("More came back than was paid"),
    "extras_too_large": gettext_lazy("Shipping and tips above the total"),
    "code_missing": gettext_lazy("Rows without a code"),
    "code_too_long": gettext_lazy("Codes that are too long"),
    "code_too_short": gettext_lazy("Codes that are too short"),
    "gift_code_weak": gettext_lazy("Codes of gift cards that could be guessed"),
    "code_doubled": gettext_lazy("The same code a second time"),
    "code_taken": gettext_lazy("Codes that are in use here"),
    "code_over_limit": gettext_lazy("Codes for which the pool has no room"),
    "unknown_code_state": gettext_lazy("States of codes that we do not know"),
    "below_zero": gettext_lazy("Numbers below zero"),
    "holder_unknown": gettext_lazy("People who are not known here"),
    "holder_unclaimed": gettext_lazy("Cards that belong to nobody yet"),
    "holder_differs": gettext_lazy("Rows that mean two people"),
    "holder_missing": gettext_lazy("Gift cards without a code and without a holder"),
    "gift_type_missing": gettext_lazy("Rows without a type of gift card"),
    "gift_type_unknown": gettext_lazy("Types of gift cards that there are not"),
    "gift_type_has_no_code": gettext_lazy("Codes of a type that has none"),
    "balance_missing": gettext_lazy("Gift cards without a balance"),
    "several_people": gettext_lazy("E-mails that several customers share"),
}


def wizard_steps(one: Import | None) -> list[tuple[str, str]]:
    """The five steps with their addresses, as far as one can go back now."""
    labels = (_("Upload"), _("Match columns"), _("Check"), _("Import"), _("Result"))
    if one is None or one.state not in ("needs_mapping", "checked"):
        return [(label, "") for label in labels]
    identifier = encode("imp", one.id)
    return [
        (labels[0], reverse("imports:new")),
        (labels[1], reverse("imports:match", args=[identifier])),
        *((label, "") for label in labels[2:]),
    ]


def address_of(one: Import) -> str:
    """Where an import stands now."""
    return reverse(f"imports:{STEP_OF_STATE[one.state]}", args=[encode("imp", one.id)])


def problem_text(one: Import) -> str:
    """Why an import failed, as a sentence."""
    return explain(one.problem)


def explain(problem: dict[str, Any] | None) -> str:
    """The kept problem of an import as a sentence in the reader's language."""
    problem = problem or {}
    refusal = FILE_REFUSALS.get(problem.get("code", ""))
    if refusal and "values" in problem:
        return _(refusal.message).format_map(problem["values"])
    if problem.get("code") == "cancelled":
        return _("Cancelled before anything was written.")
    if problem.get("code") == "given_up":
        return _(
            "Something broke on our side while the file was read, again and again. Nothing was written. "
            "The log of the server names the cause."
        )
    if problem.get("code") == "expired":
        return _("It was not applied within 90 days.")
    return str(problem.get("detail", ""))
