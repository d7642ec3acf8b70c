"""From a change to the phones: what changed is noted with its cause, gathered, told (WAL-5).

The note is a row in the same transaction that moves the subscriber's position, so nothing is forgotten. Whoever sends takes
it for a while, tells the phones without any transaction open, and deletes it only if nothing changed meanwhile: killed at any
instant, the phones are told again, which harms nobody, for they fetch what is newest.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from regulars.cards.events import (
    CARD_ASSIGNED,
    CARD_BLOCKED,
    CARD_CLAIMED,
    CARD_DELETED,
    CARD_LINK_RENEWED,
    CARD_REPLACED,
    CARD_RESTORED,
    CARD_TYPE_PUBLISHED,
    CARD_UNBLOCKED,
)
from regulars.kernel.ids import decode
from regulars.ledger.events import BALANCE_CHANGED
from regulars.platform.database import execute, row, rows, unit_of_work
from regulars.platform.dispatch.delivery import NumberedEvent
from regulars.wallets.actions.marking import mark_cards
from regulars.wallets.actions.passes import LOCK_TAGS, note, tell_platforms
from regulars.wallets.actions.waves import begin_wave, spread_wave
from regulars.wallets.queries.certificates import find_signer
from regulars.wallets.rules.apple.certificate import PassCertificate
from regulars.wallets.rules.apple.updates import next_moment
from regulars.wallets.rules.sending import GAP, LEASE, Answer, next_try
from regulars.wallets.rules.view import WalletCard

REFRESH_KINDS: Final = frozenset(
    {
        BALANCE_CHANGED,
        CARD_ASSIGNED,
        CARD_BLOCKED,
        CARD_CLAIMED,
        CARD_DELETED,
        CARD_LINK_RENEWED,
        CARD_REPLACED,
        CARD_RESTORED,
        CARD_TYPE_PUBLISHED,
        CARD_UNBLOCKED,
    }
)
AT_ONCE: Final = 100

_CLAIM: Final = """
UPDATE wallet_refreshes SET due_at = %(until)s, tries = tries + 1
WHERE pass_id IN (
    SELECT pass_id FROM wallet_refreshes WHERE chain_id = %(chain)s AND due_at <= %(now)s
    ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
RETURNING pass_id, revision, tries, changed_at
"""


class Pusher(Protocol):
    """Whoever tells phones that a pass changed."""

    def push(self, signer: PassCertificate, phones: Sequence["Phone"]) -> list[Answer]:
        """Tell each phone; the answers in the same order. Never raises for a phone or a network that is not there."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone that is told."""

    id: UUID
    push_token: str
    registered_at: datetime


@dataclass(frozen=True, slots=True)
class _Claimed:
    pass_id: UUID
    revision: int
    tries: int
    changed_at: datetime
    card_id: UUID
    tag: int
    phones: tuple[Phone, ...]


Gather = Callable[[UUID, UUID, UUID], WalletCard | None]


def mark_changed(chain_id: UUID, events: Sequence[NumberedEvent]) -> None:
    """Note the passes of the cards that events name; called in the unit of work that moves the subscriber's position."""
    mark_cards(chain_id, [(card_id, event.at) for event in events for card_id in event.card_ids])
    for event in events:
        card_type = decode("ctp", event.payload.get("card_type", "")) if event.kind == CARD_TYPE_PUBLISHED else None
        if card_type is not None:
            begin_wave(chain_id, card_type, at=event.at)


def refresh_due(chain_id: UUID, gather: Gather, pusher: Pusher, *, now: Callable[[], datetime]) -> int:
    """Tell the phones of one chain what is due; how many passes were looked at, AT_ONCE or more where more wait."""
    started = now()
    has_more = spread_wave(chain_id, now=started)
    with unit_of_work(chain_id):
        signer = find_signer(chain_id)
        values = {"chain": chain_id, "now": started, "until": started + LEASE, "limit": AT_ONCE}
        due = rows(_CLAIM, values)
    claimed = [one for values in due if (one := _renew(chain_id, values, gather, signer, now())) is not None]
    if signer is not None and claimed:
        phones = [phone for one in claimed for phone in one.phones]
        answers = dict(zip((phone.id for phone in phones), pusher.push(signer, phones), strict=True))
        for one in claimed:
            _settle(chain_id, one, {phone.id: answers[phone.id] for phone in one.phones}, now())
    return max(len(due), AT_ONCE) if has_more else len(due)


def _renew(
    chain_id: UUID, due: Sequence[Any], gather: Gather, signer: PassCertificate | None, now: datetime
) -> _Claimed | None:
    """Give a pass that shows something else its new number; None where there is nothing to tell."""
    pass_id, revision, tries, changed_at = due
    with unit_of_work(chain_id):
        found = row(
            "SELECT card_id, pass_type, content_hash, tag, told_tag, modified_at FROM wallet_passes"
            " WHERE id = %s FOR NO KEY UPDATE",
            [pass_id],
        )
        card_id, pass_type, digest, tag, told_tag, modified_at = found or (None, "", b"", 0, 0, None)
        shown = gather(chain_id, card_id, pass_id) if card_id else None
        if shown is not None and shown.content_hash() != bytes(digest):
            # From here to the commit nobody else takes a number, so phones see numbers in the order in which they were taken.
            execute(LOCK_TAGS)
            renewed = row(
                "UPDATE wallet_passes SET content_hash = %s, tag = nextval('wallet_tags'), modified_at = %s"
                " WHERE id = %s RETURNING tag",
                [shown.content_hash(), next_moment(modified_at, now), pass_id],
            )
            tag = renewed[0] if renewed else tag
        is_ours = signer is not None and signer.pass_type == pass_type and signer.ends_at > now
        phones = _phones(pass_id) if is_ours and tag > told_tag else ()
        if not phones:
            execute("DELETE FROM wallet_refreshes WHERE pass_id = %s AND revision = %s", [pass_id, revision])
            if is_ours:
                execute("UPDATE wallet_passes SET told_tag = %s WHERE id = %s", [tag, pass_id])
            return None
        return _Claimed(pass_id, revision, tries, changed_at, card_id, tag, phones)


def _phones(pass_id: UUID) -> tuple[Phone, ...]:
    found = rows(
        "SELECT id, push_token, registered_at FROM wallet_registrations WHERE pass_id = %s ORDER BY id", [pass_id]
    )
    return tuple(Phone(*values) for values in found)


def _settle(chain_id: UUID, one: _Claimed, answers: dict[UUID, Answer], now: datetime) -> None:
    gone = [phone for phone, answer in answers.items() if answer.told == "gone"]
    failed = tuple(answer for answer in answers.values() if answer.told in ("later", "refused"))
    with unit_of_work(chain_id):
        if gone:
            execute("DELETE FROM wallet_registrations WHERE id = ANY(%s)", [gone])
            tell_platforms(chain_id, one.card_id)
            note(chain_id, one.card_id, one.pass_id, "unregistered", now)
        again = next_try(one.tries, failed, now) if failed else None
        if failed and again is not None:
            execute(
                "UPDATE wallet_refreshes SET due_at = %s, problem = %s WHERE pass_id = %s",
                [again, failed[0].reason[:200], one.pass_id],
            )
            return
        if failed:
            note(chain_id, one.card_id, one.pass_id, "given_up", now, problem=failed[0].reason[:200])
        elif any(answer.told == "sent" for answer in answers.values()):
            waited = max(0, round((now - one.changed_at).total_seconds() * 1000))
            note(chain_id, one.card_id, one.pass_id, "pushed", now, wait_ms=waited)
        execute(
            "UPDATE wallet_passes SET told_tag = greatest(told_tag, %s), told_at = %s WHERE id = %s",
            [one.tag, now, one.pass_id],
        )
        if not execute(
            "DELETE FROM wallet_refreshes WHERE pass_id = %s AND revision = %s", [one.pass_id, one.revision]
        ):
            # Something changed while the phones were told.
            execute(
                "UPDATE wallet_refreshes SET due_at = %s, changed_at = %s, tries = 0, problem = '' WHERE pass_id = %s",
                [now + GAP, now, one.pass_id],
            )
