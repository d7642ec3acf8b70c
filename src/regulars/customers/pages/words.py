"""Customers, their cards and their time line in the reader's words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from babel import Locale
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from regulars.cards.queries.cards import BalanceView, CardView
from regulars.customers.pages.addresses import reverse_or_none
from regulars.customers.queries.fields import CustomFieldView
from regulars.customers.queries.timeline import TimelineItem
from regulars.kernel.amount import parse_amount
from regulars.kernel.ids import encode
from regulars.kernel.phone import format_phone
from regulars.platform.pages import figures
from regulars.platform.pages.card_face import CardFace, stamps_missing
from regulars.platform.pages.membership_steps import MEMBERSHIP_STEPS, step_detail
from regulars.platform.pages.message_words import delivery_text, tone_of
from regulars.platform.pages.words import ENTRIES, THROUGHS, VOUCHER_STEPS, WALLET_STEPS, WALLETS, Text

PURPOSES: Final[Mapping[str, Text]] = {
    "marketing_email": gettext_lazy("News by e-mail"),
    "marketing_sms": gettext_lazy("News by text message"),
    "marketing_messenger": gettext_lazy("News by messenger"),
    "marketing_wallet": gettext_lazy("News on the card in the wallet"),
    "marketing_phone": gettext_lazy("Phone calls"),
    "personal_data": gettext_lazy("Keeping personal data"),
}
KINDS: Final[Mapping[str, Text]] = {
    "text": pgettext_lazy("kind of a field", "Text"),
    "number": pgettext_lazy("kind of a field", "Number"),
    "date": pgettext_lazy("kind of a field", "Date"),
    "choice": pgettext_lazy("kind of a field", "Choice"),
    "yes_no": pgettext_lazy("kind of a field", "Yes or no"),
}
RECORD_FIELDS: Final[Mapping[str, Text]] = {
    "name": pgettext_lazy("of a person", "Name"),
    "phones": gettext_lazy("Phones"),
    "email": gettext_lazy("E-mail"),
    "birthday": gettext_lazy("Birthday"),
    "language": gettext_lazy("Language"),
    "tags": gettext_lazy("Tags"),
    "custom": gettext_lazy("Own fields"),
    "external_id": gettext_lazy("External id"),
    "comment": gettext_lazy("Comment"),
    "loyalty_off": gettext_lazy("Loyalty"),
}
EVENTS: Final[Mapping[str, tuple[Text, str]]] = {
    "card.issued": (gettext_lazy("Card issued"), "good"),
    "card.claimed": (gettext_lazy("A waiting card became theirs"), "good"),
    "card.assigned": (gettext_lazy("Card given"), "good"),
    "card.blocked": (gettext_lazy("Card blocked"), "bad"),
    "card.unblocked": (gettext_lazy("Card unblocked"), ""),
    "card.deleted": (gettext_lazy("Card deleted"), "bad"),
    "card.restored": (gettext_lazy("Card restored"), ""),
    "card.took_over": (gettext_lazy("Card took over an order from before"), "good"),
    "card.replaced": (gettext_lazy("Card replaced by a new number"), "warm"),
    "card.link_renewed": (gettext_lazy("Public link renewed"), ""),
    "customer.entered": (gettext_lazy("Customer entered"), "good"),
    "customer.changed": (gettext_lazy("Record changed"), "quiet"),
    "customer.imported": (gettext_lazy("Customer imported"), "good"),
    "tier.changed": (gettext_lazy("Another tier"), "accent"),
    "note": (gettext_lazy("Note"), "warm"),
    "message": (gettext_lazy("Message"), ""),
    "note.removed": (gettext_lazy("Note removed"), "quiet"),
    "consent.given": (gettext_lazy("Agreed"), "good"),
    "consent.withdrawn": (gettext_lazy("Withdrew"), "bad"),
    "order": (gettext_lazy("Bought something"), "good"),
    "order.visit": (gettext_lazy("An open order or a visit"), "accent"),
    "order.refund": (gettext_lazy("Refund"), "warm"),
    "order.cancel": (gettext_lazy("Order cancelled"), "bad"),
    **MEMBERSHIP_STEPS,
    **{f"voucher.{verb}": told for verb, told in VOUCHER_STEPS.items()},
    **{f"wallet.{kind}": told for kind, told in WALLET_STEPS.items()},
    "gift_card.sale": (gettext_lazy("Gift card sold"), "good"),
    "gift_card.opening": (gettext_lazy("Gift card taken over"), "good"),
    "gift_card.top_up": (gettext_lazy("Gift card topped up"), "good"),
    "gift_card.write_off": (gettext_lazy("Paid with a gift card"), "accent"),
    "gift_card.give_back": (gettext_lazy("Given back to a gift card"), "warm"),
    "gift_card.expire": (gettext_lazy("Gift card expired"), "quiet"),
    "gift_card.cancel": (gettext_lazy("Gift card cancelled"), "bad"),
    "gift_card.pay_out": (gettext_lazy("Gift card paid out"), "warm"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the time line, in words; `amount` is the change of a balance with its sign, "" for other things."""

    id: str
    at: datetime
    text: Text
    tone: str = ""
    detail: str = ""
    own_words: str = ""
    card: str = ""
    card_url: str = ""
    amount: str = ""
    amount_tone: str = ""
    after: str = ""
    who: str = ""
    where: str = ""
    through: Text = ""
    is_note: bool = False
    is_reversed: bool = False


