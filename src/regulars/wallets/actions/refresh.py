"""From a change to the phones: what changed is noted with its cause, gathered, told (WAL-5).

The note is a row in the same transaction that moves the subscriber's position, so nothing is forgotten. Whoever sends takes
it for a while, tells the phones without any transaction open, and deletes it only if nothing changed meanwhile: killed at any
instant, the phones are told again, which harms nobody, for they fetch what is newest.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings

from regulars.platform.database import execute, retried, row, rows, unit_of_work
from regulars.wallets.actions.messages import PassEvent
from regulars.wallets.actions.passes import (
    IN_SERVICE,
    LOCK_TAGS,
    drop_registration,
    keep_registration,
    note,
    note_all,
    tell_platforms,
)
from regulars.wallets.actions.waves import spread_wave
from regulars.wallets.queries.passes import list_phones_of_passes
from regulars.wallets.rules.apple.updates import next_moment
from regulars.wallets.rules.apple.waiting import to_wait
from regulars.wallets.rules.port import Account, Gather, Outcome, PassChange, Phone, WalletProvider
from regulars.wallets.rules.sending import A_DAY, AGAIN_AFTER, GAP, GATHER, LEASE, SPENT, held_until, next_try
from regulars.wallets.rules.view import WalletCard

SETTLES_AFTER: Final = timedelta(hours=1)
"""So long a service may say that nobody has a pass which somebody just took."""

_CLAIM: Final = """
UPDATE wallet_refreshes SET due_at = %(until)s, tries = tries + 1,
    problem = CASE WHEN problem = %(spent)s THEN '' ELSE problem END
WHERE pass_id = ANY(ARRAY(
    SELECT pass_id FROM wallet_refreshes WHERE chain_id = %(chain)s AND provider = %(provider)s AND due_at <= %(now)s
    ORDER BY is_urgent DESC, due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
))
RETURNING pass_id, revision, tries, changed_at
"""
_LOOK: Final = """
SELECT p.id, p.card_id, k.card_type_id, p.pass_type, p.content_hash, p.tag, p.told_tag, p.fetched_tag, p.modified_at,
    p.put_away_at IS NOT NULL, p.pushes_since, p.pushes, p.turns_at
FROM wallet_passes p JOIN cards k ON k.id = p.card_id WHERE p.id = ANY(%s) ORDER BY p.id FOR NO KEY UPDATE OF p
"""
_NUMBER: Final = """
UPDATE wallet_passes p SET content_hash = n.digest, tag = nextval('wallet_tags'), modified_at = n.at, waiting = n.waiting,
    repeats = 0, look_again_at = NULL
FROM unnest(%s::uuid[], %s::bytea[], %s::timestamptz[], %s::bytea[]) AS n (id, digest, at, waiting) WHERE p.id = n.id
RETURNING p.id, p.tag
"""
_TOLD: Final = """
UPDATE wallet_passes p SET told_tag = greatest(p.told_tag, t.tag), told_at = coalesce(%(at)s, p.told_at),
    pushes = CASE WHEN NOT t.is_pushed THEN p.pushes WHEN p.pushes_since > %(at)s::timestamptz - %(day)s THEN p.pushes + 1 ELSE 1 END,
    pushes_since = CASE WHEN NOT t.is_pushed OR p.pushes_since > %(at)s::timestamptz - %(day)s THEN p.pushes_since ELSE %(at)s END,
    look_again_at = CASE WHEN NOT t.is_pushed THEN p.look_again_at
        WHEN p.fetched_tag < t.tag THEN %(at)s::timestamptz + (%(looks)s::interval[])[p.repeats + 1] END
