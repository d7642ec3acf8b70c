"""A shop with a join page, a mail server and an SMS gateway that keep what they take, and phones that open the page."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.test import Client
from django.utils import timezone

from regulars.cards.actions.join_slug import ensure_join_slug
from regulars.cards.queries.types import CardTypeView
from regulars.cards.tests.counter import Counter, open_counter, type_id
from regulars.platform.database import rows, unit_of_work
from regulars.storefront.actions.settings import save_join_page
from regulars.storefront.jobs import deliver_request
from tests.mail_server import StandIn
from tests.sms_gateway import SmsStandIn, running

PHONE = "+4915111111111"
TYPED = "0151 11111111"


@dataclass
class JoinShop:
    """A shop, its join pages, and what arrived at people's addresses."""

    counter: Counter
    mail: StandIn
    sms: SmsStandIn
    slugs: dict[UUID, str] = field(default_factory=dict)

    @property
    def chain_id(self) -> UUID:
        return self.counter.shop.chain_id

    def page(self, card_type: CardTypeView | None = None) -> str:
        """The path of a type's join page."""
        one = card_type or self.counter.points
        return f"/j/{ensure_join_slug(self.chain_id, one.id)}"

    def set_up(self, card_type: CardTypeView | None = None, **more: str) -> None:
        """Set what a page asks."""
        given = {
            "name": "optional",
            "phone": "optional",
            "email": "optional",
            "birthday": "optional",
            "confirmation": "code",
        }
        one = card_type or self.counter.points
        found = self.rows("SELECT version FROM join_pages WHERE card_type_id = %s", [one.id])
        version = found[0][0] if found else 0
        save_join_page(
            self.counter.shop.actor, type_id(one), given | more, is_open=True, version=version, now=timezone.now()
        )

    def rows(self, sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
        """What stands in the tables."""
        with unit_of_work(self.chain_id):
            return rows(sql, values)

    def join(self, client: Client | None = None, *, page: str = "", address: str = "198.51.100.7", **typed: str) -> Any:
        """Fill the form in and send it; the answer as the browser got it."""
        sent = {"key": str(uuid4()), "name": "Anna", **typed}
        return (client or Client()).post(page or self.page(), sent, REMOTE_ADDR=address)

    def deliver(self) -> None:
        """Do what the worker does with every request that waits."""
        for (request_id,) in self.rows(
            "SELECT id FROM join_requests WHERE chain_id = %s AND sent_at IS NULL ORDER BY id", [self.chain_id]
        ):
            deliver_request(chain_id=str(self.chain_id), request_id=str(request_id))

    def last_mail(self) -> str:
        """The newest mail's text."""
        return str(self.mail.taken[-1].get_content())

    def code(self) -> str:
        """The code of the newest message, by mail or by SMS."""
        text = self.last_mail() if self.mail.taken else self.sms.taken[-1][1]
        found = re.findall(r"\b\d{6}\b", text)
        assert found, text
        return str(found[-1])

    def customers(self) -> list[tuple[Any, ...]]:
        """Name, e-mail and phones of everybody."""
        return self.rows(
            "SELECT c.name, c.email, ARRAY(SELECT p.phone FROM customer_phones p WHERE p.customer_id = c.id)"
            " FROM customers c WHERE c.chain_id = %s ORDER BY c.id",
            [self.chain_id],
        )

    def cards(self) -> int:
        """How many cards there are."""
        return int(self.rows("SELECT count(*) FROM cards WHERE chain_id = %s", [self.chain_id])[0][0])


@contextmanager
def open_join_shop(settings: Any, *, mail: bool = True, sms: bool = False) -> Iterator[JoinShop]:
    """A shop whose installation sends mail, text messages, both or neither, to stand-ins."""
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8"]
    with StandIn() as server, running() as gateway:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        settings.EMAIL_URL = server.url if mail else ""
        settings.SMS_URL = f"{gateway.address}?to={{to}}&text={{text}}" if sms else ""
        try:
            yield JoinShop(open_counter(), server, gateway)
        finally:
            server.shutdown()
