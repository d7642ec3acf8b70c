"""Writing to a customer: whom channels reach, what consent forbids, what becomes of it (MSG-5)."""

import json
from collections.abc import Iterator
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from django.test import Client

from regulars.customers.actions import change_customer, enter_customer
from regulars.customers.queries import CustomerView
from regulars.customers.rules import ConsentDraft, CustomerDraft
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Invalid, Refused
from regulars.messaging.actions.deliver import deliver
from regulars.messaging.actions.email import EmailMessages
from regulars.messaging.actions.send import send_message
from regulars.messaging.errors import ChannelUnavailable, NobodyReached
from regulars.messaging.queries.messages import MessageView, access_addressee, access_message, list_lines
from regulars.messaging.rules import MessageDraft
from regulars.platform.database import unit_of_work
from regulars.plugins.channels import Person, Reach, Unreachable
from regulars.plugins.testkit.channels import check_channel
from regulars.wallets.actions.messages import apple_messages
from regulars.wallets.rules.sending import Answer
from tests.ledger_kit import Counter, open_counter
from tests.mail_server import StandIn
from tests.phone_kit import Phone
from tests.wallet_kit import Remembering, open_wallet_shop, soon

pytestmark = pytest.mark.django_db
PHONE = "+4915112345678"


@pytest.fixture
def mail(settings: Any) -> Iterator[StandIn]:
    with StandIn() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        settings.EMAIL_URL = server.url
        yield server
        server.shutdown()


def anna_of(counter: Counter, email: str = "anna@example.com") -> CustomerView:
    draft = CustomerDraft(name="Anna", phones=(PHONE,), email=email, language="de")
    return enter_customer(counter.actor, draft, country="DE", today=soon(0).date(), now=soon(0))


def says(counter: Counter, anna: CustomerView, purpose: str, *, given: bool) -> None:
    consent = ConsentDraft(purpose=purpose, given=given, source="test", text_version="1", at=soon(0))
    change_customer(
        counter.actor,
        encode("cus", anna.id),
        {"consents": (consent,)},
        country="DE",
        today=soon(0).date(),
        now=soon(0),
    )


