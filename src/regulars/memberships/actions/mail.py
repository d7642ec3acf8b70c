"""The mail that tells a customer that their membership is about to end (RWD-6)."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.chains.queries import find_chain
from regulars.customers.queries import find_customer
from regulars.memberships.queries.memberships import Ending, MembershipView, find_membership
from regulars.platform.database import unit_of_work
from regulars.platform.outbound_mail import send_mail
from regulars.platform.tenancy import ChainSettings

USABLE: Final = frozenset({"active", "frozen"})


def send_notice(chain_id: UUID, membership_id: UUID, because: Ending, *, now: datetime) -> bool:
    """Write to the customer of a membership in their language; whether there was anybody to write to.

    It is a notice about what they bought and nothing else, so it needs no consent to advertising. It is not sent for a
    membership that is over by now, nor to somebody without an address. Raises MailNotSent.
    """
    with unit_of_work(chain_id):
        chain = find_chain(chain_id)
        if chain is None:
            return False
        found = find_membership(chain_id, membership_id, today=now.astimezone(chain.zone).date())
        customer = find_customer(chain_id, found.now.customer_id) if found and found.now.customer_id else None
    if found is None or customer is None or not customer.email or found.now.state not in USABLE:
        return False
    with translation.override(_language(customer.language, chain)):
        subject, text = notice(found, because, chain_name=chain.name, name=customer.name)
        send_mail(to=customer.email, subject=subject, text=text)
    return True


def notice(found: MembershipView, because: Ending, *, chain_name: str, name: str) -> tuple[str, str]:
    """Subject and text of the mail, in the language that is active."""
    hello = _("Hello %(name)s,") % {"name": name} if name else _("Hello,")
    lines = [hello, "", _what(found, because), ""]
    if found.now.remaining is not None and because == "days":
        lines += [
            ngettext(
                "%(count)s visit is left until then.", "%(count)s visits are left until then.", found.now.remaining
            )
            % {"count": found.now.remaining},
            "",
        ]
    lines.append(chain_name)
    subject = _("%(membership)s: soon over") % {"membership": found.now.type_name}
    return subject, "\n".join(lines)


def _what(found: MembershipView, because: Ending) -> str:
    if because == "days" and found.now.ends_on is not None:
        return _("your membership “%(membership)s” ends with %(day)s.") % {
            "membership": found.now.type_name,
            "day": _day(found.now.ends_on),
        }
    left = found.now.remaining or 0
    return ngettext(
        "your membership “%(membership)s” has %(count)s visit left.",
        "your membership “%(membership)s” has %(count)s visits left.",
        left,
    ) % {"membership": found.now.type_name, "count": left}


def _day(day: date) -> str:
    return date_format(day, "DATE_FORMAT")


def _language(wanted: str, chain: ChainSettings) -> str:
    known = dict(settings.LANGUAGES)
    for one in (wanted.split("-", maxsplit=1)[0], chain.language):
        if one in known:
            return one
    return settings.LANGUAGE_CODE