FROM unnest(%(ids)s::uuid[], %(tags)s::bigint[], %(pushed)s::boolean[]) AS t (id, tag, is_pushed) WHERE p.id = t.id
"""
_LOCK_PASSES: Final = "SELECT id FROM wallet_passes WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
_LOCK_NOTES: Final = "SELECT 1 FROM wallet_refreshes WHERE pass_id = ANY(%s) ORDER BY pass_id FOR UPDATE"
_FORGET: Final = """
DELETE FROM wallet_refreshes r USING unnest(%s::uuid[], %s::bigint[]) AS n (id, revision)
WHERE r.pass_id = n.id AND r.revision = n.revision
"""
_AGAIN: Final = """
UPDATE wallet_refreshes SET due_at = %(due)s, changed_at = %(at)s, tries = 0, problem = '' WHERE pass_id = ANY(%(ids)s)
"""
_TURNS: Final = """
UPDATE wallet_passes p SET turns_at = t.at FROM unnest(%s::uuid[], %s::timestamptz[]) AS t (id, at) WHERE p.id = t.id
"""
_HOLD: Final = """
UPDATE wallet_refreshes r SET due_at = CASE WHEN r.revision = h.revision THEN h.until ELSE %(soon)s END, tries = 0, problem = %(spent)s
FROM unnest(%(ids)s::uuid[], %(revisions)s::bigint[], %(untils)s::timestamptz[]) AS h (id, revision, until) WHERE r.pass_id = h.id
"""
_WITH_NEWS: Final = """
SELECT DISTINCT p.id FROM wallet_passes p
JOIN wallet_messages m ON m.card_id = p.card_id AND m.provider = p.provider AND m.ended_at IS NULL
WHERE p.id = ANY(%s) AND (p.told_at IS NULL OR m.at > p.told_at)
"""
_REGISTERED: Final = "SELECT DISTINCT pass_id FROM wallet_registrations WHERE pass_id = ANY(%s)"


@dataclass(frozen=True, slots=True)
class _Due:
    revision: int
    tries: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class _Pass:
    id: UUID
    card_id: UUID
    card_type_id: UUID
    pass_type: str
    digest: bytes
    tag: int
    told_tag: int
    fetched_tag: int
    modified_at: datetime
    is_away: bool
    pushes_since: datetime | None
    pushes: int
    turns_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Claimed:
    due: _Due
    tag: int
    change: PassChange

    def event(self, kind: str, *, wait_ms: int | None = None, problem: str = "") -> PassEvent:
        """Something that happened to the pass."""
        of = self.change
        return PassEvent(card_id=of.card_id, pass_id=of.pass_id, kind=kind, wait_ms=wait_ms, problem=problem)


def refresh_due(chain_id: UUID, gather: Gather, provider: WalletProvider, *, now: Callable[[], datetime]) -> int:
    """Tell the holders of one chain's passes what is due with one provider; how many passes were looked at."""
    started = now()
    has_more = spread_wave(chain_id, now=started)
    with unit_of_work(chain_id):
        account = provider.find_account(chain_id, now=started)
        values = {"chain": chain_id, "now": started, "until": started + LEASE, "provider": provider.key}
        values |= {"spent": SPENT}
        due = {pass_id: _Due(*of) for pass_id, *of in rows(_CLAIM, values | {"limit": provider.at_once})}
    if due:
        with unit_of_work(chain_id, by_keys=True):
            cards = dict(rows("SELECT id, card_id FROM wallet_passes WHERE id = ANY(%s)", [list(due)]))
            # Pictures may have to be drawn for it, and nobody waits for them at a lock.
            shown = gather(chain_id, cards)
        claimed = _renew(chain_id, due, shown, provider, account, now())
        if claimed:
            outcomes = provider.sync(account, [one.change for one in claimed], now=now)
            told = list(zip(claimed, outcomes, strict=True))
            _settle(chain_id, told, now(), looks=AGAIN_AFTER if "fetches" in provider.capabilities else ())
            _follow_holders(chain_id, {one.change.pass_id: outcome.has_holder for one, outcome in told}, now())
    return max(len(due), provider.at_once) if has_more else len(due)