class Post:
    """Writes, and delivers what was put into the background."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter
        self.waiting: list[tuple[Any, Any]] = []
        self.laters: list[timedelta] = []

    def write(self, **draft: Any) -> MessageView:
        return send_message(
            self.counter.actor,
            MessageDraft(**{"text": "Deine Jacke ist fertig.", **draft}),
            defer=lambda chain, delivery: self.waiting.append((chain, delivery)),
            now=soon(0),
        )

    def run(self) -> None:
        while self.waiting:
            deliver(*self.waiting.pop(0), later=self.laters.append, now=lambda: soon(0))

    def states(self, message: MessageView) -> dict[str, tuple[str, str]]:
        with unit_of_work(self.counter.chain_id):
            found = access_message(self.counter.actor, encode("msg", message.id))
        return {one.channel: (one.state, one.reason) for one in found.deliveries}


def test_an_email_is_written_sent_and_remembered(mail: StandIn) -> None:
    counter = open_counter()
    anna, post = anna_of(counter), Post(counter)
    counter.issue(PHONE)
    message = post.write(customer=encode("cus", anna.id), channels=("email",))
    assert post.states(message) == {"email": ("queued", "")}
    post.run()
    assert post.states(message) == {"email": ("sent", "")}
    (taken,) = mail.taken
    assert taken["To"] == "anna@example.com"
    assert taken["Subject"] == "Eine Nachricht von Café Sonne" or "Café Sonne" in taken["Subject"]
    body = taken.get_content()
    assert "Deine Jacke ist fertig." in body
    assert "/c/" in body


def test_a_message_by_wallet_stands_on_the_card_and_is_delivered_when_it_is_fetched() -> None:
    shop, phone, pusher = open_wallet_shop(), Phone("phone-1"), Remembering()
    card = shop.counter.issue(PHONE)
    serial = phone.take(shop.link(card))
    shop.send(pusher)
    phone.update()
    post = Post(shop.counter)
    message = post.write(card=encode("crd", card.id))
    post.run()
    assert post.states(message) == {"apple": ("queued", "waiting")}
    before = len(pusher.pushed)
    shop.send(pusher)
    assert len(pusher.pushed) == before + 1
    assert post.states(message) == {"apple": ("sent", "")}
    assert phone.update() == [serial]
    assert post.states(message) == {"apple": ("delivered", "")}
    (field,) = [one for one in phone.passes[serial]["storeCard"]["backFields"] if one["key"] == "message"]
    assert field["value"] == "Deine Jacke ist fertig."
    assert field["changeMessage"] == "%@"


def test_the_same_words_twice_are_told_twice() -> None:
    shop, phone, pusher = open_wallet_shop(), Phone("phone-1"), Remembering()
    card = shop.counter.issue(PHONE)
    serial = phone.take(shop.link(card))
    post = Post(shop.counter)
    values = []
    for _ in range(2):
        message = post.write(card=encode("crd", card.id))
        post.run()
        shop.send(pusher)
        assert phone.update() == [serial]
        values += [one["value"] for one in phone.passes[serial]["storeCard"]["backFields"] if one["key"] == "message"]
        assert post.states(message) == {"apple": ("delivered", "")}
    assert values[0] != values[1], "a phone speaks up only where the value differs"
    assert values[0].strip("\u200b") == values[1].strip("\u200b")


def test_no_more_messages_a_day_than_a_pass_bears() -> None:
    shop, phone, pusher = open_wallet_shop(), Phone("phone-1"), Remembering()
    card = shop.counter.issue(PHONE)
    phone.take(shop.link(card))
    post = Post(shop.counter)
    for number in range(3):
        post.write(card=encode("crd", card.id), text=f"Nummer {number}")
        post.run()
        shop.send(pusher)
        phone.update()
    with pytest.raises(Refused) as refused:
        post.write(card=encode("crd", card.id), channels=("apple",))
    assert refused.value.refusal == ChannelUnavailable(channel="apple", reason="too_many")
    with pytest.raises(Refused) as refused:
        post.write(card=encode("crd", card.id))
    assert refused.value.refusal == NobodyReached()
    assert NobodyReached().code == "nobody_reached"


def test_a_message_that_a_newer_one_replaces_says_so() -> None:
    shop, phone = open_wallet_shop(), Phone("phone-1")
    card = shop.counter.issue(PHONE)
    phone.take(shop.link(card))
    post = Post(shop.counter)
    first = post.write(card=encode("crd", card.id), text="Eins")
    second = post.write(card=encode("crd", card.id), text="Zwei")
    post.run()
    shop.send(Remembering())
    phone.update()
    assert post.states(first) == {"apple": ("failed", "replaced")}
    assert post.states(second) == {"apple": ("delivered", "")}


@pytest.mark.parametrize(("gone", "state"), [(True, ("failed", "gone")), (False, ("failed", "not_told"))])
def test_a_phone_that_cannot_be_told_ends_the_message(gone: bool, state: tuple[str, str]) -> None:
    shop, phone = open_wallet_shop(), Phone("phone-1")
    card = shop.counter.issue(PHONE)
    serial = phone.take(shop.link(card))
    shop.send(Remembering())
    post = Post(shop.counter)
    message = post.write(card=encode("crd", card.id))
    post.run()
    if gone:
        phone.unregister(serial)
    else:
        for _ in range(8):
            shop.sent += 2000
            shop.send(Remembering(Answer("later", "TooManyRequests")))
    assert post.states(message) == {"apple": state}


def test_consent_decides_which_channel_carries_what(mail: StandIn) -> None:
    counter = open_counter()
    anna = anna_of(counter)

    def reasons() -> tuple[str, str]:
        with unit_of_work(counter.chain_id):
            found = access_addressee(counter.actor, customer=encode("cus", anna.id), card=None, now=soon(0))
            (line,) = [one for one in list_lines(found.person, now=soon(0)) if one.channel.key == "email"]
        return tuple(  # type: ignore[return-value]
            "" if isinstance(told := line.says(kind), Reach) else told.reason for kind in ("service", "offer")
        )

    assert reasons() == ("", "not_agreed")
    says(counter, anna, "marketing_email", given=True)
    assert reasons() == ("", "")
    says(counter, anna, "marketing_email", given=False)
    assert reasons() == ("", "withdrew")
    says(counter, anna, "personal_data", given=False)
    assert reasons() == ("no_data", "no_data")


def test_consent_that_is_withdrawn_before_the_letter_leaves_stops_it(mail: StandIn) -> None:
    counter = open_counter()
    anna, post = anna_of(counter), Post(counter)
    says(counter, anna, "marketing_email", given=True)
    message = post.write(customer=encode("cus", anna.id), kind="offer")
    says(counter, anna, "marketing_email", given=False)
    post.run()
    assert post.states(message) == {"email": ("failed", "withdrew")}
    assert mail.taken == []


@pytest.mark.parametrize(
    ("draft", "pointer"),
    [
        ({"text": "  "}, "/text"),
        ({"text": "x" * 10_001}, "/text"),
        ({"subject": "x" * 151}, "/subject"),
        ({"channels": ("email", "fax")}, "/channels/1"),
        ({"channels": ()}, "/channels"),
    ],
)
def test_what_cannot_be_sent_is_refused_at_its_field(mail: StandIn, draft: dict[str, Any], pointer: str) -> None:
    counter = open_counter()
    anna = anna_of(counter)
    with pytest.raises(Refused) as refused:
        Post(counter).write(**{"customer": encode("cus", anna.id), "channels": ("email",), **draft})
    assert isinstance(refused.value.refusal, Invalid)
    assert [one.pointer for one in refused.value.refusal.errors] == [pointer]


def test_a_mailbox_that_is_not_there_fails_with_the_servers_words(settings: Any) -> None:
    with StandIn(refuses=True) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        settings.EMAIL_URL = server.url
        counter = open_counter()
        anna, post = anna_of(counter), Post(counter)
        message = post.write(customer=encode("cus", anna.id))
        post.run()
        server.shutdown()
    assert post.states(message) == {"email": ("failed", "refused")}
    assert counter.read("SELECT detail FROM message_deliveries") == [("550 no such mailbox",)]


def test_a_server_that_is_not_there_is_tried_again_and_given_up(settings: Any) -> None:
    settings.EMAIL_URL = "smtp://127.0.0.1:1?from=shop@example.com"
    counter = open_counter()
    anna, post = anna_of(counter), Post(counter)
    message = post.write(customer=encode("cus", anna.id))
    ((chain, delivery),) = post.waiting
    for tried in range(6):
        post.waiting = [(chain, delivery)]
        post.run()
        expected = ("queued", "later") if tried < 4 else ("failed", "refused")
        assert post.states(message) == {"email": expected}, tried
    assert post.laters == sorted(post.laters)
    assert len(post.laters) == 4


def test_both_channels_keep_what_the_kit_asks(mail: StandIn) -> None:
    shop, phone = open_wallet_shop(), Phone("phone-1")
    chain, card = shop.counter.chain_id, shop.counter.issue(PHONE)
    phone.take(shop.link(card))
    stranger = shop.counter.issue("+4915112345679")

    def in_chain(chain_id: Any) -> Any:
        return unit_of_work(chain_id)

    check_channel(
        EmailMessages(),
        reached=[Person(chain_id=chain, email="anna@example.com")],
        unreached=[Person(chain_id=chain)],
        count_sent=lambda: len(mail.taken),
        in_chain=in_chain,
        now=soon(0),
    )
    check_channel(
        apple_messages(),
        reached=[Person(chain_id=chain, card_ids=(card.id,))],
        unreached=[Person(chain_id=chain), Person(chain_id=chain, card_ids=(stranger.id,))],
        count_sent=lambda: int(shop.counter.read("SELECT count(*) FROM wallet_messages")[0][0]),
        in_chain=in_chain,
        now=soon(0),
    )


def test_without_a_mail_server_and_an_address_it_is_said_why(settings: Any) -> None:
    settings.EMAIL_URL = ""
    counter = open_counter()
    person = Person(chain_id=counter.chain_id, email="anna@example.com")
    assert EmailMessages().reach(person, now=soon(0)) == Unreachable("no_sender")
    assert EmailMessages().reach(Person(chain_id=counter.chain_id), now=soon(0)) == Unreachable("no_address")
    with unit_of_work(counter.chain_id):
        assert apple_messages().reach(person, now=soon(0)) == Unreachable("not_set_up")


def test_the_api_writes_lists_and_answers_the_same_key_the_same(mail: StandIn) -> None:
    counter = open_counter()
    anna = anna_of(counter)
    client, bearer = Client(), {"Authorization": counter.shop.bearer}
    path = f"/api/v1/customers/{encode('cus', anna.id)}"
    channels = client.get(f"{path}/channels", headers=bearer).json()["items"]
    assert [(one["channel"], one["service"]["reached"]) for one in channels] == [
        ("apple", False),
        ("google", False),
        ("web", False),
        ("email", True),
    ]
    body = json.dumps({"text": "Deine Jacke ist fertig.", "channels": ["email"]})
    keyed = {**bearer, "Idempotency-Key": "one"}
    answers = [client.post(f"{path}/messages", body, content_type="application/json", headers=keyed) for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert counter.read("SELECT count(*) FROM messages") == [(1,)]
    found = client.get(f"/api/v1/messages/{answers[0].json()['id']}", headers=bearer).json()
    assert found["deliveries"][0]["state"] == "queued"
    assert [one["id"] for one in client.get(f"{path}/messages", headers=bearer).json()["items"]] == [found["id"]]
    refused = client.post(
        f"{path}/messages",
        json.dumps({"text": "x", "channels": ["apple"]}),
        content_type="application/json",
        headers=bearer,
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "channel_unavailable")
    timeline = client.get(f"{path}/timeline", headers=bearer).json()["items"]
    assert timeline[0]["kind"] == "message"


def test_messages_of_another_chain_are_not_there(mail: StandIn) -> None:
    counter, other = open_counter(), open_counter(name="Café Mond")
    anna, post = anna_of(counter), Post(counter)
    message = post.write(customer=encode("cus", anna.id))
    bearer = {"Authorization": other.shop.bearer}
    for path in (
        f"messages/{encode('msg', message.id)}",
        f"customers/{encode('cus', anna.id)}/messages",
        f"customers/{encode('cus', anna.id)}/channels",
        "messages/msg_nonsense",
    ):
        assert Client().get(f"/api/v1/{path}", headers=bearer).status_code == 404, path
    deliver(other.chain_id, post.waiting[0][1], later=post.laters.append, now=lambda: soon(0))
    assert mail.taken == []
