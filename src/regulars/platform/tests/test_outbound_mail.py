"""Mail over a real socket to a stand-in that checks what it gets."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from regulars.platform.outbound_mail import MailNotSent, can_send_mail, find_mail_server, send_mail
from tests.mail_server import StandIn


@pytest.fixture
def stand_in(settings: Any) -> Iterator[StandIn]:
    with StandIn() as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        settings.EMAIL_URL = server.url
        yield server
        server.shutdown()


def test_a_message_arrives_as_it_was_written(stand_in: StandIn) -> None:
    send_mail(to="anna@example.com", subject="Приглашение в «Кафе» ☕", text="Здравствуйте,\n.одна точка\nधन्यवाद\n")
    (message,) = stand_in.taken
    assert message["Subject"] == "Приглашение в «Кафе» ☕"
    assert message["From"] == "Regulars <shop@example.com>"
    assert message["To"] == "anna@example.com"
    assert message.get_content().replace("\r\n", "\n") == "Здравствуйте,\n.одна точка\nधन्यवाद\n"
    assert [one.lower() for one in stand_in.recipients] == ["rcpt to:<anna@example.com>"]


@pytest.mark.parametrize("to", ["a@b\r\nBcc: evil@example.com", "a@b\nX: y"])
def test_nobody_adds_a_header_through_an_address(stand_in: StandIn, to: str) -> None:
    with pytest.raises(MailNotSent):
        send_mail(to=to, subject="x", text="x")
    assert stand_in.taken == []


def test_a_line_break_in_the_subject_becomes_a_space(stand_in: StandIn) -> None:
    send_mail(to="a@example.com", subject="Café\r\nBcc: x@example.com", text="x")
    assert stand_in.taken[0]["Subject"] == "Café Bcc: x@example.com"
    assert stand_in.taken[0]["Bcc"] is None


def test_a_refused_recipient_is_told(settings: Any) -> None:
    with StandIn(refuses=True) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        settings.EMAIL_URL = server.url
        with pytest.raises(MailNotSent):
            send_mail(to="a@example.com", subject="x", text="x")
        server.shutdown()


def test_a_server_that_is_not_there_is_told(settings: Any) -> None:
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    with pytest.raises(MailNotSent):
        send_mail(to="a@example.com", subject="x", text="x")


def test_without_a_server_nothing_is_tried(settings: Any) -> None:
    settings.EMAIL_URL = ""
    assert not can_send_mail()
    assert find_mail_server() is None
    with pytest.raises(MailNotSent):
        send_mail(to="a@example.com", subject="x", text="x")


@pytest.mark.parametrize(
    ("url", "port", "sender", "tls"),
    [
        ("smtp://mail.example.com", 25, "regulars@mail.example.com", False),
        ("smtps://me%40example.com:p%40ss@mail.example.com", 465, "me@example.com", True),
        ("smtp://u:p@mail.example.com:587?from=a@b.example", 587, "a@b.example", False),
    ],
)
def test_the_address_says_how(settings: Any, url: str, port: int, sender: str, tls: bool) -> None:
    settings.EMAIL_URL = url
    server = find_mail_server()
    assert server
    assert (server.port, server.sender, server.tls_at_once) == (port, sender, tls)


def test_a_password_never_goes_out_in_the_open(settings: Any) -> None:
    settings.EMAIL_URL = "smtp://u:p@mail.example.com"
    server = find_mail_server()
    assert server
    assert server.password == "p"
    assert "'p'" not in repr(server)
