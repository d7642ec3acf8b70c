"""Sample data in somebody's own chain: added at one press, marked as such, and taken away at one press (UX 8).

It comes by the importer everybody uses and goes by the undo everybody has, so that what was really used meanwhile stays.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.cards.actions.types import insert_card_type
from regulars.cards.actions.unmake import unmake_card_type
from regulars.cards.queries.types import CardTypeView, find_card_type
from regulars.chains.queries import get_chain
from regulars.imports.actions.examples import upload_example, work_on_example
from regulars.imports.actions.sample_rewards import (
    close_sample_rewards,
    give_sample_vouchers,
    open_sample_rewards,
    take_sample_vouchers,
)
from regulars.imports.actions.sample_shop import SampleShop, bring_orders, close_sample_shop, open_sample_shop
from regulars.imports.actions.undoing import run_undo
from regulars.imports.errors import SampleNeedsEmpty
from regulars.imports.models import Import, SampleData
from regulars.imports.queries.sample import is_empty_chain
from regulars.imports.rules.sample_shop import STARTED
from regulars.imports.rules.samples import FILES, TYPES, SampleFile, mark_type
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform import audit
from regulars.platform.actor import ALL_RIGHTS, Actor
from regulars.platform.clock import now_in
from regulars.platform.database import rows, unit_of_work
from regulars.platform.tenancy import ChainSettings
from regulars.programs.actions import insert_program
from regulars.rewards.actions.unmake import with_first_goals
from regulars.staff.actions.notifications import notify

Defer = Callable[[UUID, str], None]
"""Puts the work (chain, what) into the background, inside the running transaction."""

NEEDED: Final = (
    "imports:write", "cards:write", "programs:write", "customers:write", "promotions:write", "orders:write", "rewards:write"
)  # fmt: skip
SHOP_STEPS: Final = 2
"""What follows the files: the shop is opened, and people come."""
OPEN_STATES: Final = ("adding", "here", "removing")
UNWRITTEN: Final = ("reading", "needs_mapping", "checking", "checked")
NEVER_MIND: Final = {"code": "cancelled", "detail": "Cancelled before anything was written."}


def may_sample(actor: Actor) -> bool:
    """Whether this person may add and remove sample data."""
    return all(actor.may(right) for right in NEEDED)


def is_sample_offered(actor: Actor, chain: ChainSettings) -> bool:
    """Whether this person may add it now: to a business of their own with nothing in it, where it is not there yet."""
    if chain.is_sample or not may_sample(actor):
        return False
    is_there = SampleData.objects.filter(chain_id=actor.chain_id, state__in=OPEN_STATES).exists()
    return not is_there and is_empty_chain(actor.chain_id)


def add_sample(actor: Actor, *, word: str, defer: Defer, now: datetime) -> SampleData:
    """Begin to bring the examples in, each marked with `word`; a second press changes nothing.

    Refuses: Forbidden, SampleNeedsEmpty (there are customers or cards already).
    """
    _require(actor)
    with unit_of_work(actor.chain_id):
        rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"sample {actor.chain_id}"])
        sample = SampleData.objects.filter(chain_id=actor.chain_id).first() or SampleData(chain_id=actor.chain_id)
        if sample.state in OPEN_STATES:
            return sample
        if not is_empty_chain(actor.chain_id):
            raise Refused(SampleNeedsEmpty())
        sample.state, sample.word, sample.staff_id = "adding", word, actor.staff_id
        sample.steps_done, sample.steps_total = 0, len(FILES) + SHOP_STEPS
        sample.kept, sample.created_at = {}, now
        sample.card_type_ids, sample.import_ids = [], []
        sample.changed_at = now
        sample.save()
        _note(actor, "sample.added", now=now)
        defer(actor.chain_id, "add")
    return sample


def remove_sample(actor: Actor, *, defer: Defer, now: datetime) -> SampleData:
    """Begin to take the sample data away, also while it is still coming; pressing again goes on where it stopped.

    Refuses: Forbidden, NotFound (there is none).
    """
    _require(actor)
    with unit_of_work(actor.chain_id):
        sample = _lock(actor.chain_id)
        if sample is None or sample.state not in OPEN_STATES:
            raise Refused(NotFound())
        if sample.state != "removing":
            sample.state, sample.staff_id = "removing", actor.staff_id
            sample.steps_done, sample.steps_total = 0, len(sample.import_ids) + 1
            sample.save()
            _note(actor, "sample.removed", now=now)
        defer(actor.chain_id, "remove")
    return sample


def run_adding(chain_id: UUID, *, now: datetime) -> None:
    """Make the card types and import the examples; may be killed and run again, and stops where it is to be removed."""
    with unit_of_work(chain_id):
        sample = _lock(chain_id)
        if sample is None or sample.state != "adding":
            return
        actor = _acting(sample)
        # Its cards were there before its people came to buy.
        began = sample.created_at - STARTED
        types = _make_types(actor, sample, now=began)
    for number, file in enumerate(FILES):
        if not _is_wanted(chain_id):
            return
        _bring(actor, file, types[file.card_type], word=sample.word, now=began)
        _step(chain_id, "adding", number + 1)
    shop = _shop(actor, sample, types)
    open_sample_shop(shop, now=began)
    _step(chain_id, "adding", len(FILES) + 1)
    bring_orders(shop, now=sample.created_at, is_wanted=lambda: _is_wanted(chain_id))
    if not _is_wanted(chain_id):
        return
    # After the orders: rewards that they had brought would have to be taken back one by one with them.
    open_sample_rewards(shop, now=began)
    give_sample_vouchers(shop, now=sample.created_at)
    with unit_of_work(chain_id):
        if SampleData.objects.filter(chain_id=chain_id, state="adding").update(
            state="here", changed_at=now_in(chain_id)
        ):
            notify(actor, "sample.added", subject_id=chain_id, facts={}, now=now)


def run_removing(chain_id: UUID, *, now: datetime) -> None:
    """Undo vouchers, orders, promotions and imports, the newest first, then card types and rewards; says what was used meanwhile and stays."""
    with unit_of_work(chain_id):
        sample = _lock(chain_id)
        if sample is None or sample.state != "removing":
            return
        actor = _acting(sample)
        # One that was uploaded at the instant of a kill is known by its mark alone.
        began = sample.created_at - STARTED
        marked = Import.objects.filter(chain_id=chain_id, options__has_key="sample", created_at__gte=began)
        ids = list(marked.order_by("-id").values_list("id", flat=True))
        types = _types(sample)
    if types:
        take_sample_vouchers(_shop(actor, sample, types), now=now)
        close_sample_shop(_shop(actor, sample, types), sorted({one.program.id for one in types.values()}), now=now)
    _step(chain_id, "removing", 1)
    for number, import_id in enumerate(ids, 2):
        _take_back(actor, import_id, now=now)
        _step(chain_id, "removing", number)
    with unit_of_work(chain_id):
        kept_types = _take_types_back(actor, sample.card_type_ids, now=now)
        if types:
            gone_types = [one for one in sample.card_type_ids if one not in kept_types]
            close_sample_rewards(_shop(actor, sample, types), gone_types, now=now)
        kept = _count_kept(chain_id, ids) | {"types": len(kept_types)}
        sample = _lock(chain_id)
        assert sample
        sample.state, sample.kept, sample.card_type_ids, sample.import_ids = "removed", kept, [], []
        sample.changed_at = now_in(chain_id)
        sample.save()
        notify(actor, "sample.removed", subject_id=chain_id, facts=kept, now=now)


def _take_types_back(actor: Actor, card_type_ids: Sequence[UUID], *, now: datetime) -> list[UUID]:
    """Take the card types back; those that stay, as somebody changed or used them."""
    # That the sample set their goals made them their second version.
    with_goals = with_first_goals(actor.chain_id, card_type_ids)
    made = {one: 2 if one in with_goals else 1 for one in card_type_ids}
    return [one for one in card_type_ids if not unmake_card_type(actor, one, made=made[one], now=now)]


def _require(actor: Actor) -> None:
    for right in NEEDED:
        actor.require(right)


def _note(actor: Actor, verb: str, *, now: datetime) -> None:
    audit.record(actor, verb=verb, object_kind="chain", object_id=actor.chain_id, now=now)


def _acting(sample: SampleData) -> Actor:
    return Actor(chain_id=sample.chain_id, rights=ALL_RIGHTS, through="import", staff_id=sample.staff_id)


def _lock(chain_id: UUID) -> SampleData | None:
    return SampleData.objects.select_for_update(no_key=True).filter(chain_id=chain_id).first()


def _step(chain_id: UUID, state: str, done: int) -> None:
    with unit_of_work(chain_id):
        SampleData.objects.filter(chain_id=chain_id, state=state).update(steps_done=done)


def _is_wanted(chain_id: UUID) -> bool:
    with unit_of_work(chain_id):
        return SampleData.objects.filter(chain_id=chain_id, state="adding").exists()


def _make_types(actor: Actor, sample: SampleData, *, now: datetime) -> dict[str, CardTypeView]:
    """The marked card types by the example's own name of them, made where they are not there yet."""
    decimals = get_chain(sample.chain_id).currency_decimals
    if not sample.card_type_ids:
        for one in TYPES:
            marked = mark_type(one, sample.word)
            program = insert_program(actor, marked.active_program, currency_decimals=decimals, now=now)
            sample.card_type_ids.append(insert_card_type(actor, program, marked.card_type, now=now).id)
        sample.save(update_fields=["card_type_ids"])
    return _types(sample)


