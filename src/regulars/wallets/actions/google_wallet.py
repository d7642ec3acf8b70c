"""Google Wallet behind the port of wallets: Google holds what a card shows, and is sent it in absolute values."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from regulars.cards.actions.wallet_secrets import keep_wallet_secret
from regulars.cards.rules.rotating import SECONDS, WALLET_DIGITS, wallet_pattern
from regulars.kernel.ids import new_id
from regulars.platform.database import execute, row, rows, unit_of_work
from regulars.platform.outbound_http2 import Reply
from regulars.wallets.actions.google_pictures import picture_url
from regulars.wallets.actions.google_service import GoogleService, Write, answer_of
from regulars.wallets.queries.google import (
    GOOGLE,
    class_id_of,
    find_google_account,
    find_problems,
    gather_program,
    object_id_of,
)
from regulars.wallets.rules.google.account import GoogleAccount
from regulars.wallets.rules.google.answers import NOTICES_COUNTED, may_ring, read_google_message
from regulars.wallets.rules.google.document import (
    ChangingCode,
    class_document,
    digest,
    message_document,
    number_of,
    object_document,
    without_blanks,
)
from regulars.wallets.rules.port import Capability, Message, Outcome, PassChange, SetupProblem
from regulars.wallets.rules.sending import Answer, read_json
from regulars.wallets.rules.view import WalletCard

AT_ONCE: Final = 60
CALLBACK: Final = "/google/callback"
RINGS: Final = "NOTIFY_ON_UPDATE"
SILENT: Final = "NOTIFICATION_SETTINGS_FOR_UPDATES_UNSPECIFIED"
_RING: Final = """
UPDATE wallet_passes SET notices = array(SELECT at FROM unnest(notices) AS n (at) WHERE at > %(now)s - %(counted)s ORDER BY at) || %(now)s
WHERE id = ANY(%(ids)s)
"""


class GoogleWallet:
    """The provider of Google Wallet."""

    key: str = GOOGLE
    capabilities: frozenset[Capability] = frozenset({"content", "message"})
    at_once: int = AT_ONCE

    def __init__(self, service: GoogleService | None = None) -> None:
        self._service = service or GoogleService()

    def find_account(self, chain_id: UUID, *, now: datetime) -> GoogleAccount | None:
        """The service account, while its key can be read."""
        return find_google_account(chain_id)

    def digest(self, shown: WalletCard) -> bytes:
        """What Google is sent of a card: its colours are not, they are the class's; of a code that changes, that it does."""
        document = object_document(shown, object_id="", class_id="", hero_url="", number=number_of(shown), ends_by=None)
        del document["rotatingBarcode"]
        if shown.code_version is not None:
            document["barcode"] = {"version": shown.code_version}
        return digest(document | {"hero": sha256(shown.hero or b"").hexdigest()})

    def sync(
        self, account: GoogleAccount, changes: Sequence[PassChange], *, now: Callable[[], datetime]
    ) -> list[Outcome]:
        """Write each pass, and what its type shares where that is new. Never rings more often than Google does."""
        types = {change.card_type_id: change.chain_id for change in changes}
        programs = {one: self._tell_program(account, chain_id, one, now()) for one, chain_id in types.items()}
        ready = [change for change in changes if programs[change.card_type_id].told == "sent"]
        rung = _take_notices(ready, now())
        replies = dict(zip([one.pass_id for one in ready], self._write(account, ready, rung, now), strict=True))
        answers = {pass_id: answer_of(reply) for pass_id, reply in replies.items()}
        _give_back(ready, [one for one in rung if answers[one].told != "sent"])
        _forget_programs(account, [one for one in ready if replies[one.pass_id].status == 404])
        return [
            Outcome(
                answers={change.pass_id: answers.get(change.pass_id, programs[change.card_type_id])},
                has_holder=_has_users(replies.get(change.pass_id)),
            )
            for change in changes
        ]

    def notify(self, account: GoogleAccount, change: PassChange, message: Message, *, now: datetime) -> Answer:
        """Put a text on a pass; the phone says so aloud unless it did three times in the last day."""
        rung = _take_notices([change], now, for_update=False)
        document = message_document(message.key, message.header, message.body, change.shown.language, rings=bool(rung))
        path = f"/loyaltyObject/{object_id_of(account, change.pass_id)}/addMessage"
        # Sent twice it would stand there twice.
        reply = self._service.send(account, [Write("POST", path, document, is_repeatable=False)], now=now)[0]
        answer = read_google_message(reply.status, reply.body, reply.headers, reply.problem, is_unsent=reply.is_unsent)
        if answer.told not in ("sent", "unclear"):
            _give_back([change], list(rung))
        return answer

    def verify_setup(self, chain_id: UUID, *, now: datetime) -> list[SetupProblem]:
        """What is missing, as far as it is known without asking Google."""
        return [SetupProblem(one.code, one.message, one.facts) for one in find_problems(chain_id)]

    def close(self) -> None:
        """End the connections to Google."""
        self._service.close()

    def _tell_program(self, account: GoogleAccount, chain_id: UUID, card_type_id: UUID, now: datetime) -> Answer:
        class_id = class_id_of(account, card_type_id)
        with unit_of_work(chain_id):
            program = gather_program(chain_id, card_type_id)
            if program is None:
                return Answer("refused", "card type gone")
            document = class_document(
                program,
                class_id=class_id,
                logo_url=picture_url(chain_id, program.logo, now=now),
                callback_url=settings.URL + CALLBACK if settings.URL.startswith("https://") else "",
            )
            hashed = digest(document)
            known = row("SELECT content_hash FROM google_programs WHERE class_id = %s", [class_id])
        if known is not None and bytes(known[0]) == hashed:
            return Answer("sent")
        first = Write("POST", "/loyaltyClass", document)
        again = Write("PATCH", f"/loyaltyClass/{class_id}", document)
        reply = self._in_turns(account, [(again, first) if known else (first, again)], lambda: now)[0]
        answer = answer_of(reply)
        if answer.told == "sent":
            review = str(read_json(reply.body).get("reviewStatus", "")).lower().replace("_", "")
            with unit_of_work(chain_id):
                execute(
                    "INSERT INTO google_programs (id, chain_id, class_id, content_hash, review, told_at)"
                    " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (chain_id, class_id) DO UPDATE"
                    " SET content_hash = excluded.content_hash, review = excluded.review, told_at = excluded.told_at",
                    [new_id(), chain_id, class_id, hashed, review[:40], now],
                )
        return answer

    def _write(
        self,
        account: GoogleAccount,
        changes: Sequence[PassChange],
        rung: Mapping[UUID, datetime],
        now: Callable[[], datetime],
    ) -> list[Reply]:
        pairs = []
        documents = _documents(account, changes, now()) if changes else []
        for change, document in zip(changes, documents, strict=True):
            new = Write("POST", "/loyaltyObject", without_blanks(document))
            told = document | {"notifyPreference": RINGS if change.pass_id in rung else SILENT}
            known = Write("PATCH", f"/loyaltyObject/{document['id']}", told)
            pairs.append((new, known) if change.is_first else (known, new))
        return self._in_turns(account, pairs, now)

    def _in_turns(
        self, account: GoogleAccount, pairs: Sequence[tuple[Write, Write]], now: Callable[[], datetime]
    ) -> list[Reply]:
        """The first of each pair, and the second where the thing is there against expectation, or is not."""
        if not pairs:
            return []
        replies = self._service.send(account, [first for first, _ in pairs], now=now())
        missed = [place for place, reply in enumerate(replies) if reply.status == _surprise(pairs[place][0])]
        if missed:
            seconds = self._service.send(account, [pairs[place][1] for place in missed], now=now())
            for place, reply in zip(missed, seconds, strict=True):
                replies[place] = reply
        return replies