def line_of(item: TimelineItem, *, currency: str, url_of_card: Callable[[str], str]) -> Line:
    """One thing that happened, in words. A kind that this page does not know yet is named by its code."""
    facts = item.facts
    card = " ".join(filter(None, (facts.get("card_type", ""), facts.get("number", ""))))
    shared: dict[str, Any] = {
        "id": encode("not" if item.kind == "note" else "itm", item.id),
        "at": item.at,
        "card": card,
        "card_url": url_of_card(facts["card"]) if facts.get("card") else "",
        "who": item.staff_name,
        "where": item.place_name,
        "through": THROUGHS.get(item.through, ""),
    }
    if item.kind.startswith("entry."):
        return _entry_line(item, shared, currency)
    shared |= _of_thing(facts)
    text, tone = EVENTS.get(item.kind, (item.kind, ""))
    detail, own_words = "", ""
    if item.kind == "note":
        own_words = str(facts["text"])
    elif item.kind.startswith("consent."):
        detail = " · ".join(filter(None, (purpose_text(str(facts["purpose"])), facts["source"], facts["text_version"])))
    elif item.kind == "customer.changed":
        detail = ", ".join(str(RECORD_FIELDS[name]) for name in facts["after"] if name in RECORD_FIELDS)
    elif item.kind == "card.replaced" and facts["before"].get("number"):
        detail = _("before: %(number)s") % {"number": facts["before"]["number"]}
    elif item.kind.startswith("membership."):
        detail = step_detail(facts["after"], currency=currency)
        own_words = str(facts["after"].get("reason") or "")
    elif item.kind == "tier.changed":
        own_words = tier_change_text(facts["before"], facts["after"])
    elif item.kind == "message":
        told = facts["deliveries"]
        own_words, tone = str(facts["text"]), tone_of([one["state"] for one in told])
        detail = " · ".join(delivery_text(**one) for one in told)
    elif item.kind.startswith("wallet."):
        detail = " · ".join(filter(None, (str(WALLETS.get(facts["provider"], facts["provider"])), facts["problem"])))
    elif facts.get("after", {}).get("reason"):
        own_words = str(facts["after"]["reason"])
    return Line(text=text, tone=tone, detail=detail, own_words=own_words, is_note=item.kind == "note", **shared)


