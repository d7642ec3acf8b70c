"""The manners of the API (API.md, "Manners"), tried on the plainest routes."""

import io
import json
from typing import Any

import pytest
from django.test import Client

from tests.contract.chains import Caller, Reply, add_caller

LOCATION = {"name": "Ku’damm", "external_id": "kudamm"}


def is_problem(reply: Reply, status: int, code: str) -> bool:
    assert (reply.status, reply.code) == (status, code), reply
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "code", "request_id"} <= set(reply.body)
    assert reply.body["status"] == status
    assert reply.body["type"].endswith(f"/docs/problems#{code}")
    assert reply.body["request_id"] == reply.headers["X-Request-ID"]
    return True


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer rk_",
        "Bearer rk_" + "a" * 43,
        "Basic cms6cms=",
        "Bearer sk_aaaaaaaaaaaaaaaaaaaa",
        "Bearer rk_ÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿ",
    ],
)
def test_without_a_valid_key_nothing_is_told(caller: Caller, header: str) -> None:
    reply = caller.get("/locations", HTTP_AUTHORIZATION=header)
    assert is_problem(reply, 401, "unauthorized")
    assert reply.headers["WWW-Authenticate"] == "Bearer"


def test_a_session_cookie_opens_nothing(caller: Caller) -> None:
    client = Client(raise_request_exception=False)
    client.cookies["session"] = "x" * 32
    assert client.get("/api/v1/locations").status_code == 401


def test_a_key_acts_within_its_role_and_its_scopes(caller: Caller) -> None:
    reader = add_caller(caller.chain_id, scopes=frozenset({"settings:read"}))
    assert reader.get("/locations").status == 200
    refused = reader.post("/locations", LOCATION)
    assert is_problem(refused, 403, "forbidden")
    assert refused.body["needs"] == "settings:write"
    analyst = add_caller(caller.chain_id, role="analyst")
    assert is_problem(analyst.get("/locations"), 403, "forbidden")


def test_an_object_of_another_chain_is_as_missing_as_one_that_never_was(caller: Caller, stranger: Caller) -> None:
    made = caller.post("/locations", LOCATION).body
    theirs = stranger.get(f"/locations/{made['id']}")
    never = stranger.get("/locations/loc_00000000000000000000000000")
    assert is_problem(theirs, 404, "not_found")
    assert {**theirs.body, "request_id": ""} == {**never.body, "request_id": ""}
    assert is_problem(stranger.get("/locations/ext:kudamm"), 404, "not_found")
    assert is_problem(stranger.patch(f"/locations/{made['id']}", {"name": "Mine"}), 404, "not_found")


@pytest.mark.parametrize(
    "identifier",
    [
        "x",
        "cus_00000000000000000000000000",
        "loc_",
        "loc_%00",
        "loc_ü",
        "d96f98dd-8a0b-4b46-8a3e-6f67986e2615",
        "%ED%A0%80",
    ],
)
def test_what_is_no_id_finds_nothing(caller: Caller, identifier: str) -> None:
    assert is_problem(caller.get(f"/locations/{identifier}"), 404, "not_found")


@pytest.mark.parametrize("value", ["", "a%00b", "ä", "a b", "x" * 129])
def test_what_is_no_external_id_is_said_so(caller: Caller, value: str) -> None:
    assert is_problem(caller.get(f"/locations/ext:{value}"), 422, "invalid_external_id")


def test_external_ids_work_in_place_of_ids(caller: Caller) -> None:
    made = caller.post("/locations", LOCATION)
    assert made.status == 201
    assert caller.get("/locations/ext:kudamm").body == made.body


def test_unknown_addresses_and_methods_are_problems_too(caller: Caller) -> None:
    assert is_problem(caller.get("/nowhere"), 404, "no_such_address")
    refused = caller.send("DELETE", "/locations")
    assert is_problem(refused, 405, "method_not_allowed")
    assert "GET" in refused.headers["Allow"]


