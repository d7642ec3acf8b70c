"""From a change to the phones: what changed is noted with its cause, gathered, told (WAL-5).

The note is a row in the same transaction that moves the subscriber's position, so nothing is forgotten. Whoever sends takes
it for a while, tells the phones without any transaction open, and deletes it only if nothing changed meanwhile: killed at any
instant, the phones are told again, which harms nobody, for they fetch what is newest.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
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
from regulars.cards.queries.types import list_types_valid_at
from regulars.chains.events import PLACES_CHANGED
from regulars.kernel.ids import decode
from regulars.ledger.events import BALANCE_CHANGED
from regulars.platform.database import execute, row, rows, unit_of_work
from regulars.platform.dispatch.delivery import NumberedEvent
from regulars.wallets.actions.marking import mark_cards
from regulars.wallets.actions.passes import (
    IN_SERVICE,
    LOCK_TAGS,
    drop_registration,
    keep_registration,
    note,
    tell_platforms,
)
from regulars.wallets.actions.waves import begin_wave, spread_wave
from regulars.wallets.queries.passes import list_phones_of_pass
from regulars.wallets.rules.apple.updates import next_moment
from regulars.wallets.rules.port import Account, Gather, Outcome, PassChange, WalletProvider
from regulars.wallets.rules.sending import GAP, LEASE, next_try

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
        PLACES_CHANGED,
    }
)
SETTLES_AFTER: Final = timedelta(hours=1)
"""So long a service may say that nobody has a pass which somebody just took."""

_CLAIM: Final = """
UPDATE wallet_refreshes SET due_at = %(until)s, tries = tries + 1
WHERE pass_id IN (
    SELECT pass_id FROM wallet_refreshes WHERE chain_id = %(chain)s AND provider = %(provider)s AND due_at <= %(now)s
    ORDER BY is_urgent DESC, due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
RETURNING pass_id, revision, tries, changed_at
"""
_LOOK: Final = """
SELECT p.card_id, k.card_type_id, p.pass_type, p.content_hash, p.tag, p.told_tag, p.modified_at, p.put_away_at IS NOT NULL
FROM wallet_passes p JOIN cards k ON k.id = p.card_id WHERE p.id = %s FOR NO KEY UPDATE OF p
"""


@dataclass(frozen=True, slots=True)
class _Claimed:
    revision: int
    tries: int
    changed_at: datetime
    tag: int
    change: PassChange


def mark_changed(chain_id: UUID, events: Sequence[NumberedEvent]) -> None:
    """Note the passes of the cards that events name; called in the unit of work that moves the subscriber's position."""
    mark_cards(chain_id, [(card_id, event.at) for event in events for card_id in event.card_ids])
    for event in events:
        for card_type in _types_of(chain_id, event):
            begin_wave(chain_id, card_type, at=event.at)


def _types_of(chain_id: UUID, event: NumberedEvent) -> list[UUID]:
    """The card types all of whose passes may show something else after an event."""
    if event.kind == PLACES_CHANGED:
        location = decode("loc", event.payload.get("location", ""))
        return list_types_valid_at(chain_id, location) if location is not None else []
    card_type = decode("ctp", event.payload.get("card_type", "")) if event.kind == CARD_TYPE_PUBLISHED else None
    return [card_type] if card_type is not None else []


def refresh_due(chain_id: UUID, gather: Gather, provider: WalletProvider, *, now: Callable[[], datetime]) -> int:
    """Tell the holders of one chain's passes what is due with one provider; how many passes were looked at."""
    started = now()
    has_more = spread_wave(chain_id, now=started)
    with unit_of_work(chain_id):
        account = provider.find_account(chain_id, now=started)
        values = {"chain": chain_id, "now": started, "until": started + LEASE, "provider": provider.key}
        due = rows(_CLAIM, values | {"limit": provider.at_once})
    found = (_renew(chain_id, values, gather, provider, account, now()) for values in due)
    claimed = [one for one in found if one is not None]
    if claimed:
        outcomes = provider.sync(account, [one.change for one in claimed], now=now)
        for one, outcome in zip(claimed, outcomes, strict=True):
            _settle(chain_id, one, outcome, now())
    return max(len(due), provider.at_once) if has_more else len(due)


def _renew(
    chain_id: UUID,
    due: Sequence[Any],
    gather: Gather,
    provider: WalletProvider,
    account: Account | None,
    now: datetime,
) -> _Claimed | None:
    """Give a pass that shows something else its new number; None where there is nothing to tell."""
    pass_id, revision, tries, changed_at = due
    with unit_of_work(chain_id):
        found = row(_LOOK, [pass_id])
        if found is None:
            # The pass went with its card, and what was noted of it too.
            return None
        card_id, card_type_id, pass_type, digest, tag, told_tag, modified_at, is_away = found
        shown = gather(chain_id, card_id, pass_id)
        if shown is not None and (newest := provider.digest(shown)) != bytes(digest):
            # From here to the commit nobody else takes a number, so phones see numbers in the order in which they were taken.
            execute(LOCK_TAGS)
            renewed = row(
                "UPDATE wallet_passes SET content_hash = %s, tag = nextval('wallet_tags'), modified_at = %s"
                " WHERE id = %s RETURNING tag",
                [newest, next_moment(modified_at, now), pass_id],
            )
            tag = renewed[0] if renewed else tag
        is_ours = account is not None and account.pass_type == pass_type
        is_new = shown is not None and is_ours and tag > told_tag
        phones = list_phones_of_pass(pass_id) if is_new and "phones" in provider.capabilities else ()
        is_sent = is_new and "content" in provider.capabilities and not is_away
        if shown is None or not (phones or is_sent):
            execute("DELETE FROM wallet_refreshes WHERE pass_id = %s AND revision = %s", [pass_id, revision])
            if is_ours and not is_away:
                execute("UPDATE wallet_passes SET told_tag = %s WHERE id = %s", [tag, pass_id])
            return None
        change = PassChange(
            chain_id=chain_id,
            pass_id=pass_id,
            card_id=card_id,
            card_type_id=card_type_id,
            shown=shown,
            is_first=told_tag == 0,
            phones=phones,
        )
        return _Claimed(revision, tries, changed_at, tag, change)


def _settle(chain_id: UUID, one: _Claimed, outcome: Outcome, now: datetime) -> None:
    pass_id, card_id = one.change.pass_id, one.change.card_id
    gone = [phone for phone, answer in outcome.answers.items() if answer.told == "gone"]
    failed = tuple(answer for answer in outcome.answers.values() if answer.told in ("later", "refused"))
    with unit_of_work(chain_id):
        if gone and execute("DELETE FROM wallet_registrations WHERE id = ANY(%s)", [gone]):
            tell_platforms(chain_id, pass_id)
            note(chain_id, card_id, pass_id, "unregistered", now)
        again = next_try(one.tries, failed, now) if failed else None
        if failed and again is not None:
            execute(
                "UPDATE wallet_refreshes SET due_at = %s, problem = %s WHERE pass_id = %s",
                [again, failed[0].reason[:200], pass_id],
            )
            return
        if failed:
            note(chain_id, card_id, pass_id, "given_up", now, problem=failed[0].reason[:200])
        elif any(answer.told == "sent" for answer in outcome.answers.values()):
            waited = max(0, round((now - one.changed_at).total_seconds() * 1000))
            note(chain_id, card_id, pass_id, "pushed", now, wait_ms=waited)
        execute(
            "UPDATE wallet_passes SET told_tag = greatest(told_tag, %s), told_at = %s WHERE id = %s",
            [one.tag, now, pass_id],
        )
        if not execute("DELETE FROM wallet_refreshes WHERE pass_id = %s AND revision = %s", [pass_id, one.revision]):
            # Something changed while the holders were told.
            execute(
                "UPDATE wallet_refreshes SET due_at = %s, changed_at = %s, tries = 0, problem = '' WHERE pass_id = %s",
                [now + GAP, now, pass_id],
            )
    if outcome.has_holder is not None:
        follow_holder(chain_id, pass_id, has_holder=outcome.has_holder, now=now)


def follow_holder(chain_id: UUID, pass_id: UUID, *, has_holder: bool, now: datetime) -> None:
    """Believe a service on whether anybody has a pass: what it should have called for may have been lost."""
    with unit_of_work(chain_id):
        known = row("SELECT registered_at FROM wallet_registrations WHERE pass_id = %s LIMIT 1", [pass_id])
        if has_holder and known is None:
            keep_registration(chain_id, pass_id, device=IN_SERVICE, push_token="", now=now, is_newest=True)
        elif not has_holder and known is not None and known[0] < now - SETTLES_AFTER:
            drop_registration(chain_id, pass_id, device=IN_SERVICE, now=now)
