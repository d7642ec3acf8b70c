"""Passes of cards: made when somebody puts the card into a wallet, given out, told of to phones (WAL-1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from regulars.designs.queries.published import find_picture
from regulars.kernel.ids import new_id
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.database import execute, kept_rows, row, unit_of_work
from regulars.platform.events import announce
from regulars.wallets.actions.messages import PassEvent, follow_messages
from regulars.wallets.errors import NoPassCertificate
from regulars.wallets.events import WALLET_REGISTERED, WALLET_UNREGISTERED
from regulars.wallets.queries.certificates import find_signer, load_signer
from regulars.wallets.rules.apple.certificate import PassCertificate
from regulars.wallets.rules.apple.document import Service, pass_document
from regulars.wallets.rules.apple.package import pack
from regulars.wallets.rules.apple.updates import is_unchanged, next_moment, pass_token
from regulars.wallets.rules.apple.waiting import given_out
from regulars.wallets.rules.port import Gather
from regulars.wallets.rules.sending import GATHER

APPLE: Final = "apple"
SERVICE_FOLDER: Final = "/apple"
WAITS: Final = timedelta(hours=1)
"""So long a phone is given what it was told of; one that asks later gets what the card shows by then, time having passed."""
IN_SERVICE: Final = "service"
"""Stands for the phones of a holder where a service knows them and we do not."""

_ADD: Final = """
INSERT INTO wallet_passes (id, chain_id, card_id, provider, pass_type, content_hash, tag, modified_at, told_tag, fetched_tag, made_at, turns_at)
VALUES (%(id)s, %(chain)s, %(card)s, %(provider)s, %(pass_type)s, %(hash)s, nextval('wallet_tags'), %(at)s, 0, 0, %(now)s, %(turns)s)
ON CONFLICT (card_id, provider, pass_type) DO NOTHING
"""
_TO_GIVE: Final = """
SELECT p.card_id, p.modified_at, p.tag, c.id, CASE WHEN p.modified_at > %(since)s::timestamptz THEN p.waiting END,
    p.fetched_tag < p.tag, p.fetched_tag < p.tag AND EXISTS (SELECT FROM wallet_messages m WHERE m.card_id = p.card_id AND m.provider = p.provider AND m.ended_at IS NULL)
FROM wallet_passes p LEFT JOIN pass_certificates c ON c.chain_id = p.chain_id WHERE p.id = %(pass)s::uuid
"""
_FETCHED: Final = """
WITH fetched AS (
    UPDATE wallet_passes SET fetched_tag = greatest(fetched_tag, %(tag)s::bigint), fetched_at = %(now)s::timestamptz,
        waiting = CASE WHEN tag > %(tag)s::bigint THEN waiting END,
        look_again_at = CASE WHEN told_tag > %(tag)s::bigint THEN look_again_at END
    WHERE id = %(pass)s::uuid
)
INSERT INTO wallet_events (id, chain_id, card_id, pass_id, kind, at, problem)
SELECT %(event)s::uuid, chain_id, card_id, id, 'fetched', %(now)s::timestamptz, '' FROM wallet_passes
WHERE id = %(pass)s::uuid AND fetched_tag < %(tag)s::bigint
"""
_HAS: Final = """
UPDATE wallet_passes SET fetched_tag = greatest(fetched_tag, %(tag)s::bigint), fetched_at = %(now)s::timestamptz,
    look_again_at = CASE WHEN told_tag > %(tag)s::bigint THEN look_again_at END
WHERE id = %(pass)s::uuid
"""
LOCK_TAGS: Final = "SELECT pg_advisory_xact_lock(hashtextextended('regulars.wallet tags', 0))"
"""Numbers are taken one after the other and seen in that order: else a phone could be told a later one before an earlier,
and would never ask for what the earlier stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedPass:
    """A pass as it goes out."""

    content: bytes
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class NewPass:
    """A pass that nobody has yet; `digest` is of what it shows, which turns by time alone at `turns_at`."""

    id: UUID
    card_id: UUID
    provider: str
    pass_type: str
    digest: bytes
    turns_at: datetime | None


def make_pass(chain_id: UUID, card_id: UUID, gather: Gather, *, now: datetime) -> SignedPass:
    """The card as a pass for Apple Wallet; the same pass however often it is asked for.

    Refuses: NoPassCertificate, NotFound for a card that is no more.
    """
    with unit_of_work(chain_id, by_keys=True):
        signer = _signer(chain_id, now)
        known = _find(card_id, signer.pass_type)
        if known is None:
            pass_id = new_id()
            shown = gather(chain_id, {pass_id: card_id}).get(pass_id)
            if shown is None:
                raise Refused(NotFound())
            added = NewPass(pass_id, card_id, APPLE, signer.pass_type, shown.content_hash(), shown.turns_at)
            add_pass(chain_id, added, now=now)
            known = _find(card_id, signer.pass_type)
            assert known is not None
        return _sign(chain_id, card_id, known[0], known[1], signer, gather)