def bodies() -> dict[str, tuple[bytes, int, str]]:
    deep = b"[" * 100_000 + b"]" * 100_000
    deep_objects = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    return {
        "cut off": (b'{"name": "a', 400, "malformed_body"),
        "no json": (b"name=a", 400, "malformed_body"),
        "two values": (b"{} {}", 400, "malformed_body"),
        "latin-1": (b'{"name": "caf\xe9"}', 400, "malformed_body"),
        "surrogate in utf-8": (b'{"name": "\xed\xa0\x80"}', 400, "malformed_body"),
        "raw control character": (b'{"name": "a\x01b"}', 400, "malformed_body"),
        "byte order mark": (b"\xef\xbb\xbf{}", 400, "malformed_body"),
        "deep arrays": (deep, 422, "invalid_request"),
        "deep objects": (deep_objects, 422, "invalid_request"),
        "deep and open": (b"[" * 100_000, 422, "invalid_request"),
        "five thousand digits": (b'{"name": ' + b"9" * 5000 + b"}", 422, "invalid_request"),
        "five thousand decimals": (b'{"name": 0.' + b"9" * 5000 + b"}", 422, "invalid_request"),
        "enormous exponent": (b'{"name": 1e999999999}', 422, "invalid_request"),
        "enormous negative exponent": (b'{"name": 1e-999999999}', 422, "invalid_request"),
        "not a number": (b'{"name": NaN}', 422, "invalid_request"),
        "infinity": (b'{"name": -Infinity}', 422, "invalid_request"),
        "lone surrogate": (b'{"name": "\\ud800"}', 422, "invalid_request"),
        "lone surrogate as a name": (b'{"\\udfff": 1}', 422, "invalid_request"),
        "nul": (b'{"name": "a\\u0000b"}', 422, "invalid_request"),
        "delete": (b'{"name": "a\x7fb"}', 422, "invalid_request"),
        "same field twice": (b'{"name": "a", "name": "b"}', 422, "invalid_request"),
        "unknown field": (b'{"name": "a", "colour": "red"}', 422, "invalid_request"),
        "a list": (b"[]", 422, "invalid_request"),
        "null": (b"null", 422, "invalid_request"),
        "nothing": (b"", 422, "invalid_request"),
        "a number as text": (b'{"name": 5}', 422, "invalid_request"),
        "too large": (b'{"name": "' + b"a" * 1_000_000 + b'"}', 413, "body_too_large"),
    }


@pytest.mark.parametrize("what", bodies())
def test_bad_bodies_are_refused_with_their_reason(caller: Caller, what: str) -> None:
    raw, status, code = bodies()[what]
    assert is_problem(caller.post("/locations", raw=raw), status, code)
    assert caller.get("/locations").body["items"][0]["name"] == "Kaffee Nord"


@pytest.mark.parametrize(("size", "status"), [(10, 201), (1_000_001, 413)])
def test_a_body_in_chunks_is_read_up_to_the_same_limit(caller: Caller, size: int, status: int) -> None:
    body = b'{"name": "Chunks"' + b" " * size + b"}"
    chunked: dict[str, Any] = {"CONTENT_LENGTH": "", "wsgi.input": io.BytesIO(body)}
    reply = caller.post("/locations", raw=b"x", HTTP_TRANSFER_ENCODING="chunked", **chunked)
    assert reply.status == status, reply.body


@pytest.mark.parametrize(
    ("raw", "pointer", "code"),
    [
        (b'{"name": "a\\u0000b"}', "/name", "invalid_text"),
        (b'{"a/b~": {"x": ["\\ud800"]}}', "/a~1b~0/x/0", "invalid_text"),
        (b'{"name": "a", "x": 1, "x": 2}', "/x", "duplicate_field"),
        (b'{"x": [1, 1e21]}', "/x/1", "number_out_of_range"),
        (b'{"x": NaN}', "/x", "not_a_number"),
        (b'{"colour": 1, "name": "a"}', "/colour", "unknown_field"),
        (b"{}", "/name", "required"),
        (b'{"name": ""}', "/name", "too_short"),
        (b'{"name": true}', "/name", "wrong_type"),
        (b'{"name": "a", "time_zone": "Mars/Olympus"}', "/time_zone", "unknown_time_zone"),
    ],
)
def test_field_errors_point_to_the_field(caller: Caller, raw: bytes, pointer: str, code: str) -> None:
    reply = caller.post("/locations", raw=raw)
    assert is_problem(reply, 422, "invalid_request")
    assert reply.codes_at().get(pointer) == code, reply.body
    assert all(error["detail"] for error in reply.body["errors"])


@pytest.mark.parametrize("value", ["a b", "", "x" * 129, "ä", "a/b", "a\n"])
def test_an_external_id_in_a_body_has_its_own_code(caller: Caller, value: str) -> None:
    reply = caller.post("/locations", {"name": "a", "external_id": value})
    assert is_problem(reply, 422, "invalid_external_id")
    assert reply.codes_at() == {"/external_id": "invalid_external_id"}


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_another_content_type_is_refused(caller: Caller, content_type: str) -> None:
    reply = caller.post("/locations", raw=b'{"name": "a"}', content_type=content_type)
    assert is_problem(reply, 415, "wrong_content_type")


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("?colour=red", "/query/colour", "unknown_field"),
        ("?archived=maybe", "/query/archived", "wrong_type"),
        ("?archived=true&archived=false", "/query/archived", "duplicate_field"),
        ("?archived=a%00b", "/query/archived", "invalid_text"),
    ],
)
def test_query_strings_are_checked_as_strictly(caller: Caller, query: str, pointer: str, code: str) -> None:
    reply = caller.get(f"/locations{query}")
    assert is_problem(reply, 422, "invalid_request")
    assert reply.codes_at() == {pointer: code}


def test_problems_speak_the_language_that_is_asked_for(caller: Caller) -> None:
    assert caller.get("/nowhere", HTTP_ACCEPT_LANGUAGE="xx, en").status == 404
    assert caller.get("/locations", HTTP_ACCEPT_LANGUAGE="\x00" * 10 + "ru;q=" + "9" * 5000).status == 200


