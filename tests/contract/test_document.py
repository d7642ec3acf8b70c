"""What the API document promises, tried with thousands of requests that it allows and that it forbids."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from regulars.project.wsgi import application
from tests.contract.cards_kit import adjust, issue, make_program
from tests.contract.chains import Caller, add_caller

CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES: Final = 12
REAL_EACH: Final = 4
"""Of so many requests all but one name objects that exist; the other keeps what was made up."""
SEED: Final = 20261122

DOCUMENT: Final = schemathesis.openapi.from_dict(json.loads(Client().get("/api/v1/openapi.json").content))
DOCUMENT.app = application
OPERATIONS: Final = {found.ok().label: found.ok() for found in DOCUMENT.get_all_operations() if isinstance(found, Ok)}


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Keep the test's connection, with its transaction, over requests: a server would look after it between them."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def objects(caller: Caller) -> dict[str, str]:
    """An id for each name that stands in a path or a body."""
    make_program(caller)
    caller.post("/card-types", {"name": "Card", "program": "ext:coffee-club", "external_id": "coffee", "goal": 8})
    add_caller(caller.chain_id, role="cashier")
    people = {person["role"]: person["id"] for person in caller.get("/staff").body["items"]}
    keys = {key["staff"]: key["id"] for key in caller.get("/keys").body["items"]}
    card = str(issue(caller)["id"])
    return {
        "card": card,
        "to": str(issue(caller, "+4915123456780")["id"]),
        "transaction": adjust(caller, card, "5").body["id"],
        "customer": caller.post("/customers", {"email": "a@example.com", "external_id": "anna"}).body["id"],
        "program": "ext:coffee-club",
        "card_type": "ext:coffee",
        "balance_type": "points",
        "location": caller.get("/locations").body["items"][0]["id"],
        "person": people["cashier"],
        "key": keys[people["cashier"]],
        "batch": caller.post("/card-batches", {"card_type": "ext:coffee", "count": 2}).body["id"],
        "bulk": caller.post("/bulk-issues", {"card_type": "ext:coffee"}).body["id"],
        "import_id": start_import(caller),
        "export": caller.post("/exports", {"kind": "cards", "format": "csv"}).body["id"],
        "invitation": caller.post("/staff/invitations", {"email": "n@example.com", "role": "analyst"}).body["id"],
    }


def start_import(caller: Caller) -> str:
    """An import of pasted cells, which waits to be read."""
    response = caller.client.post(
        "/api/v1/imports",
        {"text": "phone;points\n+4915123456781;5\n", "kind": "cards", "card_type": "ext:coffee", "mode": "add"},
        headers={"authorization": f"Bearer {caller.key}"},
    )
    assert response.status_code == 201, response.content
    return str(response.json()["id"])


def try_out(operation: Any, mode: GenerationMode, caller: Caller, objects: dict[str, str], checks: list[Any]) -> None:
    """Send many requests of one kind to one operation, and check each answer."""
    tried = iter(range(10**6))

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def attempt(case: Any) -> None:
        if next(tried) % REAL_EACH:
            put_real(case, objects, with_body=mode is GenerationMode.POSITIVE)
        response = case.call(headers={"Authorization": f"Bearer {caller.key}"})
        case.validate_response(response, checks=checks)

    attempt()


def put_real(case: Any, objects: dict[str, str], *, with_body: bool) -> None:
    """Let a request name objects that exist."""
    for name in case.path_parameters or {}:
        case.path_parameters[name] = objects.get(name, "1")
    if with_body and isinstance(case.body, dict):
        for name, value in case.body.items():
            if isinstance(value, str) and name in objects:
                case.body[name] = objects[name]


@pytest.mark.parametrize("label", OPERATIONS)
def test_every_answer_is_documented_and_what_the_document_forbids_is_refused(
    label: str, caller: Caller, objects: dict[str, str], one_connection: None, settings: Any
) -> None:
    settings.KEY_REQUESTS_PER_MINUTE = 0
    try_out(OPERATIONS[label], GenerationMode.POSITIVE, caller, objects, CHECKS)
    try_out(OPERATIONS[label], GenerationMode.NEGATIVE, caller, objects, [*CHECKS, negative_data_rejection])
