"""The service account that speaks for a business at Google: checked with Google itself, kept, taken away."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.cards.actions.wallet_secrets import forget_wallet_secrets
from regulars.kernel.ids import new_id
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.platform.actor import Actor
from regulars.platform.audit import record
from regulars.platform.database import execute, row, rows, unit_of_work
from regulars.platform.hidden import hide
from regulars.platform.outbound_http2 import Reply
from regulars.wallets.actions.google_service import GOOGLE_SERVICE, Write
from regulars.wallets.actions.waves import begin_wave
from regulars.wallets.queries.google import GOOGLE, PURPOSE
from regulars.wallets.rules.google.account import GoogleAccount, Problem, read_account, stored_key
from regulars.wallets.rules.google.answers import reason_of

WRITE: Final = "settings:write"
_TELL_AGAIN: Final = """
UPDATE wallet_passes p SET told_tag = 0 FROM cards k JOIN card_types t ON t.id = k.card_type_id
WHERE p.chain_id = %s AND p.provider = %s AND k.id = p.card_id AND t.rotates
"""


class AccountRefused(Refused):
    """What was uploaded cannot write passes; `problems` say why, one by one."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        errors = [FieldProblem("/account", one.code, one.message.format(**one.facts)) for one in problems]
        super().__init__(Invalid(errors=tuple(errors)))


def upload_account(actor: Actor, content: bytes, issuer: str, *, now: datetime) -> GoogleAccount:
    """Take a service account for the chain's passes, once Google has taken it. Asks Google: call it with no transaction open.

    Passes of another issuer that people have go on as they are, and are told nothing any more; codes that Google draws for
    them by itself count no more. Raises AccountRefused;
    refuses: Forbidden.
    """
    actor.require(WRITE)
    found = read_account(content, issuer)
    problems = found if isinstance(found, list) else ask_google(found, now=now)
    if problems or isinstance(found, list):
        raise AccountRefused(problems)
    with unit_of_work(actor.chain_id):
        _store(actor, found, now)
    return found


def ask_google(account: GoogleAccount, *, now: datetime) -> list[Problem]:
    """Everything that Google says against an account: the key is tried, then the right to the issuer's cards."""
    GOOGLE_SERVICE.forget(account)
    token = GOOGLE_SERVICE.token(account, now=now)
    if isinstance(token, Reply):
        problem = _of_network(token)
        return [problem or Problem("key_refused", {"problem": reason_of(token.body) or str(token.status)})]
    path = f"/loyaltyClass?issuerId={account.issuer}&maxResults=1"
    reply = GOOGLE_SERVICE.send(account, [Write("GET", path)], now=now)[0]
    if reply.status == 200:
        return []
    facts = {"issuer": account.issuer, "email": account.email, "project": account.project}
    if reply.status in (401, 403):
        return [Problem("not_allowed", facts)]
    if reply.status == 404:
        return [Problem("issuer_unknown", facts)]
    return [_of_network(reply) or Problem("refused", {"problem": reason_of(reply.body) or str(reply.status)})]


def remove_account(actor: Actor, *, now: datetime) -> None:
    """Take the account away: no cards are put into Google Wallet or told of any more, and no code that Google draws by itself
    counts. Refuses: Forbidden.
    """
    actor.require(WRITE)
    with unit_of_work(actor.chain_id):
        gone = row("DELETE FROM google_accounts WHERE chain_id = %s RETURNING id, issuer", [actor.chain_id])
        if gone is not None:
            _forget_secrets(actor.chain_id)
            record(
                actor,
                verb="google_account.removed",
                object_kind="google_account",
                object_id=gone[0],
                before={"issuer": gone[1]},
                now=now,
            )


def _of_network(reply: Reply) -> Problem | None:
    if reply.status in (0, 429) or reply.status >= 500:
        return Problem("not_reached", {"problem": reply.problem or str(reply.status)})
    return None


def _forget_secrets(chain_id: UUID) -> None:
    """What Google draws codes with that change counts no more; it is told anew of each pass that it may show one of."""
    forget_wallet_secrets(chain_id, wallet=GOOGLE)
    execute(_TELL_AGAIN, [chain_id, GOOGLE])


def _store(actor: Actor, found: GoogleAccount, now: datetime) -> None:
    account_id = new_id()
    before = row("DELETE FROM google_accounts WHERE chain_id = %s RETURNING issuer, email", [actor.chain_id])
    hidden = hide(stored_key(found), purpose=PURPOSE, owner=account_id.bytes)
    values: list[Any] = [account_id, actor.chain_id, found.issuer, found.email, found.project, found.key_name]
    if before is not None and before[0] != found.issuer:
        _forget_secrets(actor.chain_id)
    if before is None or before[0] != found.issuer:
        for (card_type_id,) in rows("SELECT id FROM card_types WHERE chain_id = %s AND rotates", [actor.chain_id]):
            begin_wave(actor.chain_id, card_type_id, at=now)
    execute(
        "INSERT INTO google_accounts (id, chain_id, issuer, email, project, key_name, hidden_key, uploaded_at,"
        " uploaded_by) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [*values, hidden, now, actor.staff_id],
    )
    record(
        actor,
        verb="google_account.uploaded",
        object_kind="google_account",
        object_id=account_id,
        before={"issuer": before[0], "email": before[1]} if before else None,
        after={"issuer": found.issuer, "email": found.email},
        now=now,
    )