@retried
def _renew(
    chain_id: UUID,
    due: Mapping[UUID, _Due],
    shown: Mapping[UUID, WalletCard],
    provider: WalletProvider,
    account: Account | None,
    now: datetime,
) -> list[_Claimed]:
    """Give passes that show something else their new numbers; those of which there is something to tell."""
    digests = {pass_id: provider.digest(card) for pass_id, card in shown.items()}
    with unit_of_work(chain_id):
        # Passes that are not there any more went with their cards, and what was noted of them too.
        found = [_Pass(*values) for values in rows(_LOOK, [list(due)])]
        ours = {one.id for one in found if account is not None and account.pass_type == one.pass_type}
        phones = list_phones_of_passes(list(ours)) if "phones" in provider.capabilities else {}
        _keep_turns(found, shown)
        tags = _number(found, digests, {one: shown[one] for one in phones if one in shown}, now)
        new = [one for one in found if one.id in ours and one.id in shown and _is_new(one, tags[one.id], phones)]
        is_sent = "content" in provider.capabilities
        told = {one.id: one for one in new if one.id in phones or (is_sent and not one.is_away)}
        held = _held(list(told.values()), shown, now) if "fetches" in provider.capabilities else {}
        over = [one for one in found if one.id not in told]
        told = {pass_id: one for pass_id, one in told.items() if pass_id not in held}
        # What changed meanwhile of those that need not be told now is looked at again at once.
        execute(_LOCK_NOTES, [[*(one.id for one in over), *held]])
        _hold(held, due, now)
        _forget({one.id: due[one.id].revision for one in over}, now, gap=GATHER)
        _keep_told({one.id: tags[one.id] for one in over if one.id in shown and one.id in ours and not one.is_away})
    return [
        _Claimed(
            due[one.id],
            tags[one.id],
            PassChange(
                chain_id=chain_id,
                pass_id=one.id,
                card_id=one.card_id,
                card_type_id=one.card_type_id,
                shown=shown[one.id],
                is_first=one.told_tag == 0,
                phones=phones.get(one.id, ()),
            ),
        )
        for one in told.values()
    ]


def _keep_turns(found: Sequence[_Pass], shown: Mapping[UUID, WalletCard]) -> None:
    """Keep when passes show something else by time alone, of those few of which that is another moment than before."""
    turned = {one.id: shown[one.id].turns_at for one in found if one.id in shown}
    turned = {one.id: turned[one.id] for one in found if one.id in turned and turned[one.id] != one.turns_at}
    if turned:
        execute(_TURNS, [list(turned), list(turned.values())])


def _is_new(one: _Pass, tag: int, phones: Mapping[UUID, Sequence[Phone]]) -> bool:
    """Whether somebody may not know yet; an only phone that asked by itself knows."""
    has_it = one.told_tag > 0 and one.fetched_tag >= tag and len(phones.get(one.id, ())) == 1
    return tag > one.told_tag and not has_it


def _held(told: Sequence[_Pass], shown: Mapping[UUID, WalletCard], now: datetime) -> dict[UUID, datetime]:
    """Until when passes wait whose pushes of the day are used up; what they show has its number, for phones that ask."""

    def until(one: _Pass, *, presses: bool) -> datetime | None:
        daily_max = settings.PUSHES_A_DAY
        return held_until(one.pushes_since, one.pushes, daily_max=daily_max, presses=presses, now=now)

    spent = [one for one in told if until(one, presses=False) is not None]
    if not spent:
        return {}
    pressing = {pass_id for (pass_id,) in rows(_WITH_NEWS, [[one.id for one in spent]])}
    pressing |= {one.id for one in spent if shown[one.id].is_void}
    ends = {one.id: until(one, presses=one.id in pressing) for one in spent}
    return {pass_id: end for pass_id, end in ends.items() if end is not None}


def _hold(held: Mapping[UUID, datetime], due: Mapping[UUID, _Due], now: datetime) -> None:
    if held:
        values = {"ids": list(held), "untils": list(held.values()), "revisions": [due[one].revision for one in held]}
        execute(_HOLD, values | {"soon": now + GATHER, "spent": SPENT})


def _number(
    found: Sequence[_Pass], digests: Mapping[UUID, bytes], fetched: Mapping[UUID, WalletCard], now: datetime
) -> dict[UUID, int]:
    """The number of each pass, a new one where it shows something else than when it got its last.

    What the passes show that phones will fetch is kept for them.
    """
    tags = {one.id: one.tag for one in found}
    renewed = [one for one in found if one.id in digests and digests[one.id] != bytes(one.digest)]
    if renewed:
        ready = [to_wait(fetched[one.id]) if one.id in fetched else None for one in renewed]
        # From here to the commit nobody else takes a number, so phones see numbers in the order in which they were taken.
        execute(LOCK_TAGS)
        wanted = [[one.id for one in renewed], [digests[one.id] for one in renewed]]
        tags |= dict(rows(_NUMBER, [*wanted, [next_moment(one.modified_at, now) for one in renewed], ready]))
    return tags


