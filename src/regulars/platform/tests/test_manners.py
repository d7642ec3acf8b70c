"""Parts of the API's manners on their own: rates, cursors, addresses, logs, problems."""

import json
import logging
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from regulars.kernel.refusal import FieldProblem, Forbidden, Invalid, Refused
from regulars.platform.api.listing import check_order, page_of, read_cursor, write_cursor
from regulars.platform.api.rates import KEYS_MAX, Buckets
from regulars.platform.api.versions import expected_version
from regulars.platform.client_address import client_address
from regulars.platform.errors import BodyTooLarge, Busy, InternalError, Unavailable
from regulars.platform.hot import RaceLost
from regulars.platform.input_text import CleanTextForm
from regulars.platform.logs import JsonLines, describe_fault
from regulars.platform.problems import all_refusals, problem_body, problem_of, refusal_of, row_text, sentence


def test_a_bucket_fills_again_with_time() -> None:
    buckets = Buckets(per_minute=60)
    assert [int(buckets.take(b"a", 0.0)) for _ in range(60)] == list(range(59, -1, -1))
    assert buckets.take(b"a", 0.0) == pytest.approx(-1)
    assert buckets.take(b"b", 0.0) == 59
    assert buckets.take(b"a", 1.0) == pytest.approx(0)
    assert buckets.take(b"a", 1000.0) == 59


def test_buckets_of_long_unused_keys_are_forgotten() -> None:
    buckets = Buckets(per_minute=1)
    for number in range(KEYS_MAX + 1):
        buckets.take(number.to_bytes(4, "big"), 0.0)
    assert buckets.take((0).to_bytes(4, "big"), 0.0) == 0
    assert buckets.take(KEYS_MAX.to_bytes(4, "big"), 0.0) < 0


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.integers() | st.none(),
        min_size=1,
        max_size=3,
    )
)
def test_a_cursor_gives_back_what_was_written(position: list[Any]) -> None:
    assert read_cursor("list", write_cursor("list", position), length=len(position)) == position


@given(st.text(max_size=80))
def test_a_made_up_cursor_is_refused(cursor: str) -> None:
    if cursor:
        with pytest.raises(Refused):
            read_cursor("list", cursor)


def test_a_cursor_belongs_to_its_list() -> None:
    with pytest.raises(Refused):
        read_cursor("customers:name", write_cursor("customers:-name", ["a"]))


def test_a_page_says_whether_there_is_another() -> None:
    def page(count: int) -> dict[str, Any]:
        return page_of(list(range(count)), limit=2, listing="x", position=lambda row: [row], present=str)

    assert page(2) == {"items": ["0", "1"], "next_cursor": None}
    assert page(0) == {"items": [], "next_cursor": None}
    assert read_cursor("x", page(3)["next_cursor"]) == [1]


def test_an_order_that_a_list_does_not_have_is_refused() -> None:
    assert check_order(None, ["name"], default="-name") == "-name"
    with pytest.raises(Refused):
        check_order("id; DROP TABLE", ["name"], default="name")


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "expected"),
    [
        ("203.0.113.7", "198.51.100.1", [], "203.0.113.7"),
        ("10.0.0.1", "198.51.100.1", ["10.0.0.0/8"], "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1, 10.0.0.2", ["10.0.0.0/8"], "198.51.100.1"),
        ("10.0.0.1", "", ["10.0.0.0/8"], "10.0.0.1"),
        ("10.0.0.1", "nonsense", ["10.0.0.0/8"], "10.0.0.1"),
        ("10.0.0.1", "1.2.3.4, nonsense, 10.0.0.2", ["10.0.0.0/8"], "10.0.0.2"),
        ("::ffff:10.0.0.1", "[2001:db8::1]:443", ["10.0.0.1"], "2001:db8::1"),
        ("10.0.0.1", "198.51.100.1:5000", ["10.0.0.1"], "198.51.100.1"),
        ("", "198.51.100.1", ["10.0.0.0/8"], ""),
    ],
)
def test_forwarded_addresses_are_believed_as_far_as_the_proxies_reach(
    settings: Any, peer: str, forwarded: str, trusted: list[str], expected: str
) -> None:
    settings.TRUSTED_PROXIES = trusted
    request = RequestFactory().get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded)
    assert client_address(request) == expected


def test_every_refusal_can_be_said_in_every_language() -> None:
    known = all_refusals()
    assert len({kind.code for kind in known}) > 50
    for language in ("en", "ru", "hi"):
        with translation.override(language):
            for kind in known:
                assert sentence(kind()), kind
                assert kind.status in {400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 422, 429, 500, 503}, kind
                assert kind.code == kind.code.lower().replace("-", "_").replace(" ", "_")


