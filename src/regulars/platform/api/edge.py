"""The edge of the API: every request passes here, in this order: rate, key, right, body, idempotency, route."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import ValidationErrorContext
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.parser import Parser
from pydantic import ValidationError

from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.platform.api.bodies import NOTHING, check_multipart, read_json
from regulars.platform.api.documented import PROBLEM_SCHEMA, SECURITY_NAME
from regulars.platform.api.field_errors import invalid_of
from regulars.platform.api.idempotency import answer_by_action, answer_in_one_transaction, claim_of
from regulars.platform.api.keys import (
    actor_of_key,
    assumed_key,
    forget_key,
    key_hash_of,
    remember_key,
    row_of_key,
)
from regulars.platform.api.rates import count_request, headers_of_refused
from regulars.platform.api.routes import OPTIONS_OF, ApiRequest, RouteOptions
from regulars.platform.assumed_key import CLOCK_PLACE, DoorRow, KeyChanged, assuming
from regulars.platform.clock import now_ahead
from regulars.platform.errors import RateLimited
from regulars.platform.input_text import check_query
from regulars.platform.languages import speak
from regulars.platform.logs import note_actor

Run = Callable[..., HttpResponseBase]


class BodyParser(Parser):
    """Gives the framework the body that the strict parser has read already."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The value of the JSON body."""
        return request.parsed  # type: ignore[attr-defined]

    def parse_querydict(self, data: Any, list_fields: list[str], request: HttpRequest) -> dict[str, Any]:
        """The fields of the query string or form. Refuses: Invalid where one stands there twice that is no list."""
        for name, values in data.lists():
            if len(values) > 1 and name not in list_fields:
                raise Refused(Invalid(errors=(_doubled(data, name),)))
        return super().parse_querydict(data, list_fields, request)


def _doubled(data: Any, name: str) -> FieldProblem:
    prefix = "/query/" if isinstance(data, QueryDict) else "/"
    return FieldProblem(prefix + name, "duplicate_field", _("This field is there more than once."))


class Document(OpenAPISchema):
    """The API document; refuses two different schemas with one name, of which only one would be described."""

    def add_schema_definitions(self, definitions: dict[str, Any]) -> None:
        """Add schemas; raises ValueError where a name means something else already."""
        for name, schema in definitions.items():
            if self.schemas.setdefault(name, schema) != schema:
                raise ValueError(f"two features describe different things as {name}")


class EdgeApi(NinjaAPI):
    """The API with our edge around each of its operations; exceptions pass through to it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(parser=BodyParser(), docs_url=None, openapi_url=None, **options)
        self.add_decorator(at_the_edge, mode="view")

    def on_exception(self, request: HttpRequest, exc: Any) -> HttpResponse:
        """Let the edge decide: it must roll back and store before it answers."""
        raise exc

    def validation_error_from_error_contexts(self, error_contexts: list[ValidationErrorContext[Any]]) -> Any:
        """All that the models found wrong, as one refusal."""
        problems: list[FieldProblem] = []
        for context in error_contexts:
            source = str(context.model.__ninja_param_source__)
            prefix = "" if source in {"body", "form"} else f"/{source}"
            found = invalid_of(prefix, context.pydantic_validation_error.errors(include_url=False), skip=1)
            problems.extend(found.errors)
        return Refused(Invalid(errors=tuple(problems)))

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The API document, with the kinds of answers and the key that all routes share."""
        document = Document(api=self, path_prefix=options.get("path_prefix") or self.get_root_path({}))
        document["components"]["schemas"]["Problem"] = PROBLEM_SCHEMA
        document["components"]["securitySchemes"] = {
            SECURITY_NAME: {"type": "http", "scheme": "bearer", "description": "An API key: `rk_…`."}
        }
        return document


