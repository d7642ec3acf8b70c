"""Chains with a key, made straight in the tables, and a client that speaks to the API as a program does."""

import itertools
import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.test import Client
from django.utils import timezone

from regulars.chains.actions import create_chain
from regulars.chains.rules import ChainDraft
from regulars.kernel.ids import new_id
from regulars.platform.actor import ALL_RIGHTS, Actor, system_actor
from regulars.platform.api.keys import hash_key
from regulars.platform.database import unit_of_work
from regulars.staff.models import ApiKey, Login, Staff

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as a program sees it."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> str | None:
        """The stable code of a problem."""
        return self.body.get("code") if isinstance(self.body, dict) else None

    def codes_at(self) -> dict[str, str]:
        """Code by pointer of the field errors."""
        return {error["pointer"]: error["code"] for error in self.body["errors"]}


@dataclass
class Caller:
    """A program with its key."""

    chain_id: UUID
    staff_id: UUID
    key: str
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        key: str | None = None,
        content_type: str = "application/json",
        **headers: Any,
    ) -> Reply:
        """Send one request; `key` is the Idempotency-Key, other headers as HTTP_NAME."""
        if key is not None:
            headers["HTTP_IDEMPOTENCY_KEY"] = key
        headers.setdefault("HTTP_AUTHORIZATION", f"Bearer {self.key}")
        content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        response = self.client.generic(method, f"/api/v1{path}", content, content_type=content_type, **headers)
        is_json = "json" in response.headers.get("Content-Type", "")
        parsed = json.loads(response.content) if is_json and response.content else None
        return Reply(response.status_code, parsed, dict(response.headers))

    def get(self, path: str, **headers: Any) -> Reply:
        """Read."""
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: Any) -> Reply:
        """Act, with a key of its own unless one is given."""
        headers.setdefault("key", f"test-{next(_numbers)}")
        return self.send("POST", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: Any) -> Reply:
        """Change."""
        return self.send("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: Any) -> Reply:
        """Remove."""
        return self.send("DELETE", path, **headers)

    @property
    def actor(self) -> Actor:
        """The system in this caller's chain, to prepare what a test needs."""
        return system_actor(self.chain_id)


def open_chain(
    name: str = "Kaffee Nord", *, country: str = "DE", currency: str = "EUR", is_test: bool = False
) -> Caller:
    """A chain with an owner and a key that has all scopes."""
    draft = ChainDraft(name=name, country=country, currency=currency, time_zone="Europe/Berlin", language="en")
    chain = create_chain(draft, now=timezone.now(), is_test=is_test)
    return add_caller(chain.id)


def add_caller(
    chain_id: UUID, *, role: str = "owner", scopes: frozenset[str] = ALL_RIGHTS, location_ids: list[UUID] | None = None
) -> Caller:
    """Another staff login of the chain with a key of its own."""
    key = f"rk_{secrets.token_urlsafe(32)}"
    login_id = new_id()
    with unit_of_work(chain_id, login_id=login_id):
        login = Login.objects.create(id=login_id, email=f"{login_id.hex}@example.com", password="!", name="Anna")
        staff = Staff.objects.create(chain_id=chain_id, login=login, role=role, location_ids=location_ids)
        ApiKey.objects.create(
            chain_id=chain_id, staff=staff, name="tests", start=key[:7], key_hash=hash_key(key), scopes=sorted(scopes)
        )
    return Caller(chain_id, staff.id, key)