def test_values_with_braces_do_not_break_a_sentence() -> None:
    assert "{x}" in sentence(Forbidden(needs="{x}"))
    assert row_text(Busy()) == ("busy", sentence(Busy()))


def test_members_cannot_take_the_place_of_what_every_problem_has() -> None:
    refusal = Invalid(errors=(FieldProblem("/a", "required", "This field is required."),))
    body = problem_body(problem_of(refusal), request_id="r")
    assert list(body) == ["type", "title", "status", "detail", "code", "request_id", "errors"]
    assert body["errors"] == [{"pointer": "/a", "code": "required", "detail": "This field is required."}]


def test_faults_become_the_refusal_that_fits() -> None:
    assert isinstance(refusal_of(psycopg.errors.LockNotAvailable()), Busy)
    assert isinstance(refusal_of(psycopg.errors.DeadlockDetected()), Busy)
    assert isinstance(refusal_of(RaceLost()), Busy)
    assert isinstance(refusal_of(psycopg.OperationalError("connection refused")), Unavailable)
    assert isinstance(refusal_of(psycopg.errors.NumericValueOutOfRange()), Invalid)
    assert isinstance(refusal_of(IntegrityError()), InternalError)
    assert isinstance(refusal_of(ZeroDivisionError()), InternalError)


@pytest.mark.parametrize("tag", ['W/"1"', "1", '"1", "2"', '"x"', '"' + "9" * 50 + '"', '"-1"'])
def test_a_tag_that_no_object_had_never_matches(tag: str) -> None:
    with pytest.raises(Refused):
        expected_version(RequestFactory().patch("/", HTTP_IF_MATCH=tag))


def test_a_fault_is_described_without_what_was_stored() -> None:
    fault = IntegrityError("duplicate key\nDETAIL:  Key (phone)=(+4915123456789)")
    fault.__cause__ = psycopg.errors.UniqueViolation("Key (phone)=(+4915123456789)")
    assert "+4915123456789" not in "\n".join(describe_fault(fault))


def test_a_line_of_the_log_names_the_template_and_no_secret() -> None:
    request = HttpRequest()
    request.path = request.path_info = "/c/very-secret-token"
    record = logging.LogRecord(
        "django.request", logging.ERROR, "x", 1, "Internal Server Error: %s", (request.path,), None
    )
    record.request, record.status_code = request, 500
    line = json.loads(JsonLines().format(record))
    assert "secret" not in json.dumps(line)
    assert line["message"] == "500 at (no route)"


def test_the_access_log_of_a_request_holds_no_path_query_or_header(db: None) -> None:
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Keep()
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("regulars.access")
    logger.addHandler(handler)
    try:
        Client().get("/api/v1/cards/secret-id?secret=1", headers={"authorization": "Bearer rk_secretsecretsecret"})
    finally:
        logger.removeHandler(handler)
    (line,) = lines
    assert "secret" not in line
    assert json.loads(line)["route"] == "api/v1/cards/<card>"
    assert json.loads(line)["status"] == 401


def test_health_and_figures() -> None:
    client = Client()
    assert client.get("/healthz").status_code == 200
    figures = client.get("/metrics").content.decode()
    assert "regulars_answers_total" in figures
    assert client.get("/metrics", REMOTE_ADDR="8.8.8.8").status_code == 403
    assert client.post("/healthz").status_code == 405


def test_figures_with_a_token_are_for_whoever_has_it(settings: Any) -> None:
    settings.METRICS_TOKEN = "s" * 20
    client = Client()
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"authorization": f"Bearer {'s' * 20}"}).status_code == 200


def test_forms_take_no_control_characters() -> None:
    from django import forms

    class NameForm(CleanTextForm):
        name = forms.CharField()

    assert NameForm({"name": "Анна 👩\u200d🍳"}).is_valid()
    assert "name" in NameForm({"name": "a\x1bb"}).errors


def test_too_large_is_said_with_the_limit() -> None:
    assert problem_of(BodyTooLarge(bytes_max=10)).members == {"bytes_max": 10}


@pytest.mark.parametrize("path", ["/sign-in?next=a%00b", "/sign-in?%1b=1"])
def test_pages_refuse_text_that_no_field_takes_before_a_view_sees_it(path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 422
    assert "invalid_request" in answer.content.decode()


def test_posted_text_is_looked_at_as_well() -> None:
    body = "email=a%00b&password=x"
    answer = Client().post("/sign-in", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 422
