"""Cards and their history in the reader's words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from regulars.cards.actions.balances import PART_OF_MORE, REVERSIBLE
from regulars.cards.queries.cards import BalanceView, CardView
from regulars.kernel.ids import decode, encode
from regulars.ledger.queries.history import HistoryLine
from regulars.ledger.rules.explain import Sentence
from regulars.messaging.queries.messages import MessageView
from regulars.orders.queries.timeline import OrderOfCard
from regulars.platform.audit import AuditLine
from regulars.platform.pages import figures
from regulars.platform.pages.card_face import CardFace, stamps_missing
from regulars.platform.pages.message_words import delivery_text, tone_of
from regulars.platform.pages.words import ENTRIES, THROUGHS, VOUCHER_STEPS, WALLET_STEPS, WALLETS, Text, entry_words
from regulars.vouchers.queries.history import StepLine
from regulars.wallets.queries.history import WalletStep

STATUSES: Final[Mapping[str, tuple[Text, str, str]]] = {
    "active": (pgettext_lazy("status of a card", "active"), "good", ""),
    "blocked": (pgettext_lazy("status of a card", "blocked"), "bad", "lock"),
    "deleted": (pgettext_lazy("status of a card", "deleted"), "bad", "trash-2"),
    "expired": (pgettext_lazy("status of a card", "expired"), "warm", "hourglass"),
}
PLATFORMS: Final[Mapping[str, tuple[Text, str]]] = {
    "web": (WALLETS["web"], "globe"),
    "apple": (WALLETS["apple"], "apple"),
    "google": (WALLETS["google"], "wallet"),
}
SOURCES: Final[Mapping[str, Text]] = {
    "card deleted": gettext_lazy("Posted off with the deleted card"),
    "card restored": gettext_lazy("Came back with the restored card"),
    "import undone": gettext_lazy("An import was undone"),
}
VERBS: Final[Mapping[str, tuple[Text, str]]] = {
    "card.issued": (gettext_lazy("Issued"), "good"),
    "card.claimed": (gettext_lazy("Found its customer"), "good"),
    "card.assigned": (gettext_lazy("Given to a holder"), "good"),
    "card.blocked": (gettext_lazy("Blocked"), "bad"),
    "card.unblocked": (gettext_lazy("Unblocked"), ""),
    "card.deleted": (gettext_lazy("Deleted"), "bad"),
    "card.restored": (gettext_lazy("Restored"), ""),
    "card.replaced": (gettext_lazy("Replaced by a new number"), "warm"),
    "card.link_renewed": (gettext_lazy("Public link renewed"), ""),
    "hold.placed": (ENTRIES["hold"], ""),
    "hold.released": (gettext_lazy("What was set aside is free again"), ""),
    "card.took_over": (gettext_lazy("Took over an order from before"), "good"),
    "tier.changed": (gettext_lazy("Another tier"), "accent"),
    "points.expiring": (gettext_lazy("Will expire soon, which was announced"), "warm"),
}
ORDERS: Final[Mapping[str, tuple[Text, str]]] = {
    "open": (gettext_lazy("An open order or a visit"), "accent"),
    "paid": (gettext_lazy("Bought something, which changed no balance"), ""),
    "cancelled": (gettext_lazy("Order cancelled"), "bad"),
}


@dataclass(frozen=True, slots=True)
class OrderNamed:
    """An order, or a voucher, by its name, and its page."""

    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryItem:
    """One line of the time line of a card: words, the change of a balance if it is one, who and where."""

    id: UUID
    at: datetime
    text: Text
    tone: str = ""
    amount: int | None = None
    balance_after: int = 0
    balance_name: str = ""
    decimals: int = 0
    reason: str = ""
    who: str = ""
    where: str = ""
    through: Text = ""
    transaction: str = ""
    is_reversed: bool = False
    is_reversible: bool = False
    facts: tuple[str, ...] = field(default=())
    order: OrderNamed | None = None
    """The order that it is about; None where there is none, or none that the reader may see."""


def ledger_item(line: HistoryLine, numbers: Mapping[UUID, str]) -> HistoryItem:
    """An entry of the ledger as a line of the time line; `numbers` are those of the orders that may be seen."""
    text = SOURCES.get(line.source) or entry_words(line.kind, line.source)
    own_words = line.reason if line.source not in SOURCES else ""
    return HistoryItem(
        id=line.entry_id,
        at=line.at,
        text=text,
        tone="quiet" if line.is_reversed else "warm" if line.amount < 0 else "",
        amount=line.amount,
        balance_after=line.balance_after,
        balance_name=line.balance_name,
        decimals=line.decimals,
        reason=own_words,
        who=line.staff_name,
        where=line.location_name,
        through=THROUGHS.get(line.source, ""),
        transaction=encode("txn", line.transaction_id),
        is_reversed=line.is_reversed,
        is_reversible=line.kind in REVERSIBLE
        and not line.is_reversed
        and line.source not in SOURCES
        and line.source not in PART_OF_MORE,
        order=_order(line.order_id, numbers),
    )


def order_item(one: OrderOfCard) -> HistoryItem:
    """An order that changed no balance of its card as a line of the time line."""
    text, tone = ORDERS.get(one.state, ORDERS["paid"])
    return HistoryItem(
        id=one.id,
        at=one.at,
        text=text,
        tone=tone,
        who=one.staff_name,
        where=one.place_name,
        facts=(figures.money(one.total, one.currency),),
        order=_order(one.id, {one.id: one.external_id}),
    )


def voucher_item(one: StepLine) -> HistoryItem:
    """A step in the life of a voucher of the card as a line of the time line."""
    text, tone = VOUCHER_STEPS[one.verb]
    return HistoryItem(
        id=one.id,
        at=one.at,
        text=text,
        tone=tone,
        who=one.staff_name,
        where=one.place_name,
        through=THROUGHS.get(one.through, ""),
        order=OrderNamed(one.title, reverse("vouchers:show", args=[encode("vch", one.voucher_id)])),
    )


def wallet_item(one: WalletStep) -> HistoryItem:
    """What happened to a pass of the card as a line of the time line."""
    text, tone = WALLET_STEPS.get(one.kind, (one.kind, ""))
    facts = [str(WALLETS.get(one.provider, one.provider))]
    if one.wait_ms is not None:
        facts.append(_("%(seconds)s s after the change") % {"seconds": figures.amount(round(one.wait_ms / 100), 1)})
    if one.problem:
        facts.append(one.problem)
    return HistoryItem(id=one.id, at=one.at, text=text, tone=tone, facts=(" · ".join(facts),))


def message_item(one: MessageView) -> HistoryItem:
    """A message to the holder as a line of the time line, with how it went on on each channel."""
    return HistoryItem(
        id=one.id,
        at=one.at,
        text=_("Message"),
        tone=tone_of([each.state for each in one.deliveries]),
        reason=one.text,
        who=one.staff_name,
        through=THROUGHS.get(one.through, ""),
        facts=tuple(delivery_text(each.channel, each.state, each.reason, each.detail) for each in one.deliveries),
    )


def order_named(line: AuditLine) -> UUID | None:
    """The order that an entry of the journal names."""
    return decode("ord", str(line.after.get("order") or "")) if line.verb == "card.took_over" else None


def _order(order_id: UUID | None, numbers: Mapping[UUID, str]) -> OrderNamed | None:
    if order_id is None or order_id not in numbers:
        return None
    return OrderNamed(numbers[order_id] or _("The order"), reverse("orders:show", args=[encode("ord", order_id)]))


def audit_item(line: AuditLine, places: Mapping[UUID, str], numbers: Mapping[UUID, str]) -> HistoryItem:
    """An entry of the journal as a line of the time line."""
    text, tone = VERBS.get(line.verb, (line.verb, ""))
    facts: tuple[str, ...] = ()
    if line.verb == "card.replaced" and line.before.get("number"):
        facts = (_("before: %(number)s") % {"number": line.before["number"]},)
    elif line.verb == "tier.changed":
        facts = (f"{line.before.get('tier') or '–'} → {line.after.get('tier') or '–'}",)
    elif line.verb in ("hold.placed", "hold.released", "points.expiring"):
        facts = (_amount_until(line.after),)
    return HistoryItem(
        id=line.id,
        at=line.at,
        text=text,
        tone=tone,
        reason=str(line.after.get("reason") or ""),
        who=line.staff_name or line.staff_email or "",
        where=places.get(line.location_id, "") if line.location_id else "",
        through=THROUGHS.get(line.through, ""),
        facts=facts,
        order=_order(order_named(line), numbers),
    )


def _amount_until(facts: Mapping[str, Any]) -> str:
    """So much of which balance, until when: what a hold or a notice is about."""
    amount = f"{facts.get('amount', '')} {facts.get('balance', '')}".strip()
    until = str(facts.get("until") or "")
    if not until:
        return amount
    return _("%(amount)s until %(at)s") % {"amount": amount, "at": figures.moment(datetime.fromisoformat(until))}


def balance_text(balance: BalanceView, units: int, currency: str) -> str:
    """An amount of a balance: money for a deposit, else a plain number."""
    return figures.balance(units, kind=balance.kind, decimals=balance.decimals, currency=currency)


def status_words(card: CardView, now: datetime) -> tuple[Text, str, str]:
    """The status of a card in words, with its tone and icon; a card whose time is over says so."""
    key = "expired" if card.status == "active" and card.expires_at and card.expires_at <= now else card.status
    return STATUSES.get(key, (key, "", ""))


def holder_of(card: CardView) -> str:
    """What the holder is called: the name, else phone or e-mail; "" where no customer holds the card."""
    if card.customer_id is None:
        return ""
    return card.customer_name or card.holder_phone or card.customer_email or _("Customer without a name")


def face_of(card: CardView, *, chain_name: str, currency: str) -> CardFace:
    """The card as an object to look at."""
    shown, progress = card.shown, card.progress
    balance = balance_text(shown, shown.total, currency) if shown else ""
    return CardFace(
        title=chain_name,
        number=card.number,
        holder=card.customer_name,
        caption=caption_of(card),
        goal=progress.goal if progress else 0,
        stamps=max(0, progress.stamps) if progress else 0,
        balance=balance,
        balance_label=shown.name if shown else "",
        stamp_icon=card.icon,
        background=card.colours[0],
        foreground=card.colours[1],
    )


def caption_of(card: CardView) -> str:
    """What a stamp card says below its grid: how many are missing."""
    progress = card.progress
    if progress is None:
        return ""
    return stamps_missing(progress.stamps, progress.goal)


def sentence_words(sentence: Sentence) -> str:
    """One part of an explained balance as a phrase: what it was, why, where."""
    if sentence.key == "earlier":
        return ngettext("%(count)s earlier change", "%(count)s earlier changes", sentence.count) % {
            "count": figures.number(sentence.count)
        }
    what = str(entry_words(sentence.key, sentence.source))
    if sentence.activates_at is None:
        return what
    return _("%(what)s, to be spent from %(day)s") % {"what": what, "day": figures.day(sentence.activates_at)}


def card_id(card: CardView) -> str:
    """The id of a card as addresses show it."""
    return encode("crd", card.id)
