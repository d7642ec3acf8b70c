"""What somebody shows at a till or an API: a code that changes is used up by it, a fixed one has its limit (TIL-6)."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings

from regulars.cards.errors import (
    CodeOfStrangeClock,
    FixedCodeTooOften,
    RotatingCodeLate,
    RotatingCodeOff,
    RotatingCodeUsed,
)
from regulars.cards.queries.cards import CardView, access_card
from regulars.cards.queries.scan import find_scanned
from regulars.cards.rules.rotating import FIXED_A_DAY, RotatingCode, judge_code, page_secret, read_code
from regulars.kernel.ids import encode, new_id
from regulars.kernel.refusal import NotFound, Refusal, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import execute, row, unit_of_work
from regulars.platform.hidden import hide, reveal

PURPOSE: Final = "a phone that holds a card"
DEVICES_MAX: Final = 10
"""A card opened on more phones than this makes the oldest forget its secret."""
SECRET_BYTES: Final = 32
_REFUSALS: Final[dict[str, type[Refusal]]] = {
    "late": RotatingCodeLate,
    "early": CodeOfStrangeClock,
    "used": RotatingCodeUsed,
    "forged": NotFound,
}

_FIXED: Final = """
INSERT INTO card_code_uses (card_id, chain_id, day, fixed_reads, page_step) VALUES (%(card)s, %(chain)s, %(day)s, 1, 0)
ON CONFLICT (card_id) DO UPDATE SET day = excluded.day,
    fixed_reads = CASE WHEN card_code_uses.day = excluded.day THEN card_code_uses.fixed_reads + 1 ELSE 1 END
RETURNING fixed_reads
"""
_USE_PAGE: Final = """
INSERT INTO card_code_uses (card_id, chain_id, day, fixed_reads, page_step) VALUES (%(card)s, %(chain)s, %(day)s, 0, %(step)s)
ON CONFLICT (card_id) DO UPDATE SET page_step = excluded.page_step WHERE card_code_uses.page_step < excluded.page_step
"""


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A phone that makes codes by itself; its secret is told this once."""

    id: UUID
    secret: bytes


def find_shown_card(actor: Actor, payload: str, *, now: datetime) -> CardView:
    """The card that somebody shows, by any code of it; a code that changes is good once, and a fixed one of such a card only
    so often a day; its id too, which whoever has the link can draw as a code. Called in a unit of work of the actor's chain.

    Refuses: Forbidden, NotFound, CardReplaced, RotatingCodeUsed, RotatingCodeLate, CodeOfStrangeClock, RotatingCodeOff,
    FixedCodeTooOften.
    """
    actor.require("cards:read")
    code = read_code(payload)
    if code is not None:
        return _use(actor, code, now=now)
    card = find_scanned(actor, payload, now=now)
    if card.rotates:
        found = row(_FIXED, {"card": card.id, "chain": actor.chain_id, "day": now.date()})
        if found is not None and found[0] > FIXED_A_DAY:
            raise Refused(FixedCodeTooOften(count=FIXED_A_DAY))
    return card


def add_device(chain_id: UUID, card_id: UUID, *, now: datetime) -> NewDevice:
    """Give a phone that opened the card's page a secret of its own. Refuses: NotFound."""
    with unit_of_work(chain_id):
        card = row("SELECT link_version FROM cards WHERE id = %s FOR NO KEY UPDATE", [card_id])
        if card is None:
            raise Refused(NotFound())
        made = NewDevice(new_id(), secrets.token_bytes(SECRET_BYTES))
        execute(
            "INSERT INTO card_devices (id, chain_id, card_id, link_version, hidden_secret, made_at, used_step)"
            " VALUES (%s, %s, %s, %s, %s, %s, 0)",
            [made.id, chain_id, card_id, card[0], hide(made.secret, purpose=PURPOSE, owner=made.id.bytes), now],
        )
        execute(
            "DELETE FROM card_devices WHERE card_id = %s AND wallet = '' AND id NOT IN"
            " (SELECT id FROM card_devices WHERE card_id = %s AND wallet = '' ORDER BY id DESC LIMIT %s)",
            [card_id, card_id, DEVICES_MAX],
        )
        return made


def _use(actor: Actor, code: RotatingCode, *, now: datetime) -> CardView:
    device = row(
        "SELECT d.card_id, d.hidden_secret, d.used_step, d.link_version = k.link_version, d.wallet <> '' FROM card_devices d"
        " JOIN cards k ON k.id = d.card_id WHERE d.chain_id = %s AND d.id = %s FOR NO KEY UPDATE OF d",
        [actor.chain_id, code.maker],
    )
    if device is None and not code.is_wallets:
        return _use_page(actor, code, now=now)
    if device is None or device[4] != code.is_wallets:
        raise Refused(NotFound())
    card_id, hidden, used_step, is_current, _is_wallets = device
    secret = reveal(hidden, purpose=PURPOSE, owner=code.maker.bytes)
    card = access_card(actor, encode("crd", card_id), now=now)
    if not hidden and card.status == "deleted":
        # Its secret went with it; that it is over is all that anybody learns of it.
        return card
    if secret is None or not is_current or not card.rotates:
        raise Refused(RotatingCodeOff())
    _refuse_bad(judge_code(code, secret, used_step=used_step, now=now))
    execute("UPDATE card_devices SET used_step = %s WHERE id = %s", [code.step, code.maker])
    return card


def _use_page(actor: Actor, code: RotatingCode, *, now: datetime) -> CardView:
    """A code that the server drew on the card's page, for a browser that cannot draw one."""
    known = row("SELECT link_version FROM cards WHERE chain_id = %s AND id = %s", [actor.chain_id, code.maker])
    if known is None:
        raise Refused(NotFound())
    card = access_card(actor, encode("crd", code.maker), now=now)
    secret = page_secret(card.id, known[0], key=settings.LINK_KEY)
    verdict = judge_code(code, secret, used_step=0, now=now)
    _refuse_bad(verdict)
    if not card.rotates:
        raise Refused(RotatingCodeOff())
    values = {"card": card.id, "chain": actor.chain_id, "day": now.date(), "step": code.step}
    if not execute(_USE_PAGE, values):
        raise Refused(RotatingCodeUsed())
    return card


def _refuse_bad(verdict: str) -> None:
    if verdict != "good":
        raise Refused(_REFUSALS[verdict]())
