"""Issuing vouchers, one or hundreds, in few statements (RWD-2, RWD-3)."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.chains.queries import get_chain
from regulars.codes.actions.space import take_code, take_new_codes
from regulars.kernel.ids import new_id
from regulars.platform.actor import Actor
from regulars.platform.audit import Change, record_many
from regulars.platform.database import rows
from regulars.programs.rules.validity import end_of, present_validity
from regulars.vouchers.events import VOUCHER_ISSUED
from regulars.vouchers.queries.rows import VoucherView
from regulars.vouchers.queries.vouchers import get_vouchers
from regulars.vouchers.rules.vouchers import VoucherDraft

INSERT: Final = """
WITH made AS (
    SELECT * FROM json_to_recordset(%(vouchers)s::json) AS m (id uuid, step uuid, event uuid, code text, title text,
        description text, picture uuid, card uuid, customer uuid, state text, validity jsonb, starts_at timestamptz,
        expires_at timestamptz, benefit jsonb, locations json, customer_may_redeem boolean, source text, source_id uuid,
        batch uuid)
), issued AS (
    INSERT INTO vouchers (id, chain_id, code, title, description, picture_id, card_id, customer_id, state, validity, starts_at,
        expires_at, benefit, location_ids, customer_may_redeem, source, source_id, batch_id, issued_at, is_of_order,
        state_reason, version)
    SELECT id, %(chain)s, code, title, description, picture, card, customer, state, validity, starts_at, expires_at,
        nullif(benefit, 'null'::jsonb),
        CASE WHEN json_typeof(locations) = 'array'
            THEN ARRAY(SELECT json_array_elements_text(locations)::uuid) END,
        customer_may_redeem, source, source_id, batch, %(now)s, false, '', 1
    FROM made
), noted AS (
    INSERT INTO voucher_events (voucher_id, version, id, chain_id, verb, state, at, staff_id, key_id, through)
    SELECT id, 1, step, %(chain)s, 'issue', state, %(now)s, %(staff)s, %(key)s, %(through)s FROM made
), announced AS (
    INSERT INTO events (id, chain_id, at, kind, card_ids, transaction_ids, payload)
    SELECT event, %(chain)s, %(now)s, %(kind)s, array_remove(ARRAY[card], NULL), ARRAY[]::uuid[],
        jsonb_build_object('voucher_id', id, 'state', state, 'source', source)
    FROM made
)
INSERT INTO event_queue (event_id, chain_id) SELECT event, %(chain)s FROM made
"""


def issue_vouchers(actor: Actor, drafts: Sequence[VoucherDraft], *, now: datetime) -> list[VoucherView]:
    """Issue these vouchers in the transaction that is open, in few statements however many they are; in their order.

    Who may, and whether the drafts are sound (`check_draft`), is for the caller: rules issue vouchers as well as people.
    Refuses: CodeTaken where a chosen code is in use.
    """
    return get_vouchers(actor.chain_id, write_vouchers(actor, drafts, now=now), now=now) if drafts else []


def write_vouchers(actor: Actor, drafts: Sequence[VoucherDraft], *, now: datetime) -> list[UUID]:
    """The same, for whoever wants no more of them than their ids."""
    ids = [new_id() for _ in drafts]
    codes = _take_codes(actor.chain_id, ids, drafts)
    zone = get_chain(actor.chain_id).zone
    made = []
    for voucher_id, code, draft in zip(ids, codes, drafts, strict=True):
        starts_at = max(draft.starts_at or now, now)
        made.append(
            {
                "id": str(voucher_id),
                "step": str(new_id()),
                "event": str(new_id()),
                "code": code,
                "title": draft.title.strip(),
                "description": draft.description.strip(),
                "picture": _text(draft.picture_id),
                "card": _text(draft.card_id),
                "customer": _text(draft.customer_id),
                "state": "issued" if starts_at > now else "active",
                "validity": present_validity(draft.validity),
                "starts_at": starts_at.isoformat(),
                "expires_at": _moment(end_of(draft.validity, starts_at, zone)),
                "benefit": dict(draft.benefit) if draft.benefit else None,
                "locations": None if draft.location_ids is None else [str(one) for one in draft.location_ids],
                "customer_may_redeem": draft.customer_may_redeem,
                "source": draft.source,
                "source_id": _text(draft.source_id),
                "batch": _text(draft.batch_id),
            }
        )
    rows(INSERT, _values(actor, made, now))
    record_many(
        actor,
        verb=VOUCHER_ISSUED,
        object_kind="voucher",
        changes=[Change(object_id=voucher_id, after=_told(facts)) for voucher_id, facts in zip(ids, made, strict=True)],
        now=now,
    )
    return ids


def _take_codes(chain_id: UUID, ids: Sequence[UUID], drafts: Sequence[VoucherDraft]) -> list[str]:
    """The code of each, the chosen ones as they were written."""
    chosen = {one: draft.code.strip() for one, draft in zip(ids, drafts, strict=True) if draft.code}
    for voucher_id, code in chosen.items():
        take_code(chain_id, "voucher", voucher_id, code)
    others = [one for one in ids if one not in chosen]
    made = dict(zip(others, take_new_codes(chain_id, "voucher", others), strict=True))
    return [chosen.get(one) or made[one] for one in ids]


def _values(actor: Actor, made: list[dict[str, Any]], now: datetime) -> dict[str, Any]:
    return {
        "vouchers": json.dumps(made),
        "chain": actor.chain_id,
        "now": now,
        "kind": VOUCHER_ISSUED,
        "staff": actor.staff_id,
        "key": actor.key_id,
        "through": actor.through,
    }


def _told(facts: dict[str, Any]) -> dict[str, Any]:
    """What the journal says of a new voucher: what it is worth and until when, never its code."""
    return {
        name: facts[name] for name in ("title", "card", "customer", "expires_at", "benefit", "source") if facts[name]
    }


def _text(identifier: UUID | None) -> str | None:
    return str(identifier) if identifier else None


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