def test_the_same_key_and_body_give_the_first_answer_again(caller: Caller) -> None:
    first = caller.post("/locations", LOCATION, key="one")
    again = caller.send("POST", "/locations", raw=b'{ "external_id": "kudamm",  "name": "Ku\\u2019damm" }', key="one")
    assert (first.status, again.status) == (201, 201)
    assert again.body == first.body
    assert again.headers["Idempotent-Replay"] == "true"
    assert "Idempotent-Replay" not in first.headers
    assert len(caller.get("/locations").body["items"]) == 2


def test_the_same_key_with_another_body_is_refused(caller: Caller) -> None:
    caller.post("/locations", LOCATION, key="one")
    assert is_problem(caller.post("/locations", {"name": "Other"}, key="one"), 409, "idempotency_key_reused")


def test_the_same_key_on_another_object_is_refused(caller: Caller) -> None:
    made = [caller.post("/locations", {"name": name}).body["id"] for name in ("One", "Two")]
    assert caller.post(f"/locations/{made[0]}/archive", key="one").status == 200
    assert is_problem(caller.post(f"/locations/{made[1]}/archive", key="one"), 409, "idempotency_key_reused")


def test_a_refusal_is_repeated_even_when_its_reason_is_gone(caller: Caller) -> None:
    only = caller.get("/locations").body["items"][0]["id"]
    refused = caller.post(f"/locations/{only}/archive", key="one")
    assert is_problem(refused, 409, "last_location")
    caller.post("/locations", LOCATION)
    again = caller.post(f"/locations/{only}/archive", key="one")
    assert (again.status, again.body) == (refused.status, refused.body)
    assert again.headers["Idempotent-Replay"] == "true"
    assert again.headers["Content-Type"] == "application/problem+json"
    assert caller.post(f"/locations/{only}/archive", key="two").status == 200


def test_a_body_that_cannot_be_read_does_not_use_up_the_key(caller: Caller) -> None:
    assert caller.post("/locations", {"name": 1}, key="one").status == 422
    assert caller.post("/locations", LOCATION, key="one").status == 201


def test_keys_belong_to_one_api_key_and_one_route(caller: Caller) -> None:
    colleague = add_caller(caller.chain_id)
    assert caller.post("/locations", {"name": "A"}, key="one").status == 201
    assert colleague.post("/locations", {"name": "B"}, key="one").status == 201
    assert [item["name"] for item in caller.get("/locations").body["items"]] == ["A", "B", "Kaffee Nord"]


@pytest.mark.parametrize("key", ["", "a b", "ü", "x" * 201, "a\x7f"])
def test_a_key_that_cannot_be_kept_is_refused(caller: Caller, key: str) -> None:
    assert is_problem(caller.post("/locations", LOCATION, key=key), 422, "invalid_idempotency_key")


def test_etag_and_if_match_guard_a_change(caller: Caller) -> None:
    made = caller.post("/locations", LOCATION)
    path = f"/locations/{made.body['id']}"
    tag = made.headers["ETag"]
    assert caller.get(path).headers["ETag"] == tag
    changed = caller.patch(path, {"name": "New"}, HTTP_IF_MATCH=tag)
    assert (changed.status, changed.body["name"]) == (200, "New")
    assert changed.headers["ETag"] != tag
    for stale in (tag, '"999"', 'W/"2"', "nonsense", '"1", "2"'):
        assert is_problem(caller.patch(path, {"name": "Newer"}, HTTP_IF_MATCH=stale), 412, "changed_meanwhile")
    assert caller.patch(path, {"name": "Newest"}, HTTP_IF_MATCH="*").status == 200
    assert caller.patch(path, {"external_id": None}).body["external_id"] is None


def test_every_answer_says_how_many_requests_are_left(caller: Caller, settings: Any) -> None:
    settings.KEY_REQUESTS_PER_MINUTE = 3
    assert caller.get("/locations").headers["RateLimit-Remaining"] == "2"
    assert caller.get("/locations/x").headers["RateLimit-Remaining"] == "1"
    assert caller.get("/locations").status == 200
    refused = caller.get("/locations")
    assert is_problem(refused, 429, "rate_limited")
    assert 1 <= int(refused.headers["Retry-After"]) <= 20
    assert refused.headers["RateLimit-Remaining"] == "0"


def test_the_document_names_every_route_and_its_page_shows_them(caller: Caller) -> None:
    client = Client()
    document = json.loads(client.get("/api/v1/openapi.json").content)
    assert document["openapi"].startswith("3.1")
    page = client.get("/api/v1/docs")
    text = page.content.decode()
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert path in text
            assert f'id="{operation["operationId"]}"' in text
    assert "style=" not in text
    assert "<script>" not in text


def test_every_code_is_explained_on_the_page_that_types_point_to(caller: Caller) -> None:
    page = Client().get("/docs/problems").content.decode()
    for code in ("unauthorized", "idempotency_key_reused", "insufficient_balance", "invalid_cursor", "phone_taken"):
        assert f'id="{code}"' in page