def give_pass(
    chain_id: UUID, pass_id: UUID, gather: Gather, *, if_modified_since: str | None = None, now: datetime
) -> SignedPass | None:
    """A pass for a phone that has an older state: as the phone was just told of it, or the newest; it is noted that it was
    fetched. None where the phone has it.

    Refuses: NoPassCertificate, NotFound.
    """
    with unit_of_work(chain_id, by_keys=True):
        known = kept_rows(_TO_GIVE, {"pass": pass_id, "since": now - WAITS})
        if not known:
            raise Refused(NotFound())
        card_id, modified_at, tag, certificate_id, waiting, is_behind, tells_message = known[0]
        if is_unchanged(if_modified_since, modified_at):
            if is_behind:
                # It has what it was told of: it was given out when the pass was taken.
                execute(_HAS, {"pass": pass_id, "now": now, "tag": tag})
            return None
        signer = _still_valid(load_signer(certificate_id) if certificate_id else None, now)
        if waiting is None:
            given = _sign(chain_id, card_id, pass_id, modified_at, signer, gather)
        else:
            content = given_out(bytes(waiting), _service(pass_id, signer), partial(find_picture, chain_id))
            given = SignedPass(content=pack(*content, signer), modified_at=modified_at)
        kept_rows(_FETCHED, {"event": new_id(), "pass": pass_id, "now": now, "tag": tag})
        if tells_message:
            follow_messages(chain_id, [PassEvent(card_id=card_id, pass_id=pass_id, kind="fetched")], now)
        return given


def register(
    chain_id: UUID, pass_id: UUID, *, device: str, push_token: str, now: datetime, is_newest: bool = False
) -> bool:
    """Note that a phone has the pass and how it is told; whether it is new there. A phone's token may change.

    With `is_newest` what the phone has is known to be the newest, so it is not told.
    """
    with unit_of_work(chain_id):
        return keep_registration(chain_id, pass_id, device=device, push_token=push_token, now=now, is_newest=is_newest)


def unregister(chain_id: UUID, pass_id: UUID, *, device: str, now: datetime) -> None:
    """Note that a phone has the pass no more; twice is once."""
    with unit_of_work(chain_id):
        drop_registration(chain_id, pass_id, device=device, now=now)


def keep_registration(
    chain_id: UUID, pass_id: UUID, *, device: str, push_token: str, now: datetime, is_newest: bool = False
) -> bool:
    """As `register`, in a unit of work."""
    card, provider = _lock(pass_id)
    found = row(
        "INSERT INTO wallet_registrations (id, chain_id, pass_id, device, push_token, registered_at)"
        " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (pass_id, device) DO UPDATE SET push_token = excluded.push_token"
        " RETURNING (xmax = 0)",
        [new_id(), chain_id, pass_id, device, push_token, now],
    )
    is_new = bool(found and found[0])
    if is_new:
        note(chain_id, card, pass_id, "registered", now)
        execute("UPDATE wallet_passes SET put_away_at = NULL WHERE id = %s", [pass_id])
        if not is_newest:
            _tell_again(chain_id, pass_id, provider, now)
        tell_platforms(chain_id, pass_id)
        announce(chain_id, WALLET_REGISTERED, now=now, card_ids=[card], payload={"provider": provider})
    return is_new


def drop_registration(chain_id: UUID, pass_id: UUID, *, device: str, now: datetime) -> None:
    """As `unregister`, in a unit of work."""
    if execute("DELETE FROM wallet_registrations WHERE pass_id = %s AND device = %s", [pass_id, device]):
        card, provider = _lock(pass_id)
        note(chain_id, card, pass_id, "unregistered", now)
        execute(
            "UPDATE wallet_passes SET put_away_at = %s WHERE id = %s AND NOT EXISTS"
            " (SELECT FROM wallet_registrations WHERE pass_id = %s)",
            [now, pass_id, pass_id],
        )
        tell_platforms(chain_id, pass_id)
        announce(chain_id, WALLET_UNREGISTERED, now=now, card_ids=[card], payload={"provider": provider})


