"""A caller who imports over HTTP, with the worker done by hand."""

import io
import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils import timezone

from regulars.imports.actions.steps import run_step
from regulars.imports.actions.undoing import run_undo
from regulars.imports.models import Import
from regulars.kernel.ids import decode
from regulars.platform.database import unit_of_work
from tests.contract.chains import Caller, Reply

ANNA, BORIS, CLARA = "+4915123456701", "+4915123456702", "+4915123456703"


BROKEN = Path(__file__).parents[2] / "examples" / "broken"


_names = itertools.count(1)


@dataclass
class Shop:
    """A caller with a card type, and how to import into it."""

    caller: Caller

    def upload(self, content: str | bytes, *, key: str | None = None, name: str = "", **fields: Any) -> Reply:
        """POST /imports with a file; `card_type` and `mode` have defaults, None leaves a field out."""
        given = {"kind": "cards", "card_type": "ext:coffee", "mode": "add"} | fields
        data: dict[str, Any] = {
            field: json.dumps(value) if isinstance(value, dict) else value
            for field, value in given.items()
            if value is not None
        }
        file = io.BytesIO(content.encode() if isinstance(content, str) else content)
        file.name = name or f"file-{next(_names)}.csv"
        headers: dict[str, Any] = {"HTTP_AUTHORIZATION": f"Bearer {self.caller.key}"}
        if key:
            headers["HTTP_IDEMPOTENCY_KEY"] = key
        response = self.caller.client.post("/api/v1/imports", {**data, "file": file}, **headers)
        return Reply(response.status_code, json.loads(response.content), dict(response.headers))

    def settle(self, identifier: str) -> dict[str, Any]:
        """What the worker does, then the import as it is."""
        steps = {"reading": "read", "checking": "check", "applying": "apply"}
        import_id = decode("imp", identifier)
        assert import_id
        for _ in range(4):
            with unit_of_work(self.caller.chain_id):
                state = Import.objects.values_list("state", flat=True).get(id=import_id)
            if state == "undoing":
                run_undo(self.caller.chain_id, import_id, now=timezone.now())
            elif state in steps:
                run_step(self.caller.chain_id, import_id, steps[state], now=timezone.now())
        return self.read(identifier)

    def read(self, identifier: str) -> dict[str, Any]:
        """GET /imports/{id}."""
        reply = self.caller.get(f"/imports/{identifier}")
        assert reply.status == 200, reply.body
        return dict(reply.body)

    def check(self, content: str | bytes, **fields: Any) -> dict[str, Any]:
        """Upload and let it be checked."""
        reply = self.upload(content, **({"again": "true"} | fields))
        assert reply.status == 201, reply.body
        return self.settle(reply.body["id"])

    def rows(self, one: dict[str, Any], status: str = "") -> list[dict[str, Any]]:
        """GET /imports/{id}/rows."""
        reply = self.caller.get(f"/imports/{one['id']}/rows?status={status}")
        assert reply.status == 200, reply.body
        return list(reply.body["items"])

    def outcome(self, content: str, **fields: Any) -> dict[str, Any]:
        """The last row of a file that was checked."""
        one = self.check(content, **fields)
        assert one["state"] == "checked", one
        return self.rows(one)[-1]

    def apply(self, one: dict[str, Any], body: Any = None) -> dict[str, Any]:
        """Apply and let it be written."""
        reply = self.caller.post(f"/imports/{one['id']}/apply", body)
        assert reply.status == 200, reply.body
        return self.settle(one["id"])

    def bring(self, content: str | bytes, **fields: Any) -> dict[str, Any]:
        """Upload, check and apply."""
        return self.apply(self.check(content, **fields))

    def undo(self, one: dict[str, Any]) -> dict[str, Any]:
        """Undo and let it be done."""
        reply = self.caller.post(f"/imports/{one['id']}/undo")
        assert reply.status == 200, reply.body
        return self.settle(one["id"])

    def card(self, phone: str) -> dict[str, Any]:
        """The only card that this phone finds."""
        items = self.caller.get(f"/cards?phone=%2B{phone[1:]}").body["items"]
        assert len(items) == 1, items
        return dict(self.caller.get(f"/cards/{items[0]['id']}").body)

    def total(self, phone: str, balance_type: str = "bonus") -> str:
        """What its balance is."""
        return total_of(self.card(phone), balance_type)


def total_of(card: dict[str, Any], balance_type: str = "bonus") -> str:
    return str(next(b["total"] for b in card["balances"] if b["balance_type"] == balance_type))


def open_shop(caller: Caller) -> Shop:
    """A shop with points, a deposit and stamps on one card type, `coffee`."""
    balance_types = [
        {"external_id": "bonus", "name": "Bonus", "kind": "points", "decimals": 2},
        {"external_id": "deposit", "name": "Deposit", "kind": "deposit"},
        {"external_id": "stamps", "name": "Stamps", "kind": "stamps"},
    ]
    program = caller.post("/programs", {"name": "Club", "state": "active", "balance_types": balance_types})
    assert program.status == 201, program.body
    body = {"name": "Coffee card", "program": program.body["id"], "external_id": "coffee", "goal": 8}
    assert caller.post("/card-types", body).status == 201
    return Shop(caller)


def sheet(*rows: str, head: str = "phone;number;name;balance;deposit") -> str:
    return "\n".join([head, *rows]) + "\n"