def at_the_edge(run: Run) -> Run:
    """Decorate the run of an operation with everything that all routes do."""
    operation: Operation = run.__self__  # type: ignore[attr-defined]
    options = OPTIONS_OF[operation.view_func]
    known = known_query_fields(operation)
    has_body = any(model.__ninja_param_source__ == "body" for model in operation.models)

    def serve(request: ApiRequest, **path: str) -> HttpResponseBase:
        key_hash = key_hash_of(request)
        rate_headers = count_request(key_hash)
        try:
            response = answer_for_key(request, key_hash, path)
        except Exception as fault:
            fault.rate_headers = rate_headers  # type: ignore[attr-defined]
            raise
        for name, value in rate_headers.items():
            response[name] = value
        return response

    def answer_for_key(request: ApiRequest, key_hash: bytes, path: dict[str, str]) -> HttpResponseBase:
        if options.is_hot and (assumed := assumed_key(key_hash)):
            try:
                with assuming(assumed):
                    return answer_for_actor(request, assumed.row, path)
            except KeyChanged:
                forget_key(key_hash)
        row = row_of_key(key_hash)
        if options.is_hot:
            remember_key(key_hash, row)
        return answer_for_actor(request, row, path)

    def answer_for_actor(request: ApiRequest, row: DoorRow, path: dict[str, str]) -> HttpResponseBase:
        actor = actor_of_key(request, row)
        request.actor = actor
        request.now = now_ahead(row[CLOCK_PLACE])
        note_actor(request, chain_id=actor.chain_id, key_id=actor.key_id)
        if "HTTP_ACCEPT_LANGUAGE" not in request.META:
            # Without that header the handler has begun in English; another try may have gone on in the key's language.
            speak(actor.language, instead_of=vars(request).get("spoken", "en"))
            request.spoken = actor.language  # type: ignore[attr-defined]
        return _answer(run, options, request, path, known=known, has_body=has_body)

    return serve


def _answer(
    run: Run, options: RouteOptions, request: ApiRequest, path: dict[str, str], *, known: frozenset[str], has_body: bool
) -> HttpResponseBase:
    request.actor.require(options.needs)
    check_query(request)
    check_query_fields(request, known)
    body: Any = NOTHING
    if options.body == "multipart":
        check_multipart(request, bytes_max=options.bytes_max)
    elif options.body == "json" and options.method in {"POST", "PATCH", "PUT"}:
        body = read_json(request, bytes_max=options.bytes_max)
        if body is not NOTHING and not has_body and body != {}:
            raise Refused(Invalid(errors=(FieldProblem("", "unknown_field", _("This address takes no body.")),)))
    request.parsed = body  # type: ignore[attr-defined]
    if options.body == "json":
        # The framework looks at the raw body only to learn whether there is one.
        request._body = b"" if body is NOTHING else b"{}"
    request.claim = None
    if options.key != "none" and options.body == "json":
        hashed = None if body is NOTHING else body
        required = options.key == "required"
        request.claim = claim_of(request, request.actor, route=options.name, required=required, path=path, body=hashed)
    # A request that its schema refuses never began: its key stays free for the corrected one.
    values = _read_values(run, request, path)
    view = run.__self__.view_func  # type: ignore[attr-defined]
    work = answer_in_one_transaction if options.transaction == "joined" else answer_by_action
    return work(request.actor, request.claim, lambda: view(request, **values))


def _read_values(run: Run, request: HttpRequest, path: dict[str, str]) -> dict[str, Any]:
    operation: Operation = run.__self__  # type: ignore[attr-defined]
    values: dict[str, Any] = {}
    try:
        for model in operation.models:
            # What the framework does, without asking each model first whether it is a mapping.
            values |= vars(model.resolve(request, operation.api, path))
    except ValidationError:
        # Again, to gather what all of them find wrong. No route of ours asks for the framework's own answer object.
        values = operation._get_values(request, path, None)  # type: ignore[arg-type]
    return values


def known_query_fields(operation: Operation) -> frozenset[str]:
    """The names that a route takes in its query string."""
    names: set[str] = set()
    for model in operation.models:
        if model.__ninja_param_source__ == "query":
            names |= set(getattr(model, "__ninja_flatten_map__", None) or model.model_fields)
    return frozenset(names)


def check_query_fields(request: HttpRequest, known: frozenset[str]) -> None:
    """Refuse fields in the query string that the route does not have. Refuses: Invalid."""
    if not request.META.get("QUERY_STRING"):
        return
    unknown = [name for name in request.GET if name not in known]
    if unknown:
        detail = _("There is no such field here.")
        problems = [FieldProblem(f"/query/{name[:100]}", "unknown_field", detail) for name in unknown[:20]]
        raise Refused(Invalid(errors=tuple(problems)))


def rate_headers_of(fault: BaseException) -> dict[str, str]:
    """The rate headers that an answer to this fault carries as well."""
    if isinstance(fault, Refused) and isinstance(fault.refusal, RateLimited):
        return headers_of_refused(fault.refusal)
    found: dict[str, str] = getattr(fault, "rate_headers", {})
    return found
