"""Staff: invitations, roles and rights, the end of a place, keys (ORG-2, ORG-3, ORG-5)."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from regulars.chains.actions import create_location
from regulars.chains.rules import ChainDraft, LocationDraft
from regulars.kernel.ids import encode, new_id
from regulars.kernel.refusal import ChangedMeanwhile, Forbidden, Invalid, NotFound, Refusal, Refused
from regulars.platform.actor import ALL_RIGHTS, RIGHTS_OF_ROLE
from regulars.platform.api.keys import hash_key
from regulars.platform.audit import list_entries
from regulars.platform.database import row, rows, unit_of_work
from regulars.staff import rules
from regulars.staff.actions import (
    NewLogin,
    accept_invitation,
    change_staff,
    create_key,
    disable_staff,
    enable_staff,
    invite_staff,
    open_chain,
    regenerate_key,
    revoke_invitation,
    revoke_key,
)
from regulars.staff.actions.invitations import LIFETIME, find_invitation
from regulars.staff.errors import (
    AlreadyStaff,
    BeyondYourRights,
    EmailTaken,
    InvitationInvalid,
    InvitedAnother,
    LastOwner,
    MayNotOpenChains,
    NotYourself,
    SignInFirst,
)
from regulars.staff.queries import access_staff, list_invitations, list_keys, list_names, list_places, list_staff
from regulars.staff.rules import PlaceDraft, Reach
from tests.people import NOW, PASSWORD, hire, open_shop

CASHIER, MANAGER, OWNER = PlaceDraft(role="cashier"), PlaceDraft(role="manager"), PlaceDraft(role="owner")


def refusal_of(action: Callable[..., Any], *args: Any, **kwargs: Any) -> Refusal:
    with pytest.raises(Refused) as caught:
        action(*args, **kwargs)
    return caught.value.refusal


def pointers(refusal: Refusal) -> list[str]:
    assert isinstance(refusal, Invalid)
    return [problem.pointer for problem in refusal.errors]


def opens(key: str) -> bool:
    return row("SELECT chain_id FROM door_api_key(%s)", [hash_key(key)]) is not None


# Rules


def test_reach_covers_what_lies_within_it() -> None:
    a, b = new_id(), new_id()
    everywhere = Reach(rights=frozenset({"x", "y"}), location_ids=None)
    here = Reach(rights=frozenset({"x"}), location_ids=frozenset({a}))
    assert everywhere.covers(here)
    assert not here.covers(everywhere)
    assert not here.covers(Reach(rights=frozenset(), location_ids=None))
    assert not here.covers(Reach(rights=frozenset({"y"}), location_ids=frozenset({a})))
    assert not here.covers(Reach(rights=frozenset({"x"}), location_ids=frozenset({a, b})))


@pytest.mark.parametrize("role", rules.ROLES)
def test_separate_rights_are_added_to_and_taken_from_a_role(role: str) -> None:
    of_role = RIGHTS_OF_ROLE[role]  # type: ignore[index]
    wanted = frozenset({"imports:write", "cards:delete"})
    added, removed = rules.split_rights(of_role, wanted, is_owner=role == "owner")
    after = (of_role | added) - removed
    assert after & set(rules.SEPARATE_RIGHTS) == (set(rules.SEPARATE_RIGHTS) if role == "owner" else wanted)
    assert after - set(rules.SEPARATE_RIGHTS) == of_role - set(rules.SEPARATE_RIGHTS)


@pytest.mark.parametrize("email", ["a@b", "owner@localhost", "Ünï@exämple.de", "a+b.c@sub.example.com", " a@b "])
def test_emails_that_can_be_reached(email: str) -> None:
    assert rules.check_email(email, "/email") == []


@pytest.mark.parametrize(
    "email",
    ["", "a", "@b", "a@", "a@b@c", "a b@c", "a@b\n", "a@b,c@d", "<a@b>", "a@b\r\nBcc: x", "\x00@b", "x" * 255 + "@b"],
)
def test_what_is_no_email(email: str) -> None:
    assert rules.check_email(email, "/email") or email.strip() != email


# Invitations


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


# Roles and rights


@pytest.mark.django_db
def test_a_role_changes_at_once_and_the_journal_says_from_what() -> None:
    shop = open_shop()
    person = hire(shop, "cashier")
    place = PlaceDraft(
        role="cashier", separate_rights=frozenset({"imports:write"}), location_ids=frozenset({shop.location_id})
    )
    changed = change_staff(shop.actor, encode("stf", person.staff_id), place, version=1, now=NOW)
    assert "imports:write" in changed.rights
    assert "balances:write" not in changed.rights
    assert changed.location_ids == frozenset({shop.location_id})
    with unit_of_work(shop.chain_id):
        line = list_entries(shop.actor, object_id=person.staff_id)[0]
    assert line.before == {"rights_added": [], "rights_removed": [], "locations": None}
    assert line.after["rights_added"] == ["imports:write"]
    again = refusal_of(change_staff, shop.actor, encode("stf", person.staff_id), CASHIER, version=1, now=NOW)
    assert again == ChangedMeanwhile()


@pytest.mark.django_db
def test_a_limit_stays_until_somebody_changes_it() -> None:
    shop = open_shop()
    person = encode("stf", hire(shop, "cashier").staff_id)
    limited = PlaceDraft(role="cashier", adjust_limit=20)
    assert change_staff(shop.actor, person, limited, version=None, now=NOW).adjust_limit == "20"
    assert change_staff(shop.actor, person, CASHIER, version=None, now=NOW).adjust_limit == "20"
    unlimited = PlaceDraft(role="cashier", adjust_limit=None)
    assert change_staff(shop.actor, person, unlimited, version=None, now=NOW).adjust_limit is None
    wrong = PlaceDraft(role="cashier", adjust_limit=-1)
    assert pointers(refusal_of(change_staff, shop.actor, person, wrong, version=None, now=NOW)) == ["/adjust_limit"]


@pytest.mark.django_db
def test_the_last_owner_stays() -> None:
    shop = open_shop()
    mine = encode("stf", shop.staff_id)
    assert refusal_of(change_staff, shop.actor, mine, MANAGER, version=None, now=NOW) == LastOwner()
    assert refusal_of(disable_staff, shop.actor, mine, now=NOW) == NotYourself()
    second = hire(shop, "owner")
    assert change_staff(second.actor, mine, MANAGER, version=None, now=NOW).role == "manager"
    assert (
        refusal_of(change_staff, second.actor, encode("stf", second.staff_id), MANAGER, version=None, now=NOW)
        == LastOwner()
    )


@pytest.mark.committed
def test_two_owners_who_disable_each_other_at_once_leave_one() -> None:
    shop = open_shop()
    second = hire(shop, "owner")
    answers: Counter[str] = Counter()
    together = threading.Barrier(2)

    def disable(actor: Any, staff_id: Any) -> None:
        together.wait()
        try:
            disable_staff(actor, encode("stf", staff_id), now=NOW)
            answers["done"] += 1
        except Refused as refused:
            answers[refused.refusal.code] += 1
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=disable, args=[shop.actor, second.staff_id]),
        threading.Thread(target=disable, args=[second.actor, shop.staff_id]),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {"done": 1, "last_owner": 1}


@pytest.mark.django_db
def test_nobody_gives_what_they_do_not_have() -> None:
    shop = open_shop()
    manager, cashier = hire(shop, "manager"), hire(shop, "cashier")
    beyond = BeyondYourRights()
    assert refusal_of(invite_staff, manager.actor, email="a@b.example", place=OWNER, now=NOW) == beyond
    person = encode("stf", cashier.staff_id)
    assert refusal_of(change_staff, manager.actor, person, OWNER, version=None, now=NOW) == beyond
    keys = PlaceDraft(role="cashier", separate_rights=frozenset({"keys:write"}))
    assert refusal_of(change_staff, manager.actor, person, keys, version=None, now=NOW) == beyond
    assert refusal_of(disable_staff, manager.actor, encode("stf", shop.staff_id), now=NOW) == beyond
    assert (
        refusal_of(change_staff, manager.actor, encode("stf", manager.staff_id), OWNER, version=None, now=NOW) == beyond
    )
    assert change_staff(manager.actor, person, PlaceDraft(role="marketer"), version=None, now=NOW).role == "marketer"
    needs = Forbidden(needs="staff:write")
    assert refusal_of(invite_staff, cashier.actor, email="a@b.example", place=CASHIER, now=NOW) == needs
    assert refusal_of(disable_staff, cashier.actor, person, now=NOW) == needs


@pytest.mark.django_db
def test_who_is_limited_to_locations_reaches_no_further() -> None:
    shop = open_shop()
    other = create_location(shop.actor, LocationDraft(name="Hafen"), now=NOW)
    manager = hire(shop, "manager", locations=frozenset({shop.location_id}))
    there = PlaceDraft(role="cashier", location_ids=frozenset({other.id}))
    here = PlaceDraft(role="cashier", location_ids=frozenset({shop.location_id}))
    assert refusal_of(invite_staff, manager.actor, email="a@b.example", place=there, now=NOW) == BeyondYourRights()
    assert refusal_of(invite_staff, manager.actor, email="a@b.example", place=CASHIER, now=NOW) == BeyondYourRights()
    assert invite_staff(manager.actor, email="a@b.example", place=here, now=NOW)


@pytest.mark.django_db
def test_a_disabled_person_keeps_their_history_and_comes_back_without_keys() -> None:
    shop = open_shop()
    second = hire(shop, "owner")
    key = create_key(second.actor, name="Till", scopes={"cards:read"}, now=NOW).key
    public = encode("stf", second.staff_id)
    disable_staff(shop.actor, public, now=NOW)
    assert not opens(key)
    enable_staff(shop.actor, public, now=NOW)
    assert not opens(key)
    with unit_of_work(shop.chain_id):
        verbs = [line.verb for line in list_entries(shop.actor, object_id=second.staff_id)]
    assert verbs == ["staff.enabled", "staff.disabled", "staff.joined"]


@pytest.mark.django_db
@pytest.mark.parametrize("action", [disable_staff, enable_staff])
def test_staff_of_another_chain_is_not_there(action: Callable[..., Any]) -> None:
    shop, other = open_shop(), open_shop()
    public = encode("stf", other.staff_id)
    assert refusal_of(action, shop.actor, public, now=NOW) == NotFound()
    assert refusal_of(change_staff, shop.actor, public, CASHIER, version=None, now=NOW) == NotFound()
    assert refusal_of(revoke_invitation, shop.actor, public, now=NOW) == NotFound()


# Keys


@pytest.mark.django_db
def test_a_key_is_shown_once_stored_hashed_and_opens_its_chain() -> None:
    shop = open_shop()
    made = create_key(shop.actor, name=" Till 1 ", scopes={"cards:read", "balances:write"}, now=NOW)
    assert made.key.startswith("rk_")
    assert len(made.key) == 46
    assert (made.view.name, made.view.start, made.view.scopes) == (
        "Till 1",
        made.key[:8],
        ("balances:write", "cards:read"),
    )
    assert opens(made.key)
    with unit_of_work(shop.chain_id):
        stored = "".join(found[0] for found in rows("SELECT api_keys::text FROM api_keys"))
        journal = "".join(found[0] for found in rows("SELECT audit_details::text FROM audit_details"))
    assert made.key not in stored + journal + repr(made)


@pytest.mark.django_db
def test_a_key_ends_with_its_revocation_and_with_a_new_text() -> None:
    shop = open_shop()
    made = create_key(shop.actor, name="Till", scopes={"cards:read"}, now=NOW)
    public = encode("key", made.view.id)
    newer = regenerate_key(shop.actor, public, now=NOW)
    assert not opens(made.key)
    assert opens(newer.key)
    assert newer.view.id == made.view.id
    revoke_key(shop.actor, public, now=NOW)
    assert not opens(newer.key)
    assert refusal_of(regenerate_key, shop.actor, public, now=NOW) == NotFound()
    with unit_of_work(shop.chain_id):
        assert [line.verb for line in list_entries(shop.actor, object_id=made.view.id)] == [
            "key.revoked",
            "key.regenerated",
            "key.created",
        ]


@pytest.mark.django_db
def test_last_use_is_shown() -> None:
    shop = open_shop()
    made = create_key(shop.actor, name="Till", scopes={"cards:read"}, now=NOW)
    with unit_of_work(shop.chain_id):
        assert list_keys(shop.actor)[0].last_used_at is None
    opens(made.key)
    with unit_of_work(shop.chain_id):
        used = {key.id: key.last_used_at for key in list_keys(shop.actor)}[made.view.id]
    assert used
    assert timezone.now() - used < timedelta(minutes=5)


@pytest.mark.django_db
def test_keys_that_make_no_sense_or_are_not_yours_are_refused() -> None:
    shop, other = open_shop(), open_shop()
    assert pointers(refusal_of(create_key, shop.actor, name="", scopes=set(), now=NOW)) == ["/name", "/scopes"]
    assert pointers(refusal_of(create_key, shop.actor, name="a\x00", scopes={"root"}, now=NOW)) == ["/name", "/scopes"]
    theirs = encode("key", create_key(other.actor, name="Till", scopes={"cards:read"}, now=NOW).view.id)
    assert refusal_of(revoke_key, shop.actor, theirs, now=NOW) == NotFound()
    assert refusal_of(regenerate_key, shop.actor, theirs, now=NOW) == NotFound()
    manager = hire(shop, "manager").actor
    assert refusal_of(create_key, manager, name="x", scopes={"cards:read"}, now=NOW) == Forbidden(needs="keys:write")


# A new business


@pytest.mark.django_db
def test_a_new_business_has_its_owner_and_a_key_with_every_scope() -> None:
    shop = open_shop(country="IN", name="धूप कैफ़े")
    found = row("SELECT chain_id, role, scopes FROM door_api_key(%s)", [hash_key(shop.api_key)])
    assert found
    assert (found[0], found[1], set(found[2])) == (shop.chain_id, "owner", set(ALL_RIGHTS))
    assert (shop.chain.currency, shop.chain.time_zone) == ("INR", "Asia/Kolkata")


@pytest.mark.django_db
def test_one_login_may_own_several_businesses_if_it_may_open_them() -> None:
    shop = open_shop()
    draft = ChainDraft(name="Second")
    second = open_chain(draft, owner=shop.login_id, now=NOW, through="page")
    assert len(list_places(shop.login_id)) == 2
    assert second.api_key is None
    cashier = hire(shop, "cashier")
    assert refusal_of(open_chain, draft, owner=cashier.login_id, now=NOW, through="page") == MayNotOpenChains()
    assert refusal_of(open_chain, draft, owner=new_id(), now=NOW) == MayNotOpenChains()
    taken = NewLogin(email=shop.email, password=PASSWORD)
    assert refusal_of(open_chain, draft, owner=taken, now=NOW) == EmailTaken(email=shop.email)


@pytest.mark.django_db
def test_a_business_that_cannot_be_leaves_nothing_behind() -> None:
    weak = NewLogin(email="a@b.example", password="short")
    assert pointers(refusal_of(open_chain, ChainDraft(name="x"), owner=weak, now=NOW)) == ["/password"]
    fine = NewLogin(email="a@b.example", password=PASSWORD)
    assert pointers(refusal_of(open_chain, ChainDraft(name=""), owner=fine, now=NOW)) == ["/name"]
    assert row("SELECT door_login('a@b.example')") == (None,)