def _shop(actor: Actor, sample: SampleData, types: dict[str, CardTypeView]) -> SampleShop:
    # The external id of an order is used for ever: sample data that comes a second time has other ones.
    return SampleShop(actor, types, word=sample.word, mark=f"sample-{int(sample.created_at.timestamp()):x}")


def _types(sample: SampleData) -> dict[str, CardTypeView]:
    """Its card types as they stand, by the example's own name of them."""
    if not sample.card_type_ids:
        return {}
    found = [find_card_type(sample.chain_id, type_id) for type_id in sample.card_type_ids]
    return {one.card_type.external_id or "": view for one, view in zip(TYPES, found, strict=True) if view}


def _bring(actor: Actor, file: SampleFile, card_type: CardTypeView, *, word: str, now: datetime) -> None:
    with unit_of_work(actor.chain_id):
        begun = (
            Import.objects.filter(chain_id=actor.chain_id, options__sample=file.name, card_type_id=card_type.id)
            .exclude(state__in=("failed", "cancelled", "undoing", "undone"))
            .values_list("id", flat=True)
            .first()
        )
    if begun is None:
        # A customer whom a second example changed and its undo changed back would look like one whom people use.
        marks = {"sample": file.name, "tags": [word], "fields": "ignore"}
        begun = upload_example(actor, file, card_type, now=now, marks=marks).id
    with unit_of_work(actor.chain_id):
        rows(
            "UPDATE sample_data SET import_ids = import_ids || %(import)s::uuid"
            " WHERE chain_id = %(chain)s AND NOT import_ids @> ARRAY[%(import)s::uuid]",
            {"chain": actor.chain_id, "import": begun},
        )
    state = work_on_example(actor, begun, now=now)
    if state not in ("applied", "undoing", "undone"):
        raise RuntimeError(f"the example {file.name} came to {state}")


