"""The process that sends messages is killed between sending and remembering: nobody is written to twice (MSG-5)."""

import os
import signal
from pathlib import Path
from threading import Thread
from typing import Any

import psycopg
import pytest

from regulars.customers.actions import enter_customer
from regulars.customers.rules import CustomerDraft
from regulars.kernel.ids import encode
from regulars.messaging.actions.send import send_message
from regulars.messaging.jobs import defer_delivery
from regulars.messaging.rules import MessageDraft
from regulars.platform.embedded import DatabaseUrls
from tests.ledger_kit import open_counter
from tests.mail_server import StandIn
from tests.races.test_worker import wait_for
from tests.wallet_kit import soon
from tests.worker_process import start_worker

pytestmark = [pytest.mark.committed, pytest.mark.slow]


def test_a_letter_that_left_before_the_kill_is_not_sent_again(
    committed_db: DatabaseUrls, tmp_path: Path, settings: Any
) -> None:
    with StandIn() as mail:
        Thread(target=mail.serve_forever, daemon=True).start()
        settings.EMAIL_URL = mail.url
        counter = open_counter()
        draft = CustomerDraft(name="Anna", email="anna@example.com", phones=("+4915112345678",))
        anna = enter_customer(counter.actor, draft, country="DE", today=soon(0).date(), now=soon(0))
        mail.answers.clear()
        message = MessageDraft(customer=encode("cus", anna.id), text="Your jacket is ready.")
        send_message(counter.actor, message, defer=defer_delivery, now=soon(0))
        first = start_worker(tmp_path, REGULARS_SMTP_URL=mail.url)
        wait_for(lambda: mail.taken)
        os.kill(first.pid, signal.SIGKILL)
        first.wait(10)
        assert states(counter.read("SELECT state, reason FROM message_deliveries")) == [("sending", "")]
        mail.answers.set()
        second = start_worker(tmp_path, REGULARS_SMTP_URL=mail.url)
        try:
            wait_for(lambda: counter.read("SELECT state FROM message_deliveries") != [("sending",)])
            wait_for(lambda: not jobs(committed_db))
        finally:
            second.terminate()
        second.wait(20)
        mail.shutdown()
    assert states(counter.read("SELECT state, reason FROM message_deliveries")) == [("failed", "unclear")]
    assert len(mail.taken) == 1


def states(found: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return [tuple(values) for values in found]


def jobs(urls: DatabaseUrls) -> list[tuple[object, ...]]:
    with psycopg.connect(urls.owner) as connection:
        return connection.execute("SELECT id FROM procrastinate_jobs WHERE task_name = 'messaging.deliver'").fetchall()
