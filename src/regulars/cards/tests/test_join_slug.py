"""Where people join a card type: an address of its name, one in the whole installation, changeable."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections
from django.utils import timezone

from regulars.cards.actions.join_slug import change_join_slug, ensure_join_slug
from regulars.cards.errors import JoinSlugTaken
from regulars.cards.queries.join import find_join_door, find_join_slug
from regulars.cards.rules.join_slug import check_slug, slug_from
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Invalid, Refused
from regulars.platform.database import unit_of_work
from regulars.platform.embedded import DatabaseUrls
from tests.ledger_kit import open_counter


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Coffee card", "coffee-card"),
        ("Crème & Café – 10%", "creme-cafe-10"),
        ("Кофейная карта", "kofeynaya-karta"),
        ("Объём", "obem"),
        ("कॉफ़ी कार्ड", "card"),
        ("☕", "card"),
        ("A", "a-card"),
        ("x" * 200, "x" * 40),
    ],
)
def test_a_slug_is_made_of_the_name(name: str, slug: str) -> None:
    assert slug_from(name) == slug
    assert check_slug(slug_from(name, "q7tz"), "") == []


@pytest.mark.parametrize("slug", ["", "ab", "-abc", "a--b", "abc-", "Abc", "a b c", "кофе", "abc\n", "a" * 61])
def test_what_is_no_slug_is_refused(slug: str) -> None:
    assert [one.code for one in check_slug(slug, "/join_slug")] == ["invalid_slug"]
    assert find_join_door(slug) is None


@pytest.mark.django_db
def test_a_slug_is_made_once_and_leads_to_its_type_before_any_chain_is_known() -> None:
    one, other = open_counter(), open_counter()
    with unit_of_work(one.chain_id):
        assert find_join_slug(one.chain_id, one.card_type.id) is None
    first = ensure_join_slug(one.chain_id, one.card_type.id)
    assert ensure_join_slug(one.chain_id, one.card_type.id) == first
    second = ensure_join_slug(other.chain_id, other.card_type.id)
    assert second.startswith(first + "-")
    with unit_of_work(None):
        assert find_join_door(first) == (one.chain_id, one.card_type.id)
        assert find_join_door(second) == (other.chain_id, other.card_type.id)
        assert find_join_door("nobody-has-this") is None


@pytest.mark.django_db
def test_a_slug_is_changed_to_what_is_free_and_well_written() -> None:
    one, other = open_counter(), open_counter()
    taken = ensure_join_slug(other.chain_id, other.card_type.id)
    identifier = encode("ctp", one.card_type.id)
    assert change_join_slug(one.actor, identifier, " Our-Regulars ", now=timezone.now()) == "our-regulars"
    for wanted, refusal in ((taken, JoinSlugTaken), ("no spaces", Invalid)):
        with pytest.raises(Refused) as refused:
            change_join_slug(one.actor, identifier, wanted, now=timezone.now())
        assert isinstance(refused.value.refusal, refusal)
    with unit_of_work(None):
        assert find_join_door("our-regulars") == (one.chain_id, one.card_type.id)
        assert find_join_door(taken) == (other.chain_id, other.card_type.id)


@pytest.mark.committed
def test_two_first_calls_make_one_slug(committed_db: DatabaseUrls) -> None:
    shop = open_counter()
    start = Barrier(2)

    def make() -> str:
        start.wait()
        try:
            return ensure_join_slug(shop.chain_id, shop.card_type.id)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        made = [done.result() for done in [pool.submit(make) for _ in range(2)]]
    assert len(set(made)) == 1
