"""Mail to people who sign in: links for new passwords, invitations."""

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from regulars.kernel.ids import new_id
from regulars.platform.database import rows
from regulars.staff.jobs import reset_link, send_reset_link
from tests.mail_server import StandIn
from tests.people import open_shop, sign_in_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def mail_server(settings: Any) -> Iterator[StandIn]:
    with StandIn() as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        settings.EMAIL_URL = server.url
        settings.URL = "https://cards.example.com"
        yield server
        server.shutdown()


def waiting_jobs() -> list[tuple[Any, ...]]:
    return rows("SELECT task_name, args FROM procrastinate_jobs ORDER BY id")


def test_asking_for_a_link_looks_the_same_for_everybody(client: Client, mail_server: StandIn) -> None:
    shop = open_shop()
    known = client.post("/forgot-password", {"email": shop.email})
    stranger = client.post("/forgot-password", {"email": "nobody@example.com"})
    assert known.status_code == stranger.status_code == 200
    said = [
        re.sub(r"[\w.]+@example\.com|value=\"\w{64}\"|\{[^}]*\}", "", one.content.decode()) for one in (known, stranger)
    ]
    assert said[0] == said[1]
    names = [name for name, _ in waiting_jobs()]
    assert names == ["staff.send_reset_link"] * 2
    assert mail_server.taken == []


def test_the_link_that_is_mailed_sets_a_password(client: Client, mail_server: StandIn) -> None:
    shop = open_shop(language="ru")
    send_reset_link(str(shop.login_id))
    (message,) = mail_server.taken
    assert message["To"] == shop.email
    found = re.search(r"https://cards\.example\.com(/reset-password/\S+)", message.get_content())
    assert found
    assert client.post(found[1], {"password": "another fine password"})["Location"] == "/"


def test_a_job_that_waits_holds_no_secret(client: Client, mail_server: StandIn) -> None:
    shop = open_shop()
    client.post("/forgot-password", {"email": shop.email})
    ((_, arguments),) = waiting_jobs()
    assert "reset" not in str(arguments)
    assert str(shop.login_id) in str(arguments)


def test_a_strangers_guess_sends_nothing(mail_server: StandIn) -> None:
    send_reset_link(str(new_id()))
    assert mail_server.taken == []
    assert reset_link(new_id()) is None


def test_asking_again_and_again_is_slowed_down(client: Client, mail_server: StandIn) -> None:
    answers = [client.post("/forgot-password", {"email": "a@example.com"}).status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]


def test_an_invitation_goes_by_mail(client: Client, mail_server: StandIn) -> None:
    shop = open_shop(name="Café Sonne")
    sign_in_client(client, shop)
    done = client.post("/settings/staff/invite", {"email": "neu@example.com", "role": "cashier"})
    assert done["Location"] == "/settings/staff"
    (message,) = mail_server.taken
    assert message["Subject"] == "Invitation to Café Sonne"
    found = re.search(r"https://cards\.example\.com(/invitation/\S+)", message.get_content())
    assert found
    assert Client().get(found[1]).status_code == 200


def test_where_the_mail_server_fails_the_link_is_shown(client: Client, settings: Any) -> None:
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    sign_in_client(client, open_shop())
    shown = client.post("/settings/staff/invite", {"email": "neu@example.com", "role": "cashier"})
    assert shown.status_code == 200
    assert "/invitation/" in shown.content.decode()
    assert "hand the link over yourself" in shown.content.decode()
