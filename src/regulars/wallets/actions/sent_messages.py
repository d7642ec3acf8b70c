"""Messages that a wallet takes as they are: Google keeps them beside what the card shows, and rings three times a day; browsers
show them once (MSG-5).

A message is written down before it is sent, so that killed in between it is not sent twice.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy

from regulars.kernel.ids import new_id
from regulars.platform.database import execute, row, rows, unit_of_work
from regulars.plugins.channels import Handed, Letter, Limits
from regulars.wallets.actions.google_service import GOOGLE_SERVICE
from regulars.wallets.actions.google_wallet import GoogleWallet
from regulars.wallets.actions.messages import A_DAY, WRITE_MESSAGE, PassMessages
from regulars.wallets.actions.web_wallet import WebWallet
from regulars.wallets.queries.google import has_google
from regulars.wallets.queries.messages import list_phones
from regulars.wallets.queries.passes import list_phones_of_passes
from regulars.wallets.queries.view import gather
from regulars.wallets.rules.port import Account, Message, PassChange, WalletProvider
from regulars.wallets.rules.sending import Answer

_HELD: Final = """
SELECT p.id, k.card_type_id FROM wallet_passes p JOIN cards k ON k.id = p.card_id
WHERE p.card_id = %s AND p.provider = %s AND p.pass_type = %s
"""


class SentMessages(PassMessages):
    """Messages on the cards of a wallet that is sent their text."""

    limits: Limits = Limits(text_max=400, subject_max=60, shown_max=110, daily_max=3)

    def __init__(
        self, provider: WalletProvider, name: Any, icon: str, is_ready: Callable[[UUID, datetime], bool]
    ) -> None:
        super().__init__(provider.key, name, icon, is_ready)
        self._provider = provider

    def send(self, letter: Letter, *, now: datetime) -> Handed:
        """Send the text to each card that somebody has in the wallet; a card that was told is not told again."""
        person = letter.person
        with unit_of_work(person.chain_id):
            account = self._provider.find_account(person.chain_id, now=now)
            found = list_phones(person.chain_id, person.card_ids, self.key, since=now - A_DAY)
            done = {card for (card,) in rows("SELECT card_id FROM wallet_messages WHERE letter_id = %s", [letter.id])}
        cards = [card for card, _phones, sent, _first in found if sent < self.limits.daily_max and card not in done]
        answers = [self._tell(account, letter, card, now) for card in cards] if account is not None else []
        return _handed(answers, is_begun=bool(done)) or Handed("refused", "too_many" if found else "no_device")

    def _tell(self, account: Account, letter: Letter, card_id: UUID, now: datetime) -> Answer:
        chain_id = letter.person.chain_id
        with unit_of_work(chain_id):
            named = row(_HELD, [card_id, self.key, account.pass_type])
            shown = gather(now)(chain_id, {named[0]: card_id}).get(named[0]) if named else None
            if named is None or shown is None:
                return Answer("refused", "no_device")
            pass_id, card_type_id = named
            values = {"id": new_id(), "chain": chain_id, "card": card_id, "provider": self.key, "now": now}
            if not execute(WRITE_MESSAGE, values | {"letter": letter.id, "text": letter.text}):
                return Answer("sent")
            # It arrives with the answer, so nothing that happens to the card later says how it went on.
            execute("UPDATE wallet_messages SET ended_at = %s WHERE id = %s", [now, values["id"]])
            change = PassChange(
                chain_id=chain_id,
                pass_id=pass_id,
                card_id=card_id,
                card_type_id=card_type_id,
                shown=shown,
                phones=list_phones_of_passes([pass_id]).get(pass_id, ())
                if "phones" in self._provider.capabilities
                else (),
            )
        header, body = {shown.language: letter.subject or letter.sender}, {shown.language: letter.text}
        message = Message(key=letter.id.hex, header=header, body=body)
        answer = self._provider.notify(account, change, message, now=now)
        if answer.told not in ("sent", "unclear"):
            with unit_of_work(chain_id):
                execute("DELETE FROM wallet_messages WHERE id = %s", [values["id"]])
        return Answer("refused", "no_device") if answer.told == "gone" else answer


def google_messages() -> SentMessages:
    """Messages on cards in Google Wallet."""
    provider = GoogleWallet(GOOGLE_SERVICE)
    return SentMessages(provider, gettext_lazy("Google Wallet"), "wallet", lambda chain_id, _now: has_google(chain_id))


def web_messages() -> SentMessages:
    """Messages to browsers that have a web card."""
    return SentMessages(WebWallet(), gettext_lazy("Web push"), "bell", lambda _chain_id, _now: True)


def _handed(answers: Sequence[Answer], *, is_begun: bool) -> Handed | None:
    """What became of a letter by the answers for its cards: one that took it counts. None where no card was asked."""
    for outcome in ("sent", "unclear", "later", "refused"):
        first = next((one for one in answers if one.told == outcome), None)
        if first is not None and not (is_begun and outcome in ("later", "refused")):
            return Handed(outcome, first.reason, first.after)
    return Handed("sent") if is_begun else None
