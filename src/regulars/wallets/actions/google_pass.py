"""Cards into and out of Google Wallet: the link that offers a card, and what Google says of who took it (WAL-1)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from regulars.kernel.ids import new_id
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.database import execute, row, rows, unit_of_work
from regulars.wallets.actions.google_service import GOOGLE_KEYS, GOOGLE_SERVICE
from regulars.wallets.actions.google_wallet import GoogleWallet
from regulars.wallets.actions.passes import IN_SERVICE, NewPass, add_pass, drop_registration, keep_registration
from regulars.wallets.actions.refresh import follow_holder
from regulars.wallets.errors import NoGoogleAccount, WalletNotReached
from regulars.wallets.queries.google import (
    GOOGLE,
    class_id_of,
    find_google_account,
    object_id_of,
    read_object_id,
)
from regulars.wallets.rules.google.account import GoogleAccount
from regulars.wallets.rules.google.callback import Call, NotBelieved, check_call, read_call
from regulars.wallets.rules.google.tokens import save_link
from regulars.wallets.rules.port import Gather, PassChange

CALLS_KEPT: Final = timedelta(days=1)
_KNOWN: Final = """
SELECT p.id, p.tag, p.told_tag, p.put_away_at IS NOT NULL FROM wallet_passes p
WHERE p.card_id = %s AND p.provider = %s AND p.pass_type = %s
"""


class KeysNotReached(Exception):
    """Google's keys could not be fetched, so nothing that it says can be believed now."""


def make_save_link(chain_id: UUID, card_id: UUID, gather: Gather, *, now: Callable[[], datetime]) -> str:
    """Where a card is put into Google Wallet. Google has it then as it is now; asked for again, it is asked nothing.

    Speaks to Google: call it with no transaction open. Refuses: NoGoogleAccount, NotFound for a card that is no more,
    WalletNotReached.
    """
    provider = GoogleWallet(GOOGLE_SERVICE)
    with unit_of_work(chain_id):
        account, change, tag, told_tag, is_away = _find_or_add(chain_id, card_id, gather, provider, now())
    if told_tag < tag or is_away:
        outcome = provider.sync(account, [change], now=now)[0]
        if outcome.answers[change.pass_id].told != "sent":
            raise Refused(WalletNotReached())
        with unit_of_work(chain_id):
            execute(
                "UPDATE wallet_passes SET told_tag = greatest(told_tag, %s), told_at = %s, put_away_at = NULL"
                " WHERE id = %s",
                [tag, now(), change.pass_id],
            )
        if outcome.has_holder:
            follow_holder(chain_id, change.pass_id, has_holder=True, now=now())
    return save_link(
        account,
        object_id=object_id_of(account, change.pass_id),
        class_id=class_id_of(account, change.card_type_id),
        origins=[settings.URL],
        now=now(),
    )


def take_call(body: object, *, now: datetime) -> None:
    """Believe a call of Google's, if it is one: somebody took a pass, or put it away. The same call twice is once.

    Raises NotBelieved, KeysNotReached.
    """
    signed = read_call(body)
    named = read_object_id(signed.call.object_id)
    found = rows("SELECT chain_id FROM door_wallet_pass(%s, %s)", [named[1], named[0]]) if named else []
    if named is None or not found:
        raise NotBelieved("unknown_object")
    issuer, pass_id = named
    roots = GOOGLE_KEYS.find(now=now)
    if not roots:
        raise KeysNotReached
    try:
        call = check_call(signed, roots, issuer=issuer, now=now)
    except NotBelieved as problem:
        newer = GOOGLE_KEYS.find(now=now, is_stale=True) if problem.code == "key_not_signed" else roots
        if newer == roots:
            raise
        call = check_call(signed, newer, issuer=issuer, now=now)
    _follow(found[0][0], pass_id, call, now)


def _follow(chain_id: UUID, pass_id: UUID, call: Call, now: datetime) -> None:
    with unit_of_work(chain_id):
        # One at a time for a pass: a newer one may come before an older.
        if row("SELECT 1 FROM wallet_passes WHERE id = %s FOR NO KEY UPDATE", [pass_id]) is None:
            raise NotBelieved("unknown_object")
        newest = row("SELECT max(ends_at) FROM google_calls WHERE pass_id = %s", [pass_id])
        is_new = execute(
            "INSERT INTO google_calls (id, chain_id, pass_id, nonce, ends_at) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (pass_id, nonce) DO NOTHING",
            [new_id(), chain_id, pass_id, call.nonce, call.ends_at],
        )
        if not is_new or (newest is not None and newest[0] is not None and newest[0] > call.ends_at):
            return
        execute("DELETE FROM google_calls WHERE pass_id = %s AND ends_at < %s", [pass_id, now - CALLS_KEPT])
        if call.kind == "save":
            keep_registration(chain_id, pass_id, device=IN_SERVICE, push_token="", now=now)
        else:
            drop_registration(chain_id, pass_id, device=IN_SERVICE, now=now)
            execute("UPDATE wallet_passes SET put_away_at = coalesce(put_away_at, %s) WHERE id = %s", [now, pass_id])


def _find_or_add(
    chain_id: UUID, card_id: UUID, gather: Gather, provider: GoogleWallet, now: datetime
) -> tuple[GoogleAccount, PassChange, Any, Any, bool]:
    account = find_google_account(chain_id)
    if account is None:
        raise Refused(NoGoogleAccount())
    wanted = [card_id, GOOGLE, account.issuer]
    known = row(_KNOWN, wanted)
    pass_id = known[0] if known else new_id()
    shown = gather(chain_id, {pass_id: card_id}).get(pass_id)
    typed = row("SELECT card_type_id FROM cards WHERE id = %s", [card_id])
    if shown is None or typed is None:
        raise Refused(NotFound())
    if known is None:
        added = NewPass(pass_id, card_id, GOOGLE, account.issuer, provider.digest(shown), shown.turns_at)
        add_pass(chain_id, added, now=now)
        known = row(_KNOWN, wanted)
        assert known is not None
    pass_id, tag, told_tag, is_away = known
    change = PassChange(
        chain_id=chain_id,
        pass_id=pass_id,
        card_id=card_id,
        card_type_id=typed[0],
        shown=shown,
        is_first=told_tag == 0,
    )
    return account, change, tag, told_tag, is_away
