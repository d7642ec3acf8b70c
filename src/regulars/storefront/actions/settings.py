"""How people join: what is asked, and what they agree to (WAL-3)."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.cards.queries.types import access_card_type
from regulars.kernel.fields import check_text, external_id_from
from regulars.kernel.ids import new_id
from regulars.kernel.refusal import ChangedMeanwhile, FieldProblem, Invalid, NotFound, Refused
from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.platform.database import execute, row, unit_of_work
from regulars.storefront.queries.pages import find_form, list_consent_lines
from regulars.storefront.queries.senders import find_senders
from regulars.storefront.rules.form import CONSENT_LENGTH_MAX, FormPlan, check_plan

CONSENTS_MAX: Final = 10
_SAVE: Final = """
INSERT INTO join_pages (card_type_id, chain_id, is_open, name, phone, email, birthday, confirmation, version)
VALUES (%(type)s, %(chain)s, %(is_open)s, %(name)s, %(phone)s, %(email)s, %(birthday)s, %(confirmation)s, 1)
ON CONFLICT (card_type_id) DO UPDATE SET is_open = excluded.is_open, name = excluded.name, phone = excluded.phone,
    email = excluded.email, birthday = excluded.birthday, confirmation = excluded.confirmation,
    version = join_pages.version + 1
"""


def save_join_page(
    actor: Actor, card_type: str, given: Mapping[str, str], *, is_open: bool, version: int, now: datetime
) -> FormPlan:
    """Set what the join page of a card type asks. Refuses: Forbidden, NotFound, Invalid, ChangedMeanwhile."""
    actor.require("settings:write")
    plan = check_plan(given)
    if isinstance(plan, tuple):
        raise Refused(Invalid(errors=plan))
    plan = replace(plan, is_open=is_open)
    with unit_of_work(actor.chain_id):
        view = access_card_type(actor, card_type)
        row("SELECT FROM card_types WHERE chain_id = %s AND id = %s FOR NO KEY UPDATE", [actor.chain_id, view.id])
        before = find_form(actor.chain_id, view.id, find_senders())
        if before.version != version:
            raise Refused(ChangedMeanwhile())
        values = _values(plan)
        execute(_SAVE, {"type": view.id, "chain": actor.chain_id, **values})
        audit.record(
            actor,
            verb="join_page.changed",
            object_kind="card_type",
            object_id=view.id,
            now=now,
            before=_values(before),
            after=values,
        )
        return find_form(actor.chain_id, view.id, find_senders())


def write_consent(
    actor: Actor, purpose: str, texts: Mapping[str, str], *, name: str = "", is_required: bool, now: datetime
) -> str:
    """Write a consent, or a new version of one, and return its purpose; the same words again make no version.

    What people agreed to before stays with the version that they saw. Refuses: Forbidden, NotFound, Invalid.
    """
    actor.require("settings:write")
    cleaned = {language: text.strip() for language, text in texts.items() if text.strip()}
    problems: list[FieldProblem] = []
    for language, text in cleaned.items():
        problems += check_text(text, f"/text_{language}", length_max=CONSENT_LENGTH_MAX)
    if not cleaned:
        problems.append(FieldProblem("/text", "required", "Write the words that people agree to."))
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    with unit_of_work(actor.chain_id):
        row("SELECT pg_advisory_xact_lock(hashtextextended(%s::text, 11))", [actor.chain_id])
        lines = {line.words.purpose: line for line in list_consent_lines(actor.chain_id)}
        if purpose and purpose not in lines:
            raise Refused(NotFound())
        if not purpose:
            if len(lines) >= CONSENTS_MAX:
                raise Refused(Invalid(errors=(FieldProblem("/name", "too_many", f"At most {CONSENTS_MAX} consents."),)))
            if not name.strip():
                raise Refused(Invalid(errors=(FieldProblem("/name", "required", "Give it a name."),)))
            purpose = external_id_from(name, frozenset(lines))
        known = lines.get(purpose)
        if known and known.is_shown and known.words.is_required == is_required and dict(known.words.texts) == cleaned:
            return purpose
        version = known.words.version + 1 if known else 1
        _insert(actor, purpose, version, cleaned, is_required=is_required, is_shown=True, now=now)
        return purpose


def stop_asking(actor: Actor, purpose: str, *, now: datetime) -> None:
    """Ask for a consent no more; who agreed to it keeps having agreed. Refuses: Forbidden, NotFound."""
    actor.require("settings:write")
    with unit_of_work(actor.chain_id):
        row("SELECT pg_advisory_xact_lock(hashtextextended(%s::text, 11))", [actor.chain_id])
        known = next((one for one in list_consent_lines(actor.chain_id) if one.words.purpose == purpose), None)
        if known is None:
            raise Refused(NotFound())
        if known.is_shown:
            words = known.words
            _insert(
                actor,
                purpose,
                words.version + 1,
                words.texts,
                is_required=words.is_required,
                is_shown=False,
                now=now,
            )


def _insert(
    actor: Actor,
    purpose: str,
    version: int,
    texts: Mapping[str, str],
    *,
    is_required: bool,
    is_shown: bool,
    now: datetime,
) -> None:
    made: UUID = new_id()
    execute(
        "INSERT INTO consent_texts (id, chain_id, purpose, version, texts, is_required, is_shown, at, staff_id)"
        " VALUES (%s, %s, %s, %s, %s::jsonb, %s, %s, %s, %s)",
        [
            made,
            actor.chain_id,
            purpose,
            version,
            json.dumps(dict(texts)),
            is_required,
            is_shown,
            now,
            actor.staff_id,
        ],
    )
    audit.record(
        actor,
        verb="consent_text.written",
        object_kind="consent_text",
        object_id=made,
        now=now,
        after={"purpose": purpose, "version": version, "required": is_required, "shown": is_shown},
    )


def _values(plan: FormPlan) -> dict[str, str | bool]:
    return {
        "is_open": plan.is_open,
        "name": plan.name,
        "phone": plan.phone,
        "email": plan.email,
        "birthday": plan.birthday,
        "confirmation": plan.confirmation,
    }
