"""Chains and locations: what can be stored, what is refused, what the journal says (ORG-1)."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connections, transaction

from regulars.chains import rules
from regulars.chains.actions import (
    archive_location,
    change_chain,
    change_location,
    create_chain,
    create_location,
    restore_location,
)
from regulars.chains.errors import CurrencyInUse, LastLocation
from regulars.chains.queries import (
    access_location,
    find_chain,
    find_location,
    get_chain,
    list_chain_ids,
    list_locations,
)
from regulars.chains.rules import ChainDraft, LocationDraft
from regulars.chains.rules.drafts import read_point
from regulars.kernel.ids import encode, new_id
from regulars.kernel.refusal import ChangedMeanwhile, ExternalIdTaken, Forbidden, Invalid, NotFound, Refusal, Refused
from regulars.platform.audit import list_entries
from regulars.platform.database import execute, unit_of_work
from tests.people import NOW, Shop, hire, open_shop

SHOP = ChainDraft(name="Café Sonne", country="DE")
HOSTILE = ["\x00", "a\x00b", "\ud800", "x" * 10_000, "", "   \n "]


def refusal_of(action: Callable[..., Any], *args: Any, **kwargs: Any) -> Refusal:
    with pytest.raises(Refused) as caught:
        action(*args, **kwargs)
    return caught.value.refusal


def codes(refusal: Refusal | None) -> list[tuple[str, str]]:
    assert isinstance(refusal, Invalid)
    return [(problem.pointer, problem.code) for problem in refusal.errors]


@pytest.mark.parametrize(
    ("country", "currency", "zone"),
    [
        ("de", "EUR", "Europe/Berlin"),
        (" RU ", "RUB", "Europe/Moscow"),
        ("IN", "INR", "Asia/Kolkata"),
        ("US", "USD", "America/New_York"),
        ("JP", "JPY", "Asia/Tokyo"),
        ("KZ", "KZT", "Asia/Almaty"),
        ("BR", "BRL", "America/Sao_Paulo"),
        ("UA", "UAH", "Europe/Kyiv"),
    ],
)
def test_a_country_brings_its_currency_and_zone(country: str, currency: str, zone: str) -> None:
    done = rules.complete(ChainDraft(name="x", country=country))
    assert (done.currency, done.time_zone) == (currency, zone)
    assert rules.check_chain(done) is None


def test_every_country_proposes_what_can_be_stored() -> None:
    assert len(rules.COUNTRIES) > 230
    for country in rules.COUNTRIES:
        assert rules.check_chain(rules.complete(ChainDraft(name="x", country=country))) is None, country


def test_what_was_typed_wins_over_the_country() -> None:
    done = rules.complete(ChainDraft(name="x", country="DE", currency="chf", time_zone="Europe/Zurich"))
    assert (done.currency, done.time_zone) == ("CHF", "Europe/Zurich")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"country": "XX"}, ("/country", "unknown_country")),
        ({"country": "deu"}, ("/country", "unknown_country")),
        ({"currency": "EURO"}, ("/currency", "unknown_currency")),
        ({"currency": "DEM"}, ("/currency", "unknown_currency")),
        ({"time_zone": "Europe/Atlantis"}, ("/time_zone", "unknown_time_zone")),
        ({"time_zone": "../../etc/passwd"}, ("/time_zone", "unknown_time_zone")),
        ({"language": "xx"}, ("/language", "unknown_value")),
        ({"accent": "url(x)"}, ("/accent", "unknown_value")),
        ({"trade": "piracy"}, ("/trade", "unknown_value")),
    ],
)
def test_what_is_no_country_currency_or_zone_is_named(change: dict[str, Any], problem: tuple[str, str]) -> None:
    assert codes(rules.check_chain(rules.complete(replace(SHOP, **change)))) == [problem]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_that_cannot_be_stored_are_refused_before_anything_is_written(name: str) -> None:
    assert codes(rules.check_chain(rules.complete(replace(SHOP, name=name))))[0][0] == "/name"
    assert codes(rules.check_location(LocationDraft(name=name)))[0][0] == "/name"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    ["☕️ 𝕮𝖆𝖋é", "مقهى الشمس", "Кофейня «Солнце»", "धूप कैफ़े", "<script>alert(1)</script>", "'; DROP TABLE chains; --"],
)
def test_names_of_any_language_come_back_as_they_were(name: str) -> None:
    made = create_chain(replace(SHOP, name=f"  {name}  "), now=NOW)
    with unit_of_work(made.id):
        assert get_chain(made.id).name == name


@pytest.mark.django_db
def test_a_new_chain_has_one_location_and_its_settings() -> None:
    shop = open_shop()
    with unit_of_work(shop.chain_id):
        assert get_chain(shop.chain_id) == shop.chain
        (location,) = list_locations(shop.actor)
    assert (location.name, location.time_zone) == ("Café Sonne", "Europe/Berlin")
    assert (shop.chain.location_count, shop.chain.currency_decimals, shop.chain.zone.key) == (1, 2, "Europe/Berlin")
    assert shop.chain_id in list_chain_ids()


@pytest.mark.django_db
def test_a_change_is_written_once_and_told_in_the_journal() -> None:
    shop = open_shop()
    wanted = ChainDraft(name="Café Mond", country="DE", accent="plum")
    changed = change_chain(shop.actor, wanted, version=1, now=NOW)
    assert (changed.name, changed.accent, changed.version) == ("Café Mond", "plum", 2)
    assert change_chain(shop.actor, wanted, version=2, now=NOW).version == 2
    with unit_of_work(shop.chain_id):
        lines = list_entries(shop.actor, object_id=shop.chain_id)
    assert [line.verb for line in lines] == ["chain.changed", "chain.created"]
    assert lines[0].before == {"name": "Café Sonne", "accent": "green"}
    assert (lines[0].staff_email, lines[0].through) == (shop.email, "page")


@pytest.mark.django_db
def test_two_who_edit_at_once_do_not_overwrite_each_other() -> None:
    shop = open_shop()
    change_chain(shop.actor, replace(SHOP, name="First"), version=1, now=NOW)
    assert refusal_of(change_chain, shop.actor, replace(SHOP, name="Second"), version=1, now=NOW) == ChangedMeanwhile()
    with unit_of_work(shop.chain_id):
        assert get_chain(shop.chain_id).name == "First"


@pytest.mark.django_db
def test_the_currency_stays_once_balances_are_kept() -> None:
    shop = open_shop()
    other = replace(SHOP, currency="CHF")
    assert change_chain(shop.actor, other, version=None, now=NOW).currency == "CHF"
    with unit_of_work(shop.chain_id):
        execute(
            "INSERT INTO programs (id, chain_id, external_id, name, description, state, version, created_at)"
            " VALUES (%s, %s, 'main', 'Main', '', 'active', 1, now())",
            [new_id(), shop.chain_id],
        )
    assert refusal_of(change_chain, shop.actor, SHOP, version=None, now=NOW) == CurrencyInUse(currency="CHF")


@pytest.mark.django_db
def test_locations_open_change_close_and_open_again() -> None:
    shop = open_shop()
    made = create_location(shop.actor, LocationDraft(name=" Hafen ", external_id="hafen", address="Kai 1"), now=NOW)
    assert (made.name, made.time_zone) == ("Hafen", "Europe/Berlin")
    public = encode("loc", made.id)
    changed = change_location(
        shop.actor, public, LocationDraft(name="Hafen 2", time_zone="Europe/Lisbon"), version=1, now=NOW
    )
    assert (changed.name, changed.time_zone, changed.external_id, changed.version) == (
        "Hafen 2",
        "Europe/Lisbon",
        None,
        2,
    )
    assert archive_location(shop.actor, public, now=NOW).archived_at == NOW
    with unit_of_work(shop.chain_id):
        assert [one.name for one in list_locations(shop.actor)] == ["Café Sonne"]
        assert [one.name for one in list_locations(shop.actor, archived=True)] == ["Café Sonne", "Hafen 2"]
    assert restore_location(shop.actor, public, now=NOW).archived_at is None
    with unit_of_work(shop.chain_id):
        verbs = [line.verb for line in list_entries(shop.actor, object_id=made.id)]
    assert verbs == ["location.restored", "location.archived", "location.changed", "location.created"]


@pytest.mark.django_db
def test_an_external_id_means_one_location() -> None:
    shop = open_shop()
    create_location(shop.actor, LocationDraft(name="A", external_id="a"), now=NOW)
    twin = LocationDraft(name="B", external_id="a")
    assert refusal_of(create_location, shop.actor, twin, now=NOW) == ExternalIdTaken(external_id="a")
    with unit_of_work(shop.chain_id):
        found = find_location(shop.actor, "ext:a")
        assert found
        assert found.name == "A"
        assert find_location(shop.actor, "ext:\x00") is None
        assert find_location(shop.actor, "a") is None


@pytest.mark.django_db
def test_the_only_location_stays_open() -> None:
    shop = open_shop()
    assert refusal_of(archive_location, shop.actor, encode("loc", shop.location_id), now=NOW) == LastLocation()


@pytest.mark.committed
def test_two_who_close_the_last_two_locations_leave_one() -> None:
    shop = open_shop()
    other = create_location(shop.actor, LocationDraft(name="Hafen"), now=NOW)
    both = threading.Barrier(2)
    refusals: list[str] = []

    def close(location_id: UUID) -> None:
        both.wait()
        try:
            archive_location(shop.actor, encode("loc", location_id), now=NOW)
        except Refused as refused:
            refusals.append(refused.refusal.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=close, args=[one]) for one in (shop.location_id, other.id)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with unit_of_work(shop.chain_id):
        assert len(list_locations(shop.actor)) == 1
    assert refusals == ["last_location"]


@pytest.mark.django_db
def test_a_cashier_changes_no_settings() -> None:
    shop = open_shop()
    cashier = hire(shop, "cashier").actor
    needs = Forbidden(needs="settings:write")
    assert refusal_of(create_location, cashier, LocationDraft(name="x"), now=NOW) == needs
    assert refusal_of(change_chain, cashier, SHOP, version=None, now=NOW) == needs
    assert refusal_of(archive_location, cashier, encode("loc", shop.location_id), now=NOW) == needs


@pytest.fixture
def two_shops() -> tuple[Shop, Shop]:
    return open_shop(name="Mine"), open_shop(name="Theirs")


@pytest.mark.django_db
def test_another_chain_is_not_there(two_shops: tuple[Shop, Shop]) -> None:
    mine, theirs = two_shops
    public = encode("loc", theirs.location_id)
    with unit_of_work(mine.chain_id):
        assert find_chain(theirs.chain_id) is None
        assert find_location(mine.actor, public) is None
        assert refusal_of(access_location, mine.actor, public) == NotFound()
        assert execute("UPDATE chains SET name = 'Stolen' WHERE id = %s", [theirs.chain_id]) == 0
    for action in (archive_location, restore_location):
        assert refusal_of(action, mine.actor, public, now=NOW) == NotFound()
    assert refusal_of(change_location, mine.actor, public, LocationDraft(name="x"), version=None, now=NOW) == NotFound()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "identifier", ["", "loc_", "loc_" + "0" * 26, "loc_" + "z" * 26, "ext:", "crd_" + "0" * 26, "ext:" + "x" * 10_000]
)
def test_ids_that_are_none_find_nothing(identifier: str) -> None:
    shop = open_shop()
    with unit_of_work(shop.chain_id):
        assert find_location(shop.actor, identifier) is None


@pytest.mark.django_db
def test_a_real_chain_never_becomes_a_sample() -> None:
    shop = open_shop()
    with unit_of_work(shop.chain_id), pytest.raises(DatabaseError, match="stays real"), transaction.atomic():
        execute("UPDATE chains SET is_sample = true WHERE id = %s", [shop.chain_id])


@pytest.mark.parametrize(
    ("typed", "point"),
    [
        ("52.5031, 13.3271", (52.5031, 13.3271)),
        (" -33.86;151.2 ", (-33.86, 151.2)),
        ("0 0", (0, 0)),
        ("91, 0", None),
        ("0, 181", None),
        ("52.5031", None),
        ("NaN, 1", None),
        ("١٢, ١٣", None),
        ("1e5, 2", None),
        ("", None),
    ],
)
def test_coordinates_are_read_as_maps_write_them(typed: str, point: tuple[float, float] | None) -> None:
    assert read_point(typed) == point


def test_a_place_on_the_earth_has_both_numbers() -> None:
    assert codes(rules.check_location(LocationDraft(name="A", latitude=1.0))) == [("/longitude", "required")]
    far = LocationDraft(name="A", latitude=-90.1, longitude=200.0)
    assert [pointer for pointer, _code in codes(rules.check_location(far))] == ["/latitude", "/longitude"]
