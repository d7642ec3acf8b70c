"""Entry points of the background: mail to customers whose membership is about to end."""

from datetime import datetime
from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from regulars.memberships.actions.mail import send_notice
from regulars.memberships.actions.night import tell_of_ends
from regulars.memberships.queries.memberships import Ending
from regulars.platform.clock import now_in
from regulars.platform.outbound_mail import can_send_mail


@app.task(name="memberships.mail_notice", queue="mail", retry=RetryStrategy(max_attempts=4, exponential_wait=5))
def mail_notice(chain_id: str, membership_id: str, because: str) -> None:
    """Mail one notice; nothing where it is not true any more, or nobody can be written to."""
    send_notice(
        UUID(chain_id), UUID(membership_id), "visits" if because == "visits" else "days", now=now_in(UUID(chain_id))
    )


def defer_notice(chain_id: UUID, membership_id: UUID, because: Ending) -> None:
    """Put the mail into the background inside the running transaction, where mail can be sent at all."""
    if can_send_mail():
        mail_notice.defer(chain_id=str(chain_id), membership_id=str(membership_id), because=because)


def tell_members(chain_id: UUID, now: datetime) -> None:
    """Tell once of each membership that is about to end: an event, and mail to its customer where mail can be sent."""
    tell_of_ends(chain_id, now, defer=defer_notice)
