"""Invitations: who becomes staff by which link, once (ORG-2, ORG-3)."""

import threading
from collections import Counter

import pytest
from django.db import connections

from regulars.kernel.ids import encode, new_id
from regulars.kernel.refusal import Refused
from regulars.platform.audit import list_entries
from regulars.platform.database import rows, unit_of_work
from regulars.staff.actions import (
    accept_invitation,
    disable_staff,
    invite_staff,
    revoke_invitation,
)
from regulars.staff.actions.invitations import LIFETIME, find_invitation
from regulars.staff.errors import (
    AlreadyStaff,
    InvitationInvalid,
    InvitedAnother,
    SignInFirst,
)
from regulars.staff.queries import access_staff, list_invitations, list_names, list_places, list_staff
from regulars.staff.rules import PlaceDraft
from regulars.staff.tests.staff_kit import CASHIER, MANAGER, pointers, refusal_of
from tests.people import NOW, PASSWORD, hire, open_shop


@pytest.mark.django_db
def test_an_invited_person_gets_a_login_and_the_place() -> None:
    shop = open_shop()
    made = invite_staff(shop.actor, email=" Neu@Example.COM ", place=CASHIER, now=NOW)
    offer = find_invitation(made.token, now=NOW)
    assert (offer.email, offer.chain_name, offer.role, offer.login_id) == (
        "neu@example.com",
        "Café Sonne",
        "cashier",
        None,
    )
    joined = accept_invitation(made.token, name="Neu", password=PASSWORD, language="hi", now=NOW)
    assert joined.session
    assert joined.session.language == "hi"
    with unit_of_work(shop.chain_id):
        assert {one.email: one.role for one in list_staff(shop.actor)} == {
            shop.email: "owner",
            "neu@example.com": "cashier",
        }
        assert list_names(shop.actor, [joined.staff_id, shop.staff_id]) == {
            joined.staff_id: "Neu",
            shop.staff_id: "Anna Owner",
        }
        (line,) = list_entries(shop.actor, object_id=joined.staff_id)
    assert (line.verb, line.staff_email) == ("staff.joined", "neu@example.com")


@pytest.mark.django_db
def test_the_token_is_stored_hashed() -> None:
    shop = open_shop()
    made = invite_staff(shop.actor, email="a@b.example", place=CASHIER, now=NOW)
    with unit_of_work(shop.chain_id):
        ((stored,),) = rows("SELECT invitations::text FROM invitations")
        ((journal,),) = rows("SELECT string_agg(audit_details::text, '') FROM audit_details")
    assert made.token not in stored + journal + repr(made)
    assert len(made.token) >= 43


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["", "\x00", "x", "\ud800", "a" * 10_000])
def test_what_is_no_invitation_opens_nothing(token: str) -> None:
    assert refusal_of(find_invitation, token, now=NOW) == InvitationInvalid()
    assert refusal_of(accept_invitation, token, name="x", password=PASSWORD, now=NOW) == InvitationInvalid()


@pytest.mark.django_db
def test_an_invitation_ends_by_age_by_withdrawal_and_by_a_newer_one() -> None:
    shop = open_shop()
    old = invite_staff(shop.actor, email="a@b.example", place=CASHIER, now=NOW)
    assert refusal_of(find_invitation, old.token, now=NOW + LIFETIME) == InvitationInvalid()
    newer = invite_staff(shop.actor, email="A@B.example", place=MANAGER, now=NOW)
    assert refusal_of(find_invitation, old.token, now=NOW) == InvitationInvalid()
    with unit_of_work(shop.chain_id):
        assert [one.id for one in list_invitations(shop.actor, now=NOW)] == [newer.view.id]
    revoke_invitation(shop.actor, encode("inv", newer.view.id), now=NOW)
    assert refusal_of(find_invitation, newer.token, now=NOW) == InvitationInvalid()
    assert refusal_of(accept_invitation, newer.token, name="x", password=PASSWORD, now=NOW) == InvitationInvalid()


@pytest.mark.django_db
def test_who_has_a_login_accepts_with_it_and_nobody_else_can() -> None:
    shop, other = open_shop(), open_shop()
    made = invite_staff(shop.actor, email=other.email, place=MANAGER, now=NOW)
    assert refusal_of(accept_invitation, made.token, name="Thief", password=PASSWORD, now=NOW) == SignInFirst(
        email=other.email
    )
    assert refusal_of(accept_invitation, made.token, signed_in_as=shop.login_id, now=NOW) == InvitedAnother(
        email=other.email
    )
    joined = accept_invitation(made.token, signed_in_as=other.login_id, now=NOW)
    assert joined.session is None
    assert {place.chain_id for place in list_places(other.login_id)} == {shop.chain_id, other.chain_id}


@pytest.mark.django_db
def test_who_works_here_already_is_not_invited_again_but_may_come_back() -> None:
    shop = open_shop()
    person = hire(shop, "cashier")
    assert refusal_of(invite_staff, shop.actor, email=person.email, place=MANAGER, now=NOW) == AlreadyStaff(
        email=person.email
    )
    disable_staff(shop.actor, encode("stf", person.staff_id), now=NOW)
    made = invite_staff(shop.actor, email=person.email, place=MANAGER, now=NOW)
    joined = accept_invitation(made.token, signed_in_as=person.login_id, now=NOW)
    assert joined.staff_id == person.staff_id
    with unit_of_work(shop.chain_id):
        found = access_staff(shop.actor, encode("stf", person.staff_id))
    assert (found.role, found.disabled_at) == ("manager", None)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("email", "place", "wrong"),
    [
        ("no email", CASHIER, ["/email"]),
        ("a@b.example\x00", CASHIER, ["/email"]),
        ("x" * 10_000 + "@b", CASHIER, ["/email"]),
        ("a@b.example", PlaceDraft(role="king"), ["/role"]),
        ("a@b.example", PlaceDraft(role="cashier", location_ids=frozenset()), ["/locations"]),
        ("a@b.example", PlaceDraft(role="cashier", location_ids=frozenset({new_id()})), ["/locations"]),
        ("a@b.example", PlaceDraft(role="cashier", separate_rights=frozenset({"root"})), ["/rights"]),
    ],
)
def test_invitations_that_make_no_sense_are_refused(email: str, place: PlaceDraft, wrong: list[str]) -> None:
    shop = open_shop()
    assert pointers(refusal_of(invite_staff, shop.actor, email=email, place=place, now=NOW)) == wrong


@pytest.mark.django_db
def test_a_location_of_another_chain_is_no_location() -> None:
    shop, other = open_shop(), open_shop()
    place = PlaceDraft(role="cashier", location_ids=frozenset({other.location_id}))
    assert pointers(refusal_of(invite_staff, shop.actor, email="a@b.example", place=place, now=NOW)) == ["/locations"]


@pytest.mark.committed
def test_one_invitation_makes_one_place_however_many_accept_it() -> None:
    shop = open_shop()
    made = invite_staff(shop.actor, email="a@b.example", place=CASHIER, now=NOW)
    answers: Counter[str] = Counter()
    together = threading.Barrier(6)

    def accept(number: int) -> None:
        together.wait()
        try:
            accept_invitation(made.token, name=f"N{number}", password=PASSWORD, now=NOW)
            answers["accepted"] += 1
        except Refused as refused:
            answers[refused.refusal.code] += 1
        finally:
            connections.close_all()

    threads = [threading.Thread(target=accept, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers["accepted"] == 1
    assert set(answers) <= {"accepted", "invitation_invalid", "sign_in_first"}
    with unit_of_work(shop.chain_id):
        assert len(list_staff(shop.actor)) == 2
