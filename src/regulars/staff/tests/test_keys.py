"""API keys: shown once, stored hashed, ended at once (ORG-5)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from regulars.kernel.ids import encode
from regulars.kernel.refusal import Forbidden, NotFound
from regulars.platform.audit import list_entries
from regulars.platform.database import rows, unit_of_work
from regulars.staff.actions import (
    create_key,
    regenerate_key,
    revoke_key,
)
from regulars.staff.queries import list_keys
from regulars.staff.tests.staff_kit import opens, pointers, refusal_of
from tests.people import NOW, hire, open_shop


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