def _documents(account: GoogleAccount, changes: Sequence[PassChange], now: datetime) -> list[dict[str, Any]]:
    """What Google is sent of passes of one chain, whose pictures are kept where it finds them."""
    chain_id = changes[0].chain_id
    with unit_of_work(chain_id):
        heroes = {change.shown.hero for change in changes if change.shown.hero}
        urls = {hero: picture_url(chain_id, hero, now=now) for hero in heroes}
        codes = {one.pass_id: _changing_code(one, now) for one in changes if one.shown.code_version is not None}
    return [
        object_document(
            change.shown,
            object_id=object_id_of(account, change.pass_id),
            class_id=class_id_of(account, change.card_type_id),
            hero_url=urls[change.shown.hero] if change.shown.hero else "",
            number=number_of(change.shown),
            ends_by=now,
            code=codes.get(change.pass_id),
        )
        for change in changes
    ]


def _changing_code(change: PassChange, now: datetime) -> ChangingCode:
    made = keep_wallet_secret(change.chain_id, change.card_id, wallet=GOOGLE, now=now)
    return ChangingCode(pattern=wallet_pattern(made.id), secret=made.secret, digits=WALLET_DIGITS, seconds=SECONDS)


def _surprise(write: Write) -> int:
    return 409 if write.method == "POST" else 404


def _has_users(reply: Reply | None) -> bool | None:
    told = read_json(reply.body).get("hasUsers") if reply is not None and reply.status == 200 else None
    return told if isinstance(told, bool) else None


def _take_notices(changes: Sequence[PassChange], now: datetime, *, for_update: bool = True) -> dict[UUID, datetime]:
    """Those passes whose holder may be rung for, counted before they are: two who send at once do not ring too often."""
    taken: dict[UUID, datetime] = {}
    if for_update:
        changes = [one for one in changes if not one.is_first and not one.shown.is_void]
    for chain_id in {change.chain_id for change in changes}:
        ids = [change.pass_id for change in changes if change.chain_id == chain_id]
        with unit_of_work(chain_id):
            known = rows(
                "SELECT id, notices FROM wallet_passes WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [ids]
            )
            rung = [pass_id for pass_id, notices in known if may_ring(notices, now, for_update=for_update)]
            if rung:
                execute(_RING, {"ids": rung, "now": now, "counted": NOTICES_COUNTED})
        taken |= dict.fromkeys(rung, now)
    return taken


def _give_back(changes: Sequence[PassChange], unused: Sequence[UUID]) -> None:
    for change in changes:
        if change.pass_id in unused:
            with unit_of_work(change.chain_id):
                execute(
                    "UPDATE wallet_passes SET notices = trim_array(notices, 1)"
                    " WHERE id = %s AND cardinality(notices) > 0",
                    [change.pass_id],
                )


def _forget_programs(account: GoogleAccount, changes: Sequence[PassChange]) -> None:
    """What Google does not know any more is told again with the next try."""
    for change in changes:
        with unit_of_work(change.chain_id):
            execute("DELETE FROM google_programs WHERE class_id = %s", [class_id_of(account, change.card_type_id)])
