"""Messages to browsers that asked to be told of a web card: shown as they are, kept nowhere but in the time line (MSG-5).

A message is written down before it is sent, so that killed in between it is not sent twice.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy

from regulars.kernel.ids import new_id
from regulars.platform.database import execute, row, rows, unit_of_work
from regulars.plugins.channels import Handed, Letter, Limits
from regulars.wallets.actions.messages import A_DAY, WRITE_MESSAGE, PassMessages
from regulars.wallets.actions.web_wallet import WEB, WebAccount, WebWallet
from regulars.wallets.queries.messages import list_phones
from regulars.wallets.queries.view import gather
from regulars.wallets.rules.port import Message, PassChange, Phone
from regulars.wallets.rules.sending import Answer

_HELD: Final = "SELECT p.id, k.card_type_id FROM wallet_passes p JOIN cards k ON k.id = p.card_id WHERE p.card_id = %s AND p.provider = %s"
_BROWSERS: Final = "SELECT id, push_token, registered_at FROM wallet_registrations WHERE pass_id = %s ORDER BY id"


class WebMessages(PassMessages):
    """Messages to browsers that have a web card."""

    limits: Limits = Limits(text_max=400, subject_max=60, shown_max=110, daily_max=3)

    def __init__(self) -> None:
        super().__init__(WEB, gettext_lazy("Web push"), "bell", lambda _chain_id, _now: True)

    def send(self, letter: Letter, *, now: datetime) -> Handed:
        """Show the text on each browser of each card; a card that was told is not told again."""
        person, answers = letter.person, []
        with unit_of_work(person.chain_id):
            found = list_phones(person.chain_id, person.card_ids, self.key, since=now - A_DAY)
            done = {card for (card,) in rows("SELECT card_id FROM wallet_messages WHERE letter_id = %s", [letter.id])}
        for card, _phones, sent, _first in found:
            if sent < self.limits.daily_max and card not in done:
                answers.append(self._show(letter, card, now))
        for outcome in ("sent", "unclear", "later", "refused"):
            first = next((one for one in answers if one.told == outcome), None)
            if first is not None and not (done and outcome in ("later", "refused")):
                return Handed(outcome, first.reason, first.after)
        if done:
            return Handed("sent")
        return Handed("refused", "too_many" if found and not answers else "no_device")

    def _show(self, letter: Letter, card_id: UUID, now: datetime) -> Answer:
        chain_id = letter.person.chain_id
        with unit_of_work(chain_id):
            named = row(_HELD, [card_id, self.key])
            shown = gather(now)(chain_id, card_id, named[0]) if named else None
            if named is None or shown is None:
                return Answer("refused", "no_device")
            phones = tuple(Phone(*one) for one in rows(_BROWSERS, [named[0]]))
            values = {"id": new_id(), "chain": chain_id, "card": card_id, "provider": self.key, "now": now}
            if not execute(WRITE_MESSAGE, values | {"letter": letter.id, "text": letter.text}):
                return Answer("sent")
            # It arrives with the answer, so nothing that happens to the card later says how it went on.
            execute("UPDATE wallet_messages SET ended_at = %s WHERE id = %s", [now, values["id"]])
        header, body = {shown.language: letter.subject or letter.sender}, {shown.language: letter.text}
        change = PassChange(
            chain_id=chain_id, pass_id=named[0], card_id=card_id, card_type_id=named[1], shown=shown, phones=phones
        )
        answer = WebWallet().notify(WebAccount(), change, Message(key=letter.id.hex, header=header, body=body), now=now)
        if answer.told not in ("sent", "unclear"):
            with unit_of_work(chain_id):
                execute("DELETE FROM wallet_messages WHERE id = %s", [values["id"]])
        return Answer("refused", "no_device") if answer.told == "gone" else answer


def web_messages() -> WebMessages:
    """Messages to browsers that have a web card."""
    return WebMessages()
