"""Everything that can be wrong with a row: its code, how bad it is, and the sentence that says what, where and how to mend it.

Sentences are English sources with `{places}`; the edge translates them. `{value}` is what the file says, `{column}` the
user's own header.
"""

from dataclasses import dataclass
from typing import Final, Literal

Severity = Literal["error", "warning", "skip"]

VALUE_CHARACTERS_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of problem. `error` keeps the row out; `warning` does not; `skip` leaves the row out without blame."""

    code: str
    severity: Severity
    sentence: str


@dataclass(frozen=True, slots=True)
class Issue:
    """A problem of one row: which, in which field, and what else its sentence needs."""

    code: str
    target: str = ""
    detail: str = ""

    def packed(self) -> str:
        """One line of text, as the staged row keeps it."""
        return f"{self.code}|{self.target}|{self.detail}" if self.detail else f"{self.code}|{self.target}"


def unpack_issue(packed: str) -> Issue:
    """Read what `Issue.packed` wrote."""
    code, _, rest = packed.partition("|")
    target, _, detail = rest.partition("|")
    return Issue(code, target, detail)


_ERRORS: Final = {
    "identity_missing": "The row has no phone, no card number and no e-mail, so nobody can be found by it. Add one of them.",
    "phone_missing": (
        "A new card needs a phone, or the e-mail of a known customer. Add the phone, or check “{value}”."
    ),
    "invalid_phone": "“{value}” in “{column}” is not a phone number. Expected something like +49 151 23456789.",
    "phone_needs_country": (
        "“{value}” in “{column}” has no country code and is not a number of {country}. Write it with + and the country code, "
        "or choose the country these numbers are from."
    ),
    "digits_lost": (
        "“{value}” in “{column}” was shortened by the spreadsheet program, so digits are lost. Take it from the original, "
        "format the column as text and paste it again."
    ),
    "invalid_number": "“{value}” in “{column}” cannot be a card number. Use up to 64 letters, digits and hyphens.",
    "invalid_email": "“{value}” in “{column}” is not an e-mail address.",
    "not_a_number": "“{value}” in “{column}” is not a number. Expected something like {example}.",
    "mixed_decimal_sign": (
        "“{value}” in “{column}” does not fit the decimal sign {sign} of this column. Correct it, or change the column's decimal sign."
    ),
    "too_many_decimals": "“{value}” in “{column}” has more decimals than this balance has ({decimals}). Round it.",
    "out_of_range": "“{value}” in “{column}” is larger than any balance can be.",
    "date_in_amount": (
        "“{column}” holds the date {value} where a number is expected: the spreadsheet program has turned a number into a date. "
        "Type the number again."
    ),
    "formula_error": "“{column}” holds the spreadsheet error {value}. Correct the formula or replace it by its value.",
    "formula_without_value": (
        "“{column}” holds a formula whose result was not saved. Open the file in Excel or LibreOffice, save it, and upload it again."
    ),
    "invalid_characters": "“{column}” holds characters that no text can have (shown as �). Type the value again.",
    "cell_too_long": "“{column}” holds too long a text. Shorten it to {limit} characters.",
    "invalid_date": "“{value}” in “{column}” is not a date. Expected {example}.",
    "invalid_version": "“{value}” in “{column}” is not a version as an export writes it. Leave the column as exported.",
    "no_such_balance": "The row says {value} in “{column}”, but this card type has no deposit. Add one to the program, or leave the cell empty.",
    "negative_opening": "A new card cannot begin below zero ({value} in “{column}”). Correct the number, or the phone or card number.",
    "insufficient_balance": "The card has {available} available; with this row it would fall below zero by {short}. Lower the amount.",
    "several_cards": "This person has several cards of this type ({value}). Add the card number that is meant.",
    "number_taken": "The card number {value} belongs to another card. Correct the number, or the phone beside it.",
    "duplicate_row": "Row {value} is about the same card or person; the first row stands. Join the two rows or delete this one.",
    "card_exists": "This person has a card of this type, and the type allows one per person.",
    "order_number_missing": "The row has no order number in “{column}”, so it cannot be said which order it belongs to.",
    "invalid_order_number": "“{value}” in “{column}” cannot be the number of an order. Use up to 128 letters, digits and - _ . ~ : @ +",
    "moment_missing": "It is not said when the order was. Fill the date, or take the row out.",
    "invalid_moment": "“{value}” in “{column}” is not a date and time. Expected {example} 14:30.",
    "time_in_gap": (
        "“{value}” in “{column}” never was: clocks were put forward over this hour. Correct the time, or write it with its offset, like +02:00."
    ),
    "time_ahead": "“{value}” in “{column}” has not come yet. Orders of the future are no history; check day and month.",
    "total_missing": "It is not said what the order came to. Fill the total, or the prices of its lines.",
    "money_below_zero": "“{value}” in “{column}” is below zero. Orders that came back are told by their state or the refunded amount.",
    "money_too_exact": "“{value}” in “{column}” has more decimals than money has here. Round it.",
    "money_too_large": "“{value}” in “{column}” is larger than any order can be.",
    "quantity_not_positive": "“{value}” in “{column}” is no quantity: it must be more than zero.",
    "unknown_currency": "“{value}” in “{column}” is not a currency. Expected a code like EUR.",
    "other_currency": "“{value}” in “{column}” is another currency than the one of this business. Convert the amounts first.",
    "unknown_state": "“{value}” in “{column}” is not a state of an order that we know. Write paid, completed, cancelled, refunded or open.",
    "order_rows_differ": "“{column}” says something else in row {value}, which is of the same order. Make them agree.",
    "order_incomplete": "Row {value} of the same order cannot be imported, so this row is not either.",
    "too_many_lines": "The order has more than {value} rows. Check that the column with the order number is the right one.",
    "extras_too_large": "Shipping and tips together are more than “{value}” in “{column}”. Correct one of them.",
    "refund_too_large": "“{value}” in “{column}” is more than the order came to. Correct one of the two.",
    "several_people": "Several customers have the e-mail {value}. Add the phone of the one who is meant.",
    "code_missing": "The row has no code in “{column}”. Add it, or take the row out.",
    "code_too_long": "“{value}” in “{column}” is too long: a code has at most 64 characters.",
    "code_too_short": "“{value}” in “{column}” is too short: a code for one person has at least 6 letters or digits, else it could be guessed.",
    "gift_code_weak": (
        "“{value}” in “{column}” could be guessed, and it is worth money: at least 13 letters A to Z or digits are needed, 6 of them different. "
        "Leave the code empty to have one made."
    ),
    "code_doubled": "“{value}” in “{column}” is the code of row {row} already, however it is written; the first row stands.",
    "code_taken": "“{value}” in “{column}”, or a code that looks the same, is in use here already.",
    "code_over_limit": "The pool has room for {row} codes more, and the rows before this one take it.",
    "unknown_code_state": "“{value}” in “{column}” is not a state of a code that we know. Write free, active, used, expired or blocked.",
    "below_zero": "“{value}” in “{column}” is below zero.",
    "holder_unknown": "Nobody here has “{value}” from “{column}”. Import the customers first, or leave the cell empty.",
    "holder_unclaimed": "The card “{value}” in “{column}” belongs to nobody yet, so nothing can be given to its holder.",
    "holder_differs": "“{value}” in “{column}” is another person than the rest of the row says. Correct one of them.",
    "holder_gone": "The customer of this row was removed meanwhile.",
    "holder_missing": "Gift cards of this type have no code, so the row must say whose it is.",
    "gift_type_missing": "The row does not say which type of gift card it is. Fill “{column}”, or choose a type for all rows.",
    "gift_type_unknown": "There is no type of gift cards called “{value}”. Make it first, or correct “{column}”.",
    "gift_type_has_no_code": "Gift cards of this type have no code, and the row has “{value}”. Choose another type, or empty “{column}”.",
    "balance_missing": "It is not said what is left on the gift card. Fill “{column}”, or take the row out.",
    "column_used_twice": "Two columns fill “{column}”.",
}
_WARNINGS: Final = {
    "phone_extension": "The extension in “{value}” was left out; a phone of a customer has none.",
    "several_phones": "“{value}” in “{column}” holds several phones; the first was taken.",
    "several_emails": "“{value}” in “{column}” holds several addresses; the first was taken.",
    "email_ignored": "“{value}” in “{column}” is not an e-mail address and was left out.",
    "phone_ignored": "“{value}” in “{column}” is not a phone number and was left out.",
    "birthday_ignored": "“{value}” in “{column}” is not a birthday with day, month and year, and was left out.",
    "language_unknown": "“{value}” in “{column}” is not a language we know and was left out.",
    "yes_no_unknown": "“{value}” in “{column}” is neither yes nor no and was left out: consent is never assumed.",
    "date_ignored": "“{value}” in “{column}” is not a date up to today and was left out.",
    "figure_ignored": "“{value}” in “{column}” is not a number of zero or more and was left out.",
    "value_ignored": "“{value}” in “{column}” cannot be used here and was left out.",
    "phone_taken": "{value} in “{column}” is a phone of {owner} and stays theirs. Give it to this person by hand if it is not.",
    "phone_added": "The e-mail is that of {owner}, so the row means them: {value} becomes one more phone of theirs.",
    "phone_left": "The e-mail is that of {owner}, so the row means them: {value} was not added to their phones.",
    "phone_repeated": "{value} in “{column}” is also a phone of row {row} and goes to the person there.",
    "phone_unkept": "{value} in “{column}” was left out: a card that waits for its owner waits for one phone. Add a name to keep both.",
    "number_differs": "The card of this person has the number {value}; the balance changes, the number stays.",
    "zeros_differ": (
        "There is a card {value}, which differs from this number only by leading zeros. Was the column formatted as text?"
    ),
    "place_unknown": "There is no location “{value}”; the order is kept without one.",
    "seller_unknown": "Nobody on the staff is called “{value}”; the order is kept without a name.",
    "customer_unnamed": "“{value}” is not known, and there is no phone or e-mail to make a customer of; the order is kept as nobody's.",
    "refund_unknown": "It is not said how much came back, so the whole order counts.",
    "code_look_alikes": "“{value}” in “{column}” is written with letters of another script that look like A to Z. It is found however it is typed.",
    "code_over": "The code was used, or its time is over: it comes in so that nobody uses it again.",
    "uses_not_kept": "The code was used {value} times elsewhere; here its uses are counted anew.",
    "card_blocked": "The card is blocked. Its balance changes all the same.",
}
_SKIPS: Final = {
    "gift_card_empty": "Nothing is left on this gift card, so it is left out.",
    "gift_card_over": "The time of this gift card is over, or it was cancelled, so it is left out.",
    "totals_row": "This looks like a row of totals and is left out.",
    "repeated_header": "This row repeats the headers and is left out.",
    "section_row": "This looks like a heading between the rows and is left out.",
    "left_out": "You chose to leave this row out.",
    "card_left": "There is a card already; you chose to leave existing cards as they are.",
    "order_known": "An order with this number is here already; it is counted once and left as it is.",
    "order_not_paid": "The order was never paid, so it does not count and is left out.",
    "customer_unknown": "The customer is not known here; you chose to leave such orders out.",
    "not_created": "There is no such card or person; you chose to make no new ones.",
}
_CONFLICTS: Final = {
    "changed_since": (
        "The balance was changed after the export: it was {exported}, it is {current}, the file says {value}. "
        "Leave it, or overwrite it with the file's number."
    ),
}

PROBLEMS: Final[dict[str, Problem]] = {
    **{code: Problem(code, "error", sentence) for code, sentence in (_ERRORS | _CONFLICTS).items()},
    **{code: Problem(code, "warning", sentence) for code, sentence in _WARNINGS.items()},
    **{code: Problem(code, "skip", sentence) for code, sentence in _SKIPS.items()},
}
"""Every problem by its stable code."""


def is_error(code: str) -> bool:
    """Whether a row with this problem cannot be imported."""
    return PROBLEMS[code].severity == "error"


def shown(value: str) -> str:
    """Cut a cell's text to what fits into a sentence."""
    flat = " ".join(value.split())
    return flat if len(flat) <= VALUE_CHARACTERS_SHOWN else flat[: VALUE_CHARACTERS_SHOWN - 1] + "…"
