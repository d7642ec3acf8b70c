"""Writes of saved views (CUS-2)."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.utils import IntegrityError
from django.http import QueryDict

from regulars.customers.errors import ViewNameTaken
from regulars.customers.models import SavedView
from regulars.customers.queries.views import RIGHT_OF_LIST, SavedViewLine, access_view
from regulars.kernel.fields import check_choice, check_name, check_text
from regulars.kernel.ids import new_id
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.kernel.text import one_line
from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.platform.database import unit_of_work

VIEWS_MAX: Final = 50
QUERY_LENGTH_MAX: Final = 2_000
NOT_KEPT: Final = ("after", "before", "open", "view", "id", "all")


def save_view(actor: Actor, *, list_name: str, name: str, query: str, now: datetime) -> SavedViewLine:
    """Save a list's filter, order and columns under a name for everybody in the chain.

    Refuses: Forbidden, Invalid, ViewNameTaken.
    """
    problems = [*check_choice(list_name, tuple(RIGHT_OF_LIST), "/list_name"), *_check(name, query)]
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    actor.require(RIGHT_OF_LIST[list_name])
    with unit_of_work(actor.chain_id):
        if SavedView.objects.filter(chain_id=actor.chain_id, list_name=list_name).count() >= VIEWS_MAX:
            raise Refused(Invalid(errors=(FieldProblem("/name", "too_many", f"At most {VIEWS_MAX} views."),)))
        made = SavedView(
            id=new_id(),
            chain_id=actor.chain_id,
            list_name=list_name,
            name=one_line(name),
            query=clean_query(query),
            created_by=actor.staff_id,
            created_at=now,
        )
        _write(made)
        _record(actor, "view.saved", made, now=now)
        return SavedViewLine(id=made.id, list_name=list_name, name=made.name, query=made.query)


def rename_view(actor: Actor, identifier: str, *, name: str, query: str | None = None, now: datetime) -> SavedViewLine:
    """Give a view another name, and what it shows where `query` says it.

    Refuses: Forbidden, NotFound, Invalid, ViewNameTaken.
    """
    with unit_of_work(actor.chain_id):
        line = access_view(actor, identifier)
        problems = _check(name, query or "")
        if problems:
            raise Refused(Invalid(errors=tuple(problems)))
        found = SavedView.objects.select_for_update(no_key=True).get(id=line.id)
        found.name = one_line(name)
        found.query = found.query if query is None else clean_query(query)
        _write(found)
        _record(actor, "view.changed", found, now=now)
        return SavedViewLine(id=found.id, list_name=found.list_name, name=found.name, query=found.query)


def delete_view(actor: Actor, identifier: str, *, now: datetime) -> SavedViewLine:
    """Delete a view and return what it was, so that it can be saved again. Refuses: Forbidden, NotFound."""
    with unit_of_work(actor.chain_id):
        line = access_view(actor, identifier)
        SavedView.objects.filter(id=line.id).delete()
        audit.record(
            actor, verb="view.deleted", object_kind="view", object_id=line.id, now=now, before={"name": line.name}
        )
        return line


def clean_query(query: str) -> str:
    """A list's query string without a place in the list, an opened row, or anything empty."""
    given = QueryDict(query.removeprefix("?"), mutable=True)
    for name in NOT_KEPT:
        given.pop(name, None)
    for name in [name for name, values in given.lists() if not any(values)]:
        del given[name]
    return given.urlencode()


def _check(name: str, query: str) -> list[FieldProblem]:
    return [*check_name(name, "/name"), *check_text(query, "/query", length_max=QUERY_LENGTH_MAX)]


def _write(one: SavedView) -> None:
    try:
        one.save()
    except IntegrityError as problem:
        raise Refused(ViewNameTaken(name=one.name)) from problem


def _record(actor: Actor, verb: str, one: SavedView, *, now: datetime) -> None:
    identifier: UUID = one.id
    after = {"list": one.list_name, "name": one.name, "query": one.query}
    audit.record(actor, verb=verb, object_kind="view", object_id=identifier, now=now, after=after)
