"""Entry points of the background: messages are sent."""

from datetime import timedelta
from uuid import UUID

from procrastinate.contrib.django import app

from regulars.messaging.actions.deliver import deliver
from regulars.platform.clock import now_in


@app.task(name="messaging.deliver", queue="mail", retry=2)
def deliver_message(chain_id: str, delivery_id: str) -> None:
    """Hand one message over on one channel; safe to run twice."""
    chain, delivery = UUID(chain_id), UUID(delivery_id)

    def later(wait: timedelta) -> None:
        deliver_message.configure(schedule_in={"seconds": round(wait.total_seconds())}).defer(
            chain_id=chain_id, delivery_id=delivery_id
        )

    deliver(chain, delivery, later=later, now=lambda: now_in(chain))


def defer_delivery(chain_id: UUID, delivery_id: UUID) -> None:
    """Send a message in the background, once the running transaction is committed."""
    deliver_message.defer(chain_id=str(chain_id), delivery_id=str(delivery_id))