@retried
def _settle(
    chain_id: UUID, told: Sequence[tuple[_Claimed, Outcome]], now: datetime, *, looks: Sequence[timedelta]
) -> None:
    done: list[_Claimed] = []
    events: list[PassEvent] = []
    pushed: set[UUID] = set()
    with unit_of_work(chain_id):
        ids = [one.change.pass_id for one, _ in told]
        there = {values[0] for values in rows(_LOCK_PASSES, [ids])}
        # In the order in which whoever notes takes them.
        execute(_LOCK_NOTES, [ids])
        for one, outcome in told:
            if one.change.pass_id not in there:
                continue
            _drop_gone(chain_id, one, outcome, now)
            failed = tuple(answer for answer in outcome.answers.values() if answer.told in ("later", "refused"))
            again = next_try(one.due.tries, failed, now) if failed else None
            if failed and again is not None:
                execute(
                    "UPDATE wallet_refreshes SET due_at = %s, problem = %s WHERE pass_id = %s",
                    [again, failed[0].reason[:200], one.change.pass_id],
                )
                continue
            done.append(one)
            if any(answer.told == "sent" for answer in outcome.answers.values()):
                pushed.add(one.change.pass_id)
            if failed:
                events.append(one.event("given_up", problem=failed[0].reason[:200]))
            elif one.change.pass_id in pushed:
                waited = max(0, round((now - one.due.changed_at).total_seconds() * 1000))
                events.append(one.event("pushed", wait_ms=waited))
        note_all(chain_id, events, now)
        _keep_told({one.change.pass_id: one.tag for one in done}, at=now, pushed=pushed, looks=looks)
        _forget({one.change.pass_id: one.due.revision for one in done}, now, gap=GAP)


def _drop_gone(chain_id: UUID, one: _Claimed, outcome: Outcome, now: datetime) -> None:
    gone = [phone for phone, answer in outcome.answers.items() if answer.told == "gone"]
    if gone and execute("DELETE FROM wallet_registrations WHERE id = ANY(%s)", [gone]):
        tell_platforms(chain_id, one.change.pass_id)
        note(chain_id, one.change.card_id, one.change.pass_id, "unregistered", now)


def _keep_told(
    tags: Mapping[UUID, int],
    *,
    at: datetime | None = None,
    pushed: Container[UUID] = (),
    looks: Sequence[timedelta] = (),
) -> None:
    """Keep up to which number the holders of passes were told, or had nothing to be told; `at` is when they were.

    What was `pushed` is counted, and looked at again after the next of the times in `looks`.
    """
    if tags:
        values = {"ids": list(tags), "tags": list(tags.values()), "pushed": [one in pushed for one in tags]}
        execute(_TOLD, values | {"at": at, "day": A_DAY, "looks": list(looks)})


def _forget(revisions: Mapping[UUID, int], now: datetime, *, gap: timedelta) -> None:
    """Delete what was noted of passes, all of it locked; what changed meanwhile stays, and is looked at after the gap."""
    if not revisions:
        return
    execute(_FORGET, [list(revisions), list(revisions.values())])
    execute(_AGAIN, {"ids": list(revisions), "due": now + gap, "at": now})


def _follow_holders(chain_id: UUID, has_holder: Mapping[UUID, bool | None], now: datetime) -> None:
    said = {pass_id: has for pass_id, has in has_holder.items() if has is not None}
    if not said:
        return
    with unit_of_work(chain_id):
        known = {values[0] for values in rows(_REGISTERED, [list(said)])}
    for pass_id, has in said.items():
        if has != (pass_id in known):
            follow_holder(chain_id, pass_id, has_holder=has, now=now)


def follow_holder(chain_id: UUID, pass_id: UUID, *, has_holder: bool, now: datetime) -> None:
    """Believe a service on whether anybody has a pass: what it should have called for may have been lost."""
    with unit_of_work(chain_id):
        known = row("SELECT registered_at FROM wallet_registrations WHERE pass_id = %s LIMIT 1", [pass_id])
        if has_holder and known is None:
            keep_registration(chain_id, pass_id, device=IN_SERVICE, push_token="", now=now, is_newest=True)
        elif not has_holder and known is not None and known[0] < now - SETTLES_AFTER:
            drop_registration(chain_id, pass_id, device=IN_SERVICE, now=now)
