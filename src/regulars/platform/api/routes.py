"""How a feature declares a route: the right it needs, what it answers and refuses, and whether it takes a key."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeVar

from django.http import HttpRequest, HttpResponseBase
from ninja import Router
from pydantic import BaseModel

from regulars.kernel.refusal import ChangedMeanwhile, Refusal
from regulars.platform.actor import Actor
from regulars.platform.api.bodies import JSON_BYTES_MAX
from regulars.platform.api.documented import describe
from regulars.platform.claims import Claim

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
KeyUse = Literal["none", "optional", "required"]
Transaction = Literal["joined", "own"]
BodyKind = Literal["json", "multipart", "items"]
Answers = Mapping[int, type[BaseModel] | None]


class ApiRequest(HttpRequest):
    """A request that came through the door: what a route may rely on."""

    actor: Actor
    claim: Claim | None
    now: datetime
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteOptions:
    """What is known of a route beside its function.

    `transaction` is "joined" where the edge opens the unit of work and actions join it, "own" where the action opens
    its own and stores the answer of `request.claim` itself (hot paths, uploads). A body of "items" is read by the route,
    one by one (`bodies.read_items`). `is_hot` sends it the short way
    (`hot_lane`) and lets it act for a key that its own first statement proves (ADR 15).
    """

    method: str
    path: str
    needs: str
    key: KeyUse
    transaction: Transaction
    body: BodyKind
    bytes_max: int
    is_hot: bool = False

    @property
    def name(self) -> str:
        """Method and template: what a key is bound to and what logs name."""
        return f"{self.method} {self.path}"


OPTIONS_OF: Final[dict[Callable[..., HttpResponseBase], RouteOptions]] = {}


class Routes:
    """The routes of one noun, in the order in which the documentation shows them."""

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self.router = Router(tags=[noun])

    def get(
        self,
        path: str,
        *,
        needs: str,
        answers: Answers,
        refuses: Sequence[type[Refusal]] = (),
        transaction: Transaction = "joined",
    ) -> Callable[[View], View]:
        """Declare a read."""
        return self._route("GET", path, needs=needs, answers=answers, refuses=refuses, transaction=transaction)

    def post(
        self,
        path: str,
        *,
        needs: str,
        answers: Answers,
        refuses: Sequence[type[Refusal]] = (),
        key: KeyUse = "optional",
        transaction: Transaction = "joined",
        body: BodyKind = "json",
        bytes_max: int = JSON_BYTES_MAX,
        is_hot: bool = False,
    ) -> Callable[[View], View]:
        """Declare an action; `key="required"` where points, stamps, money, vouchers or codes move."""
        return self._route(
            "POST",
            path,
            needs=needs,
            answers=answers,
            refuses=refuses,
            key=key,
            transaction=transaction,
            body=body,
            bytes_max=bytes_max,
            is_hot=is_hot,
        )

    def patch(
        self, path: str, *, needs: str, answers: Answers, refuses: Sequence[type[Refusal]] = ()
    ) -> Callable[[View], View]:
        """Declare a change of single fields; honours `If-Match` (`versions.expected_version`)."""
        return self._route("PATCH", path, needs=needs, answers=answers, refuses=(*refuses, ChangedMeanwhile))

    def put(
        self, path: str, *, needs: str, answers: Answers, refuses: Sequence[type[Refusal]] = ()
    ) -> Callable[[View], View]:
        """Declare the replacement of a part."""
        return self._route("PUT", path, needs=needs, answers=answers, refuses=refuses)

    def delete(
        self, path: str, *, needs: str, answers: Answers, refuses: Sequence[type[Refusal]] = ()
    ) -> Callable[[View], View]:
        """Declare a removal."""
        return self._route("DELETE", path, needs=needs, answers=answers, refuses=refuses)

    def _route(
        self,
        method: str,
        path: str,
        *,
        needs: str,
        answers: Answers,
        refuses: Sequence[type[Refusal]],
        key: KeyUse = "none",
        transaction: Transaction = "joined",
        body: BodyKind = "json",
        bytes_max: int = JSON_BYTES_MAX,
        is_hot: bool = False,
    ) -> Callable[[View], View]:
        options = RouteOptions(
            method=method,
            path=path,
            needs=needs,
            key=key,
            transaction=transaction,
            body=body,
            bytes_max=bytes_max,
            is_hot=is_hot,
        )

        def declare(view: View) -> View:
            documented = describe(view, method=method, path=path, needs=needs, key=key, refuses=refuses)
            OPTIONS_OF[view] = options
            response: dict[int, Any] = dict(answers)
            self.router.add_api_operation(
                path,
                [method],
                view,
                response=response,
                operation_id=view.__name__,
                summary=documented.summary,
                description=documented.description,
                openapi_extra=documented.extra,
            )
            # The framework would repeat the whole docstring where nothing is left to say after the summary.
            view._ninja_operation.description = documented.description  # type: ignore[attr-defined]
            return view

        return declare