def _take_back(actor: Actor, import_id: UUID, *, now: datetime) -> None:
    """Undo one import whatever it stands at, and however long ago it was: sample data knows no window."""
    with unit_of_work(actor.chain_id):
        mine = Import.objects.filter(chain_id=actor.chain_id, id=import_id)
        if mine.filter(state__in=UNWRITTEN).update(state="failed", problem=NEVER_MIND, is_cancelled=True):
            return
    work_on_example(actor, import_id, now=now)
    with unit_of_work(actor.chain_id):
        values: dict[str, Any] = {"state": "undoing", "undone_by": None, "rows_done": 0, "undo_after": None}
        written = mine.filter(state__in=("applied", "cancelled"), applied_at__isnull=False)
        if written.update(**values):
            audit.record(actor, verb="import.undone", object_kind="import", object_id=import_id, now=now)
    run_undo(actor.chain_id, import_id, now=now)


def _count_kept(chain_id: UUID, import_ids: Iterable[UUID]) -> dict[str, int]:
    found = rows(
        "SELECT (SELECT count(*) FROM cards WHERE chain_id = %(chain)s AND import_id = ANY(%(imports)s::uuid[])"
        " AND status <> 'undone'), (SELECT count(*) FROM customers WHERE chain_id = %(chain)s"
        " AND import_id = ANY(%(imports)s::uuid[]))",
        {"chain": chain_id, "imports": list(import_ids)},
    )
    return {"cards": int(found[0][0]), "customers": int(found[0][1])}
