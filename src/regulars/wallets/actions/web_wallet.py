"""Web cards behind the port of wallets: the page always shows the newest, and browsers that asked for it are told of changes."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from babel.numbers import format_currency, format_decimal
from django.utils import translation
from django.utils.translation import gettext as _

from regulars.customers.events import CustomersRemoved
from regulars.kernel.ids import new_id
from regulars.kernel.refusal import FieldProblem, Invalid, NotFound, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import execute, row, rows, unit_of_work
from regulars.wallets.actions.passes import NewPass, add_pass, drop_registration, keep_registration
from regulars.wallets.actions.web_push import message_of, push_all
from regulars.wallets.rules.port import AT_ONCE, Capability, Gather, Message, Outcome, PassChange, Phone, SetupProblem
from regulars.wallets.rules.sending import Answer
from regulars.wallets.rules.view import BIRTHDAY, Colours, Number, WalletCard, text_in
from regulars.wallets.rules.web.subscription import read_subscription

WEB: Final = "web"
BROWSERS_MAX: Final = 20
"""So many browsers are told of one card; another one takes the place of the oldest."""
_ONE: Final = "SELECT id FROM wallet_passes WHERE card_id = %s AND provider = %s AND pass_type = %s"


@dataclass(frozen=True, slots=True)
class WebAccount:
    """Web cards need nothing from anybody: every business has this."""

    pass_type: str = WEB


class WebWallet:
    """The provider of web cards."""

    key: str = WEB
    capabilities: frozenset[Capability] = frozenset({"phones", "message"})
    at_once: int = AT_ONCE

    def find_account(self, chain_id: UUID, *, now: datetime) -> WebAccount:
        """Always there."""
        return WebAccount()

    def digest(self, shown: WalletCard) -> bytes:
        """What somebody wants to be told of: the values, not what they are drawn with; a birthday when it begins."""
        plain = Colours(background="", foreground="", label="")
        values = tuple(one for one in shown.fields if one.source != BIRTHDAY)
        told = replace(shown, fields=values, pictures={}, colours=plain, link="", barcode=None, spots=()).content_hash()
        # The page itself greets, and stops: that a birthday is over is no news.
        return hashlib.sha256(told + shown.greeted_on.isoformat().encode()).digest() if shown.greeted_on else told

    def sync(self, account: WebAccount, changes: Sequence[PassChange], *, now: Callable[[], datetime]) -> list[Outcome]:
        """Tell the browsers of all cards at once; one that subscribed through a link that was renewed is told nothing."""
        answers: dict[UUID, Answer] = {}
        told: list[tuple[Phone, bytes]] = []
        for change in changes:
            message = _message(change.shown)
            for phone in change.phones:
                if _is_of(phone.push_token, change.shown.link):
                    told.append((phone, message))
                else:
                    answers[phone.id] = Answer("gone", "link renewed")
        replies = push_all([(phone.push_token, message) for phone, message in told], now=now())
        answers |= dict(zip((phone.id for phone, _message_ in told), replies, strict=True))
        return [Outcome(answers={phone.id: answers[phone.id] for phone in change.phones}) for change in changes]

    def notify(self, account: WebAccount, change: PassChange, message: Message, *, now: datetime) -> Answer:
        """Show a text on every browser of a card; `sent` where at least one took it."""
        language = change.shown.language
        sealed = message_of(text_in(message.header, language), text_in(message.body, language), tag=message.key)
        wanted = [phone.push_token for phone in change.phones if _is_of(phone.push_token, change.shown.link)]
        # Of a topic of its own: what the card shows next takes no message's place.
        answers = push_all([(text, sealed) for text in wanted], topic=message.key[:32], now=now)
        return next((one for one in answers if one.told == "sent"), answers[0] if answers else Answer("gone"))

    def verify_setup(self, chain_id: UUID, *, now: datetime) -> list[SetupProblem]:
        """Nothing can be missing."""
        return []

    def close(self) -> None:
        """There is no connection that stays open."""


def subscribe(chain_id: UUID, card_id: UUID, token: str, text: str, gather: Gather, *, now: datetime) -> None:
    """Tell this browser of changes of the card that it opened by its link; twice is once. Refuses: Invalid, NotFound."""
    subscription = read_subscription(text)
    if subscription is None:
        problem = FieldProblem("/subscription", "invalid_subscription", "This is no subscription of a browser.")
        raise Refused(Invalid(errors=(problem,)))
    stored = json.dumps(json.loads(subscription.text()) | {"link": _mark(token)}, separators=(",", ":"))
    with unit_of_work(chain_id):
        pass_id = _find_or_add(chain_id, card_id, gather, now)
        old = rows(
            "SELECT device FROM wallet_registrations WHERE pass_id = %s AND device <> %s ORDER BY id DESC OFFSET %s",
            [pass_id, subscription.device, BROWSERS_MAX - 1],
        )
        for (device,) in old:
            drop_registration(chain_id, pass_id, device=device, now=now)
        keep_registration(chain_id, pass_id, device=subscription.device, push_token=stored, now=now, is_newest=True)


def unsubscribe(chain_id: UUID, card_id: UUID, text: str, *, now: datetime) -> None:
    """Tell this browser nothing more; twice is once, and of what was never asked for nothing happens."""
    subscription = read_subscription(text)
    with unit_of_work(chain_id):
        found = row(_ONE, [card_id, WEB, WEB])
        if subscription is not None and found is not None:
            drop_registration(chain_id, found[0], device=subscription.device, now=now)


def forget_browsers(actor: Actor, fact: CustomersRemoved) -> None:
    """Forget at once the browsers of customers who are deleted: there is no card of theirs to tell of (CUS-7)."""
    found = rows(
        "SELECT r.pass_id, r.device FROM cards k JOIN wallet_passes p ON p.card_id = k.id AND p.provider = %(web)s"
        " JOIN wallet_registrations r ON r.pass_id = p.id"
        " WHERE k.chain_id = %(chain)s AND k.customer_id = ANY(%(customers)s::uuid[]) ORDER BY r.pass_id, r.id",
        {"web": WEB, "chain": actor.chain_id, "customers": list(fact.customer_ids)},
    )
    for pass_id, device in found:
        drop_registration(actor.chain_id, pass_id, device=device, now=fact.now)


def _find_or_add(chain_id: UUID, card_id: UUID, gather: Gather, now: datetime) -> UUID:
    found = row(_ONE, [card_id, WEB, WEB])
    if found is None:
        pass_id = new_id()
        shown = gather(chain_id, {pass_id: card_id}).get(pass_id)
        if shown is None:
            raise Refused(NotFound())
        added = NewPass(pass_id, card_id, WEB, WEB, WebWallet().digest(shown), shown.turns_at)
        if add_pass(chain_id, added, now=now):
            execute("UPDATE wallet_passes SET told_tag = tag WHERE id = %s", [pass_id])
        found = row(_ONE, [card_id, WEB, WEB])
        assert found is not None
    made: UUID = found[0]
    return made


def _message(shown: WalletCard) -> bytes:
    with translation.override(shown.language):
        body = _("This card is no longer valid") if shown.is_void else _standing(shown)
    return message_of(text_in(shown.organisation, shown.language), body, tag="card")


def _standing(shown: WalletCard) -> str:
    values = [one for one in shown.fields if one.announce is not None]
    told = [f"{text_in(one.label, shown.language)}: {_value(one.value, shown.language)}" for one in values[:3]]
    return " · ".join(told) or _("Your card has changed")


def _value(value: object, language: str) -> str:
    if isinstance(value, Number):
        amount = Decimal(value.amount)
        return (
            format_currency(amount, value.currency, locale=language)
            if value.currency
            else format_decimal(amount, locale=language)
        )
    return text_in(value, language) if isinstance(value, Mapping) else ""


def _mark(token: str) -> str:
    """What tells one link from another, and opens neither."""
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def _is_of(stored: str, link: str) -> bool:
    try:
        return bool(json.loads(stored).get("link") == _mark(link.rpartition("/")[2]))
    except (ValueError, AttributeError):
        return False