def add_pass(chain_id: UUID, added: NewPass, *, now: datetime) -> bool:
    """Keep a new pass, in a unit of work; False where its card has one of this type already.

    What it shows is gathered before: pictures may have to be drawn for that, and nobody waits for them at the lock.
    """
    execute(LOCK_TAGS)
    values = {"id": added.id, "chain": chain_id, "card": added.card_id, "provider": added.provider, "now": now}
    values |= {
        "pass_type": added.pass_type,
        "hash": added.digest,
        "at": next_moment(None, now),
        "turns": added.turns_at,
    }
    if not execute(_ADD, values):
        return False
    note(chain_id, added.card_id, added.id, "made", now)
    return True


def _tell_again(chain_id: UUID, pass_id: UUID, provider: str, now: datetime) -> None:
    """The pass may have changed between the download and this moment: the phone is told once, and asks."""
    execute("UPDATE wallet_passes SET told_tag = 0, repeats = 0 WHERE id = %s", [pass_id])
    execute(
        "INSERT INTO wallet_refreshes"
        " (pass_id, chain_id, provider, is_urgent, changed_at, due_at, revision, tries, problem)"
        " VALUES (%s, %s, %s, true, %s, %s, 1, 0, '')"
        " ON CONFLICT (pass_id) DO UPDATE SET revision = wallet_refreshes.revision + 1",
        [pass_id, chain_id, provider, now, now + GATHER],
    )


def _signer(chain_id: UUID, now: datetime) -> PassCertificate:
    return _still_valid(find_signer(chain_id), now)


def _still_valid(signer: PassCertificate | None, now: datetime) -> PassCertificate:
    if signer is None or signer.ends_at <= now:
        raise Refused(NoPassCertificate())
    return signer


def _find(card_id: UUID, pass_type: str) -> tuple[Any, ...] | None:
    return row(
        "SELECT id, modified_at FROM wallet_passes WHERE card_id = %s AND provider = %s AND pass_type = %s",
        [card_id, APPLE, pass_type],
    )


def _sign(
    chain_id: UUID, card_id: UUID, pass_id: UUID, modified_at: datetime, signer: PassCertificate, gather: Gather
) -> SignedPass:
    shown = gather(chain_id, {pass_id: card_id}).get(pass_id)
    if shown is None:
        raise Refused(NotFound())
    document, strings = pass_document(shown, _service(pass_id, signer))
    return SignedPass(content=pack(document, {**shown.pictures, **strings}, signer), modified_at=modified_at)


def _service(pass_id: UUID, signer: PassCertificate) -> Service:
    return Service(
        pass_type=signer.pass_type,
        team=signer.team,
        url=settings.URL + SERVICE_FOLDER,
        token=pass_token(pass_id, key=settings.LINK_KEY),
    )


def _lock(pass_id: UUID) -> tuple[UUID, str]:
    found = row("SELECT card_id, provider FROM wallet_passes WHERE id = %s FOR NO KEY UPDATE", [pass_id])
    if found is None:
        raise Refused(NotFound())
    return found[0], found[1]


def note(
    chain_id: UUID,
    card_id: UUID,
    pass_id: UUID,
    kind: str,
    now: datetime,
    *,
    problem: str = "",
) -> None:
    """Write down what happened to a pass, and how it goes on with the messages on it."""
    note_all(chain_id, [PassEvent(card_id=card_id, pass_id=pass_id, kind=kind, problem=problem)], now)


def note_all(chain_id: UUID, events: Sequence[PassEvent], now: datetime) -> None:
    """As `note`, for different passes, in as many statements as for one."""
    if not events:
        return
    execute(
        "INSERT INTO wallet_events (id, chain_id, card_id, pass_id, kind, at, wait_ms, problem)"
        " SELECT e.id, %s, e.card, e.pass, e.kind, %s, e.wait, e.problem"
        " FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::int[], %s::text[])"
        " AS e (id, card, pass, kind, wait, problem)",
        [
            chain_id,
            now,
            [new_id() for _ in events],
            [one.card_id for one in events],
            [one.pass_id for one in events],
            [one.kind for one in events],
            [one.wait_ms for one in events],
            [one.problem for one in events],
        ],
    )
    follow_messages(chain_id, events, now)


def tell_platforms(chain_id: UUID, pass_id: UUID) -> None:
    """Let the card of a pass say in which wallets it is."""
    execute(
        "UPDATE cards k SET platforms = array(SELECT one FROM unnest(k.platforms) one WHERE one <> p.provider)"
        " || CASE WHEN EXISTS (SELECT FROM wallet_registrations r JOIN wallet_passes o ON o.id = r.pass_id"
        " WHERE o.card_id = k.id AND o.provider = p.provider) THEN ARRAY[p.provider] ELSE '{}' END"
        " FROM wallet_passes p WHERE p.id = %s AND k.id = p.card_id AND k.chain_id = %s",
        [pass_id, chain_id],
    )
