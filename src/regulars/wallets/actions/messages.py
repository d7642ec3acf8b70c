"""A message on a pass: its text stands on the card in the wallet, and the phone says that it changed (MSG-5, WAL-4).

The text is written once for each card, however often it is tried. The phones are told as of any change, so they fetch the
newest text; whether they did is what becomes of the letter.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy

from regulars.customers.events import CustomersRemoved
from regulars.kernel.ids import new_id
from regulars.platform.actor import Actor
from regulars.platform.database import execute, kept_rows, rows, unit_of_work
from regulars.plugins.channels import Handed, Letter, Limits, Moved, Person, Reach, Unreachable, tell_moved
from regulars.wallets.actions.marking import mark_cards
from regulars.wallets.queries.certificates import can_sign
from regulars.wallets.queries.messages import list_phones

A_DAY: Final = timedelta(hours=24)
PASS_LIMITS: Final = Limits(text_max=400, shown_max=110, daily_max=3)
"""A phone that is told more often holds messages back, and people put the card away."""
CONSENT: Final = "marketing_wallet"

WRITE_MESSAGE: Final = """
INSERT INTO wallet_messages (id, chain_id, card_id, provider, letter_id, text, at)
VALUES (%(id)s, %(chain)s, %(card)s, %(provider)s, %(letter)s, %(text)s, %(now)s)
ON CONFLICT (letter_id, card_id) DO NOTHING
"""
_END_OTHERS: Final = """
UPDATE wallet_messages SET ended_at = %(now)s
WHERE card_id = %(card)s AND provider = %(provider)s AND ended_at IS NULL AND letter_id <> %(letter)s
RETURNING letter_id
"""
_OPEN: Final = """
SELECT w.pass, m.id, m.letter_id FROM unnest(%(cards)s::uuid[], %(passes)s::uuid[]) AS w (card, pass)
JOIN wallet_passes p ON p.id = w.pass
JOIN wallet_messages m ON m.card_id = w.card AND m.provider = p.provider AND m.ended_at IS NULL AND m.at <= %(now)s
ORDER BY m.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassEvent:
    """Something that happened to a pass; `wait_ms` is from the change to the push."""

    card_id: UUID
    pass_id: UUID
    kind: str
    wait_ms: int | None = None
    problem: str = ""


class PassMessages:
    """Messages on the passes of one kind of wallet whose phones are told of changes and fetch them."""

    limits: Limits = PASS_LIMITS
    consent: str = CONSENT
    # Who has the card in a wallet let it speak to them, and can silence it there.
    asks_consent: bool = False
    is_repeatable: bool = True

    def __init__(self, key: str, name: Any, icon: str, is_ready: Callable[[UUID, datetime], bool]) -> None:
        self.key, self.name, self.icon, self._is_ready = key, name, icon, is_ready

    def reach(self, person: Person, *, now: datetime) -> Reach | Unreachable:
        """The phones that have a card of theirs and may be told of another message today."""
        if not self._is_ready(person.chain_id, now):
            return Unreachable("not_set_up")
        found = list_phones(person.chain_id, person.card_ids, self.key, since=now - A_DAY)
        if not found:
            return Unreachable("no_device")
        open_to = [phones for _card, phones, sent, _first in found if sent < self.limits.daily_max]
        if not open_to:
            return Unreachable("too_many", min(first for *_rest, first in found if first) + A_DAY)
        return Reach(phones=sum(open_to))

    def send(self, letter: Letter, *, now: datetime) -> Handed:
        """Write the text on the passes; the phones are told by the sender."""
        person = letter.person
        with unit_of_work(person.chain_id):
            found = list_phones(person.chain_id, person.card_ids, self.key, since=now - A_DAY)
            cards = [card for card, _phones, sent, _first in found if sent < self.limits.daily_max]
            written = [card for card in cards if self._write(letter, card, now)]
            mark_cards(person.chain_id, [(card, now) for card in written])
            if written or self._is_written(letter):
                return Handed("waiting")
        return Handed("refused", "too_many" if found else "no_device")

    def _write(self, letter: Letter, card_id: UUID, now: datetime) -> bool:
        values = {
            "id": new_id(),
            "chain": letter.person.chain_id,
            "card": card_id,
            "provider": self.key,
            "letter": letter.id,
            "text": letter.text,
            "now": now,
        }
        if not execute(WRITE_MESSAGE, values):
            return False
        for (other,) in rows(_END_OTHERS, values):
            tell_moved(letter.person.chain_id, Moved(other, "failed", now, "replaced"))
        return True

    def _is_written(self, letter: Letter) -> bool:
        return bool(rows("SELECT 1 FROM wallet_messages WHERE letter_id = %s LIMIT 1", [letter.id]))


def apple_messages() -> PassMessages:
    """Messages on passes for Apple Wallet."""
    return PassMessages(
        "apple", gettext_lazy("Apple Wallet"), "apple", lambda chain_id, now: can_sign(chain_id, now=now)
    )


def follow_messages(chain_id: UUID, events: Sequence[PassEvent], now: datetime) -> None:
    """Say how it goes on with the messages on passes to which something happened; in the unit of work in which it did."""
    told = {one.pass_id: one for one in events if one.kind in _AFTER}
    told = {key: one for key, one in told.items() if one.kind != "unregistered" or not _has_phones(one.pass_id)}
    if not told:
        return
    ended = []
    open_ones = {"cards": [one.card_id for one in told.values()], "passes": list(told), "now": now}
    for pass_id, message_id, letter_id in kept_rows(_OPEN, open_ones):
        state, reason = _AFTER[told[pass_id].kind]
        tell_moved(chain_id, Moved(letter_id, state, now, reason, told[pass_id].problem))
        if state != "sent":
            ended.append(message_id)
    if ended:
        execute("UPDATE wallet_messages SET ended_at = %s WHERE id = ANY(%s)", [now, ended])


def forget_wallet_messages(actor: Actor, fact: CustomersRemoved) -> None:
    """Delete what stands on the passes of customers who are deleted (CUS-7)."""
    gone = {"chain": actor.chain_id, "customers": list(fact.customer_ids)}
    execute(
        "DELETE FROM wallet_messages m USING cards k WHERE k.id = m.card_id AND m.chain_id = %(chain)s"
        " AND k.customer_id = ANY(%(customers)s::uuid[])",
        gone,
    )
    execute(
        "UPDATE wallet_passes p SET waiting = NULL FROM cards k WHERE k.id = p.card_id AND p.chain_id = %(chain)s"
        " AND k.customer_id = ANY(%(customers)s::uuid[]) AND p.waiting IS NOT NULL",
        gone,
    )


_AFTER: Final[dict[str, tuple[Any, str]]] = {
    "pushed": ("sent", ""),
    "fetched": ("delivered", ""),
    "given_up": ("failed", "not_told"),
    "unregistered": ("failed", "gone"),
}


def _has_phones(pass_id: UUID) -> bool:
    return bool(rows("SELECT 1 FROM wallet_registrations WHERE pass_id = %s LIMIT 1", [pass_id]))
