"""Messages on cards in Google Wallet: Google keeps them beside what the card shows, and rings three times a day (MSG-5).

A message is written down before it is sent, so that killed in between it is not sent twice.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy

from regulars.kernel.ids import new_id
from regulars.platform.database import execute, row, rows, unit_of_work
from regulars.plugins.channels import Handed, Letter, Limits
from regulars.wallets.actions.google_service import GOOGLE_SERVICE
from regulars.wallets.actions.google_wallet import GoogleWallet
from regulars.wallets.actions.messages import A_DAY, WRITE_MESSAGE, PassMessages
from regulars.wallets.queries.google import GOOGLE, find_google_account, has_google
from regulars.wallets.queries.messages import list_phones
from regulars.wallets.queries.view import gather
from regulars.wallets.rules.google.account import GoogleAccount
from regulars.wallets.rules.port import Message, PassChange
from regulars.wallets.rules.sending import Answer

_HELD: Final = """
SELECT p.id, k.card_type_id FROM wallet_passes p JOIN cards k ON k.id = p.card_id
WHERE p.card_id = %s AND p.provider = %s AND p.pass_type = %s
"""


class GoogleMessages(PassMessages):
    """Messages on cards in Google Wallet."""

    limits: Final = Limits(text_max=400, subject_max=60, shown_max=110, daily_max=3)
    is_repeatable: Final = True

    def __init__(self) -> None:
        super().__init__(GOOGLE, gettext_lazy("Google Wallet"), "wallet", lambda chain_id, _now: has_google(chain_id))

    def send(self, letter: Letter, *, now: datetime) -> Handed:
        """Put the text on each card that somebody has at Google; what is there already is not put there again."""
        person, answers = letter.person, []
        with unit_of_work(person.chain_id):
            account = find_google_account(person.chain_id)
            found = list_phones(person.chain_id, person.card_ids, self.key, since=now - A_DAY)
            done = {card for (card,) in rows("SELECT card_id FROM wallet_messages WHERE letter_id = %s", [letter.id])}
        cards = [card for card, _phones, sent, _first in found if sent < self.limits.daily_max and card not in done]
        if account is not None:
            answers = [self._put(account, letter, card, now) for card in cards]
        for outcome in ("sent", "unclear", "later", "refused"):
            first = next((one for one in answers if one.told == outcome), None)
            if first is not None and not (done and outcome in ("later", "refused")):
                return Handed(outcome, first.reason, first.after)  # type: ignore[arg-type]
        if done:
            return Handed("sent")
        return Handed("refused", "too_many" if found else "no_device")

    def _put(self, account: GoogleAccount, letter: Letter, card_id: UUID, now: datetime) -> Answer:
        chain_id = letter.person.chain_id
        with unit_of_work(chain_id):
            named = row(_HELD, [card_id, self.key, account.issuer])
            shown = gather(now)(chain_id, card_id, named[0]) if named else None
            if named is None or shown is None:
                return Answer("refused", "no_device")
            values = {"id": new_id(), "chain": chain_id, "card": card_id, "provider": self.key, "now": now}
            if not execute(WRITE_MESSAGE, values | {"letter": letter.id, "text": letter.text}):
                return Answer("sent")
            # It arrives with the answer, so nothing that happens to the card later says how it went on.
            execute("UPDATE wallet_messages SET ended_at = %s WHERE id = %s", [now, values["id"]])
        language = letter.person.language or shown.language
        header, body = {language: letter.subject or letter.sender}, {language: letter.text}
        change = PassChange(chain_id=chain_id, pass_id=named[0], card_id=card_id, card_type_id=named[1], shown=shown)
        message = Message(key=letter.id.hex, header=header, body=body)
        answer = GoogleWallet(GOOGLE_SERVICE).notify(account, change, message, now=now)
        if answer.told in ("later", "refused"):
            with unit_of_work(chain_id):
                execute("DELETE FROM wallet_messages WHERE id = %s", [values["id"]])
        return answer


def google_messages() -> GoogleMessages:
    """Messages on cards in Google Wallet."""
    return GoogleMessages()
