"""create-chain and reset-password on the command line, and the first set-up from two browsers at once."""

import argparse
import json
import threading
from collections import Counter
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from regulars.kernel.refusal import Refused
from regulars.platform.api.keys import hash_key
from regulars.platform.database import row, unit_of_work
from regulars.project.commands import create_chain, reset_password
from regulars.staff.actions import NewLogin, claim_installation, make_set_up_token
from regulars.staff.queries import list_places
from tests.people import NOW, PASSWORD, open_shop


def run(module: Any, *arguments: str) -> int:
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    status: int = module.run(parser.parse_args(arguments))
    return status


@pytest.mark.django_db
def test_a_chain_by_name_alone(capsys: Any, client: Client) -> None:
    assert run(create_chain, "Café Zürich & Söhne", "--json") == 0
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(answer) == {"chain", "email", "password", "api_key"}
    assert answer["email"] == "owner@cafe-zurich-sohne.example"
    assert answer["chain"].startswith("chn_")
    assert row("SELECT role FROM door_api_key(%s)", [hash_key(answer["api_key"])]) == ("owner",)
    signed_in = client.post("/sign-in", {"email": answer["email"], "password": answer["password"]})
    assert signed_in["Location"] == "/"


@pytest.mark.django_db
def test_every_word_of_the_command_counts(capsys: Any) -> None:
    options = [
        "--email",
        "Raj@Example.com",
        "--country",
        "IN",
        "--currency",
        "USD",
        "--time-zone",
        "UTC",
        "--language",
        "hi",
    ]
    assert run(create_chain, "धूप", *options) == 0
    out = capsys.readouterr().out
    assert "USD, UTC" in out
    answer = json.loads(out.splitlines()[-1])
    assert answer["email"] == "raj@example.com"
    found = row("SELECT chain_id FROM door_api_key(%s)", [hash_key(answer["api_key"])])
    assert found
    with unit_of_work(found[0]):
        assert row("SELECT country, currency, time_zone, language FROM chains") == ("IN", "USD", "UTC", "hi")


@pytest.mark.django_db
def test_a_login_that_exists_gets_one_more_chain_and_keeps_its_password(capsys: Any) -> None:
    shop = open_shop()
    assert run(create_chain, "Second", "--email", shop.email, "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["password"] is None
    assert len(list_places(shop.login_id)) == 2


@pytest.mark.django_db
def test_two_businesses_of_one_name_have_two_owners(capsys: Any) -> None:
    for _ in range(2):
        assert run(create_chain, "Café", "--json") == 0
    emails = [json.loads(line)["email"] for line in capsys.readouterr().out.splitlines()]
    assert len(set(emails)) == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["", "--json"], "name: "),
        (["x" * 10_000], "name: "),
        (["Café", "--country", "XX"], "country: "),
        (["Café", "--currency", "EURO"], "currency: "),
        (["Café", "--time-zone", "Mars/Base"], "time_zone: "),
        (["Café", "--email", "no email"], "email: "),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_made(capsys: Any, arguments: list[str], said: str) -> None:
    assert run(create_chain, *arguments) == 1
    heard = capsys.readouterr()
    assert said in heard.err
    assert heard.out == ""
    assert row("SELECT door_has_logins()") == (False,)


@pytest.mark.django_db
def test_a_link_for_a_new_password_is_printed(capsys: Any, client: Client) -> None:
    shop = open_shop()
    assert run(reset_password, shop.email.upper()) == 0
    path = "/" + capsys.readouterr().out.strip().splitlines()[-1].split("/", 3)[3]
    assert client.get(path).status_code == 200
    assert run(reset_password, "nobody@example.com") == 1
    assert "Nobody signs in" in capsys.readouterr().err


@pytest.mark.committed
def test_two_who_hold_the_code_make_one_owner() -> None:
    token = make_set_up_token(now=NOW)
    assert token
    answers: Counter[str] = Counter()
    together = threading.Barrier(4)

    def claim(number: int) -> None:
        owner = NewLogin(email=f"o{number}@example.com", password=PASSWORD)
        together.wait()
        try:
            claim_installation(token, owner, address="203.0.113.7", device="", now=NOW)
            answers["claimed"] += 1
        except Refused as refused:
            answers[refused.refusal.code] += 1
        finally:
            connections.close_all()

    threads = [threading.Thread(target=claim, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {"claimed": 1, "set_up_closed": 3}
