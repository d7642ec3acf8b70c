"""Messages by e-mail, through the installation's mail server (MSG-5)."""

from datetime import datetime
from typing import Final

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.platform.outbound_mail import MailNotSent, can_send_mail, send_mail
from regulars.plugins.channels import Handed, Letter, Limits, Person, Reach, Unreachable


class EmailMessages:
    """Letters to the customer's address, in plain text."""

    key: Final = "email"
    name: Final = gettext_lazy("E-mail")
    icon: Final = "mail"
    limits: Final = Limits(text_max=10_000, subject_max=150)
    consent: Final = "marketing_email"
    asks_consent: Final = True
    is_repeatable: Final = False

    def reach(self, person: Person, *, now: datetime) -> Reach | Unreachable:
        """Their address, where one is known and the installation can send."""
        if not person.email:
            return Unreachable("no_address")
        return Reach(address=person.email) if can_send_mail() else Unreachable("no_sender")

    def send(self, letter: Letter, *, now: datetime) -> Handed:
        """Hand the letter to the mail server; a server that took it may still bring it back."""
        with translation.override(letter.person.language or None):
            subject = letter.subject or _("A message from %(business)s") % {"business": letter.sender}
            parts = [letter.text, letter.sender]
            if letter.link:
                parts.append(_("Your card: %(link)s") % {"link": letter.link})
        try:
            send_mail(to=letter.person.email, subject=subject, text="\n\n".join(parts), message_id=str(letter.id))
        except MailNotSent as problem:
            return Handed(problem.outcome, str(problem))
        return Handed("sent")
