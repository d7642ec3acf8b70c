"""Shops and people for tests, made by the same actions that the product uses."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.test import Client
from django.utils import timezone

from regulars.chains.rules import ChainDraft
from regulars.platform.actor import RIGHTS_OF_ROLE, Actor, Role
from regulars.platform.database import row, unit_of_work
from regulars.platform.sessions import SESSION_KEY
from regulars.platform.tenancy import ChainSettings
from regulars.staff.actions import NewLogin, accept_invitation, invite_staff, open_chain, sign_in
from regulars.staff.rules import PlaceDraft

PASSWORD = "correct horse battery"
NOW = datetime.fromisoformat("2026-11-22T09:30:00+00:00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who can sign in."""

    email: str
    password: str
    login_id: UUID
    staff_id: UUID
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop(Person):
    """A chain with one location, seen as its owner."""

    chain: ChainSettings
    location_id: UUID
    api_key: str

    @property
    def chain_id(self) -> UUID:
        return self.chain.id

    @property
    def bearer(self) -> str:
        return f"Bearer {self.api_key}"


_numbers = iter(range(1, 10**9))


def open_shop(
    *,
    name: str = "Café Sonne",
    country: str = "DE",
    email: str = "",
    language: str = "en",
    is_sample: bool = False,
    is_test: bool = False,
) -> Shop:
    """A new chain with its owner, an API key with every scope, and one location."""
    email = email or f"owner{next(_numbers)}@example.com"
    owner = NewLogin(email=email, password=PASSWORD, name="Anna Owner", language=language)
    draft = ChainDraft(name=name, country=country, language=language)
    opened = open_chain(draft, owner=owner, now=timezone.now(), is_sample=is_sample, is_test=is_test, with_key="Tests")
    with unit_of_work(opened.chain.id):
        found = row("SELECT id FROM locations WHERE chain_id = %s", [opened.chain.id])
    assert found
    assert opened.api_key
    return Shop(
        email=email,
        password=PASSWORD,
        login_id=opened.login_id,
        staff_id=opened.staff_id,
        actor=opened.owner(through="page"),
        chain=opened.chain,
        location_id=found[0],
        api_key=opened.api_key,
    )


def hire(shop: Shop, role: Role, *, locations: frozenset[UUID] | None = None, email: str = "") -> Person:
    """One more person of the shop's staff, who came through an invitation."""
    email = email or f"{role}{next(_numbers)}@example.com"
    place = PlaceDraft(role=role, location_ids=locations)
    made = invite_staff(shop.actor, email=email, place=place, now=timezone.now())
    joined = accept_invitation(made.token, name=role.title(), password=PASSWORD, now=timezone.now())
    assert joined.session
    actor = Actor(
        chain_id=shop.chain.id,
        rights=RIGHTS_OF_ROLE[role],
        through="page",
        staff_id=joined.staff_id,
        login_id=joined.session.login_id,
        location_ids=locations,
    )
    return Person(
        email=email, password=PASSWORD, login_id=joined.session.login_id, staff_id=joined.staff_id, actor=actor
    )


def sign_in_client(client: Client, person: Person) -> Client:
    """Sign a test client in, past the form."""
    signed_in = sign_in(email=person.email, password=person.password, address="", device="tests", now=timezone.now())
    session = client.session
    session[SESSION_KEY] = str(signed_in.session_id)
    session.save()
    client.cookies["session"] = session.session_key or ""
    return client