# What something may have happened to beside a card: under which word it stands, its name, its page.
_THINGS: Final = (
    ("order", "label", "orders:show"),
    ("voucher", "title", "vouchers:show"),
    ("gift_card", "title", "giftcards:show"),
    ("membership", "name", "memberships:show"),
)


def _of_thing(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Name, address and amount of what it happened to, where that is no card."""
    found: dict[str, Any] = {}
    for word, name, page in _THINGS:
        if facts.get(word):
            found = {"card": facts[name] or _("The order"), "card_url": reverse_or_none(page, facts[word])}
    if found and "money" in facts:
        found["after"] = figures.money(facts["money"], facts["currency"])
    return found


def tier_change_text(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """From which tier to which."""
    return f"{before.get('tier') or '–'} → {after.get('tier') or '–'}"


def _entry_line(item: TimelineItem, shared: dict[str, Any], currency: str) -> Line:
    facts = item.facts
    decimals = int(facts["decimals"])

    def write(value: int, *, signed: bool) -> str:
        return figures.balance(value, kind=facts["balance_kind"], decimals=decimals, currency=currency, signed=signed)

    units = parse_amount(facts["amount"], decimals)
    after = parse_amount(facts["balance_after"], decimals)
    return Line(
        text=ENTRIES.get(item.kind.removeprefix("entry."), item.kind),
        tone="quiet" if facts["is_reversed"] else "warm" if units < 0 else "",
        own_words=str(facts["reason"]),
        amount=write(units, signed=True),
        amount_tone="plus" if units > 0 else "minus",
        after=_("%(name)s: %(balance)s") % {"name": facts["balance_name"], "balance": write(after, signed=False)},
        is_reversed=bool(facts["is_reversed"]),
        **shared,
    )


def purpose_text(purpose: str) -> str:
    """A consent's purpose in words; one that somebody made up stands as it is."""
    return str(PURPOSES.get(purpose, purpose))


def balance_text(balance: BalanceView, currency: str) -> str:
    """A balance of a card: money for a deposit, else a plain number."""
    return figures.balance(balance.total, kind=balance.kind, decimals=balance.decimals, currency=currency)


def card_text(card: CardView, currency: str) -> str:
    """What a card shows for itself in few letters: 7/8, or its balance."""
    if card.progress:
        return f"{figures.number(card.progress.stamps)}/{figures.number(card.progress.goal)}"
    return balance_text(card.shown, currency) if card.shown else ""


def face_of(card: CardView, currency: str) -> CardFace:
    """The card as an object to look at, named after its type."""
    shown, progress = card.shown, card.progress
    return CardFace(
        title=card.type_name,
        number=card.number,
        caption=stamps_missing(progress.stamps, progress.goal) if progress else "",
        goal=progress.goal if progress else 0,
        stamps=max(0, progress.stamps) if progress else 0,
        balance=balance_text(shown, currency) if shown else "",
        balance_label=shown.name if shown else "",
        stamp_icon=card.icon,
        background=card.colours[0],
        foreground=card.colours[1],
    )


def phone_text(phone: str | None) -> str:
    """A phone as people write it."""
    return format_phone(phone) if phone else ""


def language_name(code: str) -> str:
    """A language in the reader's language; the code where nobody knows it."""
    if not code:
        return ""
    try:
        return Locale.parse(code, sep="-").get_display_name(figures.locale()) or code
    except (ValueError, LookupError):
        return code


def custom_text(field: CustomFieldView, value: object) -> str:
    """The value of a chain's own field in words."""
    if value is None or value == "":
        return ""
    if field.kind == "yes_no":
        return _("Yes") if value else _("No")
    if field.kind == "date":
        try:
            return figures.day(date.fromisoformat(str(value)))
        except ValueError:
            return str(value)
    return str(value)


def birthday_text(birthday: date | None) -> str:
    """A birthday as a day."""
    return figures.day(birthday) if birthday else ""
