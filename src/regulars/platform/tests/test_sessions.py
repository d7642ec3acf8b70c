"""What `@page` puts on a request, and what it lets a view do."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone, translation

from regulars.chains.actions import create_location
from regulars.chains.rules import ChainDraft, LocationDraft
from regulars.kernel.refusal import Forbidden, NotFound, Refused
from regulars.platform.database import row, unit_of_work
from regulars.platform.sessions import SESSION_KEY, PageRequest, choose_place, page
from regulars.staff.actions import change_profile, open_chain, sign_in
from tests.people import NOW, PASSWORD, Person, Shop, hire, open_shop

Ask = Callable[..., HttpRequest]


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def ask(shop: Shop) -> Ask:
    """Make requests of somebody who is signed in."""

    def make(person: Person = shop, *, method: str = "GET", path: str = "/x", **session: str) -> HttpRequest:
        request = RequestFactory(REMOTE_ADDR="203.0.113.7").generic(method, path)
        signed_in = sign_in(email=person.email, password=PASSWORD, address="", device="", now=timezone.now())
        request.session = SessionStore()
        request.session[SESSION_KEY] = str(signed_in.session_id)
        request.session.update(session)
        request.htmx = False  # type: ignore[attr-defined]
        return request

    return make


@page()
def show_all(request: PageRequest) -> HttpResponse:
    seen: dict[str, Any] = {"actor": request.actor, "chain": request.chain, "location": request.location}
    response = HttpResponse()
    response.seen = {  # type: ignore[attr-defined]
        **seen,
        "visit": request.visit,
        "language": translation.get_language(),
        "zone": timezone.get_current_timezone_name(),
        "rows": row("SELECT count(*) FROM locations"),
        "in_transaction": transaction.get_connection().in_atomic_block,
    }
    return response


def seen(request: HttpRequest) -> dict[str, Any]:
    found: dict[str, Any] = show_all(request).seen  # type: ignore[attr-defined]
    return found


@pytest.mark.django_db
def test_a_page_knows_who_looks_and_where(ask: Ask, shop: Shop) -> None:
    found = seen(ask())
    assert found["chain"] == shop.chain
    actor = found["actor"]
    assert (actor.chain_id, actor.staff_id, actor.login_id) == (shop.chain_id, shop.staff_id, shop.login_id)
    assert (actor.through, actor.address, actor.location_ids) == ("page", "203.0.113.7", None)
    assert found["location"] is None
    assert found["rows"] == (1,)
    assert found["zone"] == "Europe/Berlin"


@pytest.mark.django_db
def test_a_page_speaks_the_language_of_the_login_and_keeps_the_clock_of_the_location(ask: Ask, shop: Shop) -> None:
    change_profile(login_id=shop.login_id, actor=shop.actor, now=NOW, language="hi")
    lisbon = create_location(shop.actor, LocationDraft(name="Lisboa", time_zone="Europe/Lisbon"), now=NOW)
    found = seen(ask(location=str(lisbon.id)))
    assert (found["language"], found["zone"], found["location"].name) == ("hi", "Europe/Lisbon", "Lisboa")
    assert timezone.get_current_timezone_name() == "UTC"
    translation.activate("en")


@pytest.mark.django_db
def test_who_is_limited_to_one_location_is_there(ask: Ask, shop: Shop) -> None:
    create_location(shop.actor, LocationDraft(name="Hafen"), now=NOW)
    cashier = hire(shop, "cashier", locations=frozenset({shop.location_id}))
    found = seen(ask(cashier))
    assert found["location"].id == shop.location_id
    assert found["actor"].location_ids == frozenset({shop.location_id})
    assert [one.id for one in found["visit"].locations] == [shop.location_id]
    assert found["chain"].location_count == 2


@pytest.mark.django_db
def test_the_real_business_comes_before_the_sample_until_one_chooses(ask: Ask) -> None:
    sample = open_shop(name="Sample", is_sample=True)
    real = open_chain(ChainDraft(name="Real"), owner=sample.login_id, now=NOW, through="page")
    assert seen(ask(sample))["chain"].name == "Real"
    request = ask(sample)
    choose_place(request, chain_id=sample.chain_id, location_id=None)
    assert seen(request)["chain"].name == "Sample"
    assert {one.name for one in seen(request)["visit"].chains} == {"Real", "Sample"}
    assert real.chain.id != sample.chain_id


@pytest.mark.django_db
def test_a_missing_right_is_refused(ask: Ask, shop: Shop) -> None:
    @page(right="keys:write")
    def guarded(request: PageRequest) -> HttpResponse:
        return HttpResponse("in")

    assert cast("HttpResponse", guarded(ask())).content == b"in"
    with pytest.raises(Refused) as caught:
        guarded(ask(hire(shop, "manager")))
    assert caught.value.refusal == Forbidden(needs="keys:write")


@pytest.mark.django_db
def test_strangers_are_led_to_the_sign_in(ask: Ask) -> None:
    request = ask(path="/settings/keys?q=1")
    request.session.flush()
    assert show_all(request)["Location"] == "/sign-in?next=%2Fsettings%2Fkeys%3Fq%3D1"
    request.session[SESSION_KEY] = "'; DROP TABLE staff; --"
    assert show_all(request).status_code == 302


@pytest.mark.django_db
def test_an_address_that_no_text_could_be_is_not_there(ask: Ask) -> None:
    @page()
    def named(request: PageRequest, name: str) -> HttpResponse:
        return HttpResponse(name)

    assert cast("HttpResponse", named(ask(), name="x")).content == b"x"
    with pytest.raises(Refused) as caught:
        named(ask(), name="a\x00")
    assert caught.value.refusal == NotFound()


@pytest.mark.committed
def test_a_page_reads_in_one_transaction_and_writes_in_its_own(ask: Ask) -> None:
    assert seen(ask())["in_transaction"]
    found = seen(ask(method="POST"))
    assert not found["in_transaction"]
    assert found["rows"] == (0,)

    @page()
    def writes_while_reading(request: PageRequest) -> HttpResponse:
        with unit_of_work(request.actor.chain_id):
            return HttpResponse()

    assert writes_while_reading(ask(method="POST")).status_code == 200
    with pytest.raises(RuntimeError, match="durable"):
        writes_while_reading(ask())


@pytest.mark.committed
def test_being_seen_is_written_once_a_minute(ask: Ask) -> None:
    request = ask()
    session_id = request.session[SESSION_KEY]
    with unit_of_work(None, login_id=seen(request)["actor"].login_id):
        row("UPDATE login_sessions SET last_seen_at = %s", [datetime(2020, 1, 1, tzinfo=UTC)])
    stamps = []
    for _ in range(2):
        login_id = seen(request)["actor"].login_id
        with unit_of_work(None, login_id=login_id):
            stamps.append(row("SELECT last_seen_at FROM login_sessions WHERE id = %s", [session_id]))
    assert stamps[0] == stamps[1]
    assert stamps[0]
    assert stamps[0][0].year > 2020
