"""Writes of rewards as they are defined (RWD-2)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from regulars.chains.queries import get_chain
from regulars.kernel.amount import AmountProblem, format_amount, parse_amount
from regulars.kernel.fields import external_id_from
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import ChangedMeanwhile, ExternalIdTaken, FieldProblem, Invalid, Refused
from regulars.kernel.text import one_line
from regulars.platform.actor import Actor
from regulars.platform.audit import changed_only, record
from regulars.platform.database import row, unit_of_work
from regulars.platform.events import announce
from regulars.programs.rules.validity import read_validity
from regulars.rewards.errors import RewardInUse
from regulars.rewards.events import REWARD_CHANGED
from regulars.rewards.models import Reward
from regulars.rewards.queries.rewards import RewardView, access_reward, find_reward
from regulars.rewards.rules.lottery import percent_text
from regulars.rewards.rules.rewards import RewardDraft, check_reward, terms_of


def create_reward(actor: Actor, draft: RewardDraft, *, now: datetime) -> RewardView:
    """Define a reward. Refuses: Forbidden, Invalid, ExternalIdTaken."""
    actor.require("promotions:write")
    with unit_of_work(actor.chain_id):
        columns = _columns(actor, draft, now=now)
        taken = frozenset(Reward.objects.filter(chain_id=actor.chain_id).values_list("external_id", flat=True))
        if draft.external_id and draft.external_id in taken:
            raise Refused(ExternalIdTaken(external_id=draft.external_id))
        made = Reward.objects.create(
            chain_id=actor.chain_id,
            external_id=draft.external_id or external_id_from(draft.title, taken),
            created_at=now,
            **columns,
        )
        record(actor, verb="reward.created", object_kind="reward", object_id=made.id, now=now, after=_facts(made))
        return _get(actor, made.id)


def change_reward(
    actor: Actor, identifier: str, changes: Mapping[str, Any], *, now: datetime, version: int | None = None
) -> RewardView:
    """Change fields of RewardDraft, or `archived`; what was given stays as it was given.

    Refuses: Forbidden, NotFound, Invalid, ChangedMeanwhile, RewardInUse where a goal brings what is put away.
    """
    actor.require("promotions:write")
    with unit_of_work(actor.chain_id):
        view = access_reward(actor, identifier)
        one = Reward.objects.select_for_update(no_key=True).get(id=view.id)
        if version is not None and version != one.version:
            raise Refused(ChangedMeanwhile())
        # Again under the lock: the stock is what it is now.
        held = find_reward(actor.chain_id, view.id)
        assert held is not None
        wanted = dict(changes)
        is_archived = wanted.pop("archived", held.archived_at is not None)
        before = _facts(one)
        draft = RewardDraft(**(draft_values(held) | wanted))
        for name, value in _columns(
            actor, draft, now=now, validity_is_old=not {"validity", "variants"} & set(wanted)
        ).items():
            setattr(one, name, value)
        if is_archived and one.archived_at is None:
            _refuse_in_use(one.id)
        one.archived_at = (one.archived_at or now) if is_archived else None
        if _facts(one) == before:
            return held
        one.version += 1
        one.save()
        old, new = changed_only(before, _facts(one))
        record(actor, verb="reward.changed", object_kind="reward", object_id=one.id, now=now, before=old, after=new)
        announce(actor.chain_id, REWARD_CHANGED, now=now, payload={"reward": encode("rwd", one.id)})
        return _get(actor, one.id)


def _get(actor: Actor, reward_id: UUID) -> RewardView:
    view = find_reward(actor.chain_id, reward_id)
    assert view is not None
    return view


def _refuse_in_use(reward_id: UUID) -> None:
    found = row(
        "SELECT t.name FROM milestones m JOIN card_types t ON t.id = m.card_type_id WHERE m.reward_id = %(reward)s"
        # Rounds that go on by former goals bring it too.
        " UNION ALL SELECT t.name FROM former_goals f JOIN card_types t ON t.id = f.card_type_id"
        " WHERE f.reward_id = %(reward)s AND EXISTS (SELECT FROM kept_rounds o LEFT JOIN card_rounds r"
        " ON r.account_id = o.account_id WHERE o.card_type_id = f.card_type_id AND o.edition = f.edition"
        " AND o.number = coalesce(r.round, 0)) LIMIT 1",
        {"reward": reward_id},
    )
    if found is not None:
        raise Refused(RewardInUse(card_type=found[0]))


def draft_values(view: RewardView) -> dict[str, Any]:
    """A reward as the fields of a draft."""
    terms = view.terms
    return {
        "title": view.title,
        "kind": view.kind,
        "external_id": view.external_id,
        "description": view.description,
        "icon": view.icon,
        "validity": terms.get("validity"),
        "benefit": terms.get("benefit"),
        "variants": [present_variant(one) for one in terms.get("variants", ())],
        "balance_type": view.price_type,
        "price": None if view.price is None else format_amount(view.price, view.price_decimals),
        "stock": view.stock,
        "per_customer": view.per_customer,
    }


def present_variant(stored: Mapping[str, Any]) -> dict[str, Any]:
    """A variant of a lottery as it is written."""
    return {
        "probability": percent_text(stored["chance"]),
        "kind": stored["kind"],
        "title": stored["title"],
        "description": stored["description"],
        "icon": stored["icon"] or None,
        "validity": stored["terms"].get("validity"),
        "benefit": stored["terms"].get("benefit"),
    }


def _columns(actor: Actor, draft: RewardDraft, *, now: datetime, validity_is_old: bool = False) -> dict[str, Any]:
    """The draft as columns. Refuses: Invalid."""
    chain = get_chain(actor.chain_id)
    today = now.astimezone(chain.zone).date()
    # A day that has passed meanwhile may stay where nobody touches it.
    first_day = min([today, *_days_of(draft)]) if validity_is_old else today
    problems = check_reward(draft, first_day=first_day, decimals=chain.currency_decimals)
    price_type_id = price = None
    if draft.balance_type is not None and draft.price is not None:
        price_type_id, price, more = _price(actor.chain_id, draft)
        problems += more
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    return {
        "kind": draft.kind,
        "title": one_line(draft.title),
        "description": draft.description.strip(),
        "icon": draft.icon,
        "terms": terms_of(draft),
        "price_type_id": price_type_id,
        "price": price,
        "stock": draft.stock,
        "per_customer": draft.per_customer,
    }


def _days_of(draft: RewardDraft) -> list[date]:
    """The days until which its vouchers are valid."""
    written = [draft.validity, *(one.get("validity") for one in draft.variants)]
    return [day for one in written if one and (day := read_validity(dict(one)).day) is not None]


def _price(chain_id: UUID, draft: RewardDraft) -> tuple[UUID | None, int | None, list[FieldProblem]]:
    name = draft.balance_type or ""
    found = row(
        "SELECT id, kind, decimals FROM balance_types WHERE chain_id = %s AND (external_id = %s OR id = %s)"
        " ORDER BY id LIMIT 1",
        [chain_id, name.removeprefix("ext:"), decode("bal", name)],
    )
    if found is None:
        return None, None, [FieldProblem("/balance_type", "unknown_value", "There is no such balance type.")]
    if found[1] == "status":
        return None, None, [FieldProblem("/balance_type", "never_spent", "Status points are never spent.")]
    try:
        price = parse_amount(draft.price or 0, found[2])
    except AmountProblem as problem:
        return None, None, [FieldProblem("/price", problem.code, f"An amount with at most {found[2]} decimals.")]
    if price <= 0:
        return None, None, [FieldProblem("/price", "out_of_range", "An amount above zero.")]
    return found[0], price, []


def _facts(one: Reward) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "title": one.title,
        "description": one.description,
        "icon": one.icon,
        "terms": one.terms,
        "price_type": str(one.price_type_id) if one.price_type_id else None,
        "price": one.price,
        "stock": one.stock,
        "per_customer": one.per_customer,
        "archived": one.archived_at is not None,
    }
