"""Staff: roles and rights, the end of a place, a new business (ORG-2, ORG-3)."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from regulars.chains.actions import create_location
from regulars.chains.rules import ChainDraft, LocationDraft
from regulars.kernel.ids import encode, new_id
from regulars.kernel.refusal import ChangedMeanwhile, Forbidden, NotFound, Refused
from regulars.platform.actor import ALL_RIGHTS, RIGHTS_OF_ROLE
from regulars.platform.api.keys import hash_key
from regulars.platform.audit import list_entries
from regulars.platform.database import row, unit_of_work
from regulars.staff import rules
from regulars.staff.actions import (
    NewLogin,
    change_staff,
    create_key,
    disable_staff,
    enable_staff,
    invite_staff,
    open_chain,
    revoke_invitation,
)
from regulars.staff.errors import (
    BeyondYourRights,
    EmailTaken,
    LastOwner,
    MayNotOpenChains,
    NotYourself,
)
from regulars.staff.queries import list_places
from regulars.staff.rules import PlaceDraft, Reach
from regulars.staff.tests.staff_kit import CASHIER, MANAGER, OWNER, opens, pointers, refusal_of
from tests.people import NOW, PASSWORD, hire, open_shop


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
