"""Codes are made in chunks: all of them, none twice, whatever is killed when (RWD-4)."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from regulars.codes.actions import generate
from regulars.codes.actions.generate import cancel_batch, make_chunk, run_generating, start_generating
from regulars.codes.actions.pools import create_pool
from regulars.codes.actions.space import take_code
from regulars.codes.actions.writing import staged_text, write_and_tell
from regulars.codes.errors import CodePoolFull, TooManyCodeBatches, TooManyCodes
from regulars.codes.models import Code, CodeBatch, CodePool
from regulars.codes.rules.pools import PoolDraft
from regulars.kernel.ids import encode, new_id
from regulars.kernel.refusal import Invalid, Refused
from regulars.platform.database import rows, unit_of_work
from tests.contract.chains import Caller, open_chain

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
PATTERN = "SUMMER-****-****-****-*****"


@pytest.fixture
def shop() -> Caller:
    return open_chain()


def begin(shop: Caller, count: int, **pool: object) -> UUID:
    made = create_pool(shop.actor, PoolDraft(name="Summer", **pool), now=NOW)  # type: ignore[arg-type]
    started: list[UUID] = []
    start_generating(
        shop.actor, made.public_id, count=count, pattern=PATTERN, now=NOW, defer=lambda _chain, one: started.append(one)
    )
    return started[0]


def test_all_are_made_and_each_is_in_the_code_space(shop: Caller) -> None:
    batch_id = begin(shop, 1_234)
    run_generating(shop.chain_id, batch_id, now=lambda: NOW)
    with unit_of_work(shop.chain_id):
        batch = CodeBatch.objects.get(id=batch_id)
        assert (batch.state, batch.made, batch.pool.made) == ("done", 1_234, 1_234)
        found = rows(
            "SELECT count(DISTINCT c.text), count(k.key), count(*) FILTER (WHERE c.state = 'free') FROM codes c"
            " JOIN code_keys k ON k.owner_id = c.id AND k.kind = 'code' WHERE c.pool_id = %s",
            [batch.pool_id],
        )
        assert found == [(1_234, 1_234, 1_234)]
        assert all(one.startswith("SUMMER-") for one in Code.objects.values_list("text", flat=True))


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_it_goes_on_where_it_was_killed(shop: Caller) -> None:
    batch_id = begin(shop, 50)
    assert make_chunk(shop.chain_id, batch_id, now=NOW, size=20)
    with pytest.MonkeyPatch.context() as patch:
        # A kill in the middle of a chunk: its transaction is gone with everything in it.
        patch.setattr(generate, "add_made", _killed)
        with pytest.raises(KeyboardInterrupt):
            make_chunk(shop.chain_id, batch_id, now=NOW, size=20)
    assert make_chunk(shop.chain_id, batch_id, now=NOW, size=20)
    assert not make_chunk(shop.chain_id, batch_id, now=NOW, size=20)
    assert not make_chunk(shop.chain_id, batch_id, now=NOW, size=20)
    with unit_of_work(shop.chain_id):
        assert CodeBatch.objects.get(id=batch_id).made == Code.objects.count() == 50


def test_a_batch_that_is_stopped_keeps_what_it_made(shop: Caller) -> None:
    batch_id = begin(shop, 50)
    make_chunk(shop.chain_id, batch_id, now=NOW, size=20)
    with unit_of_work(shop.chain_id):
        identifier = CodeBatch.objects.get(id=batch_id)
    assert cancel_batch(shop.actor, encode("cbt", identifier.id), now=NOW).state == "cancelled"
    assert not make_chunk(shop.chain_id, batch_id, now=NOW)
    with unit_of_work(shop.chain_id):
        assert Code.objects.count() == 20


def test_a_pool_takes_no_more_than_it_may(shop: Caller) -> None:
    pool = create_pool(shop.actor, PoolDraft(name="Small", codes_max=100), now=NOW)

    def start(count: int, pattern: str = PATTERN) -> type | None:
        try:
            start_generating(
                shop.actor, pool.public_id, count=count, pattern=pattern, now=NOW, defer=lambda _chain, _batch: None
            )
        except Refused as refused:
            return type(refused.refusal)
        return None

    assert start(60) is None
    assert start(41) is CodePoolFull
    assert start(40) is None
    assert start(0) is Invalid
    assert start(1, "****") is Invalid


def test_what_is_taken_is_told_and_not_written(shop: Caller) -> None:
    pool = create_pool(shop.actor, PoolDraft(name="Import"), now=NOW)
    texts = ["AUTUMN-1", "autumn 1", "Tab\tand\\slash", "SPRING-1"]
    with unit_of_work(shop.chain_id):
        take_code(shop.chain_id, "voucher", new_id(), "SPRING1")
        row = CodePool.objects.get(id=pool.id)
        taken = write_and_tell(row, staged_text(texts), len(texts), batch_id=new_id())
        assert sorted(taken) == ["SPRING-1", "autumn 1"]
        assert sorted(Code.objects.values_list("text", flat=True)) == ["AUTUMN-1", "Tab\tand\\slash"]


def test_a_business_has_few_batches_and_so_many_codes_at_most(shop: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "CODES_OF_CHAIN_MAX", 100)
    assert begin(shop, 60)
    with pytest.raises(Refused) as too_much:
        begin(shop, 41)
    assert too_much.value.refusal == TooManyCodes(limit=100, room=40)
    for _ in range(3):
        begin(shop, 1)
    with pytest.raises(Refused) as too_many:
        begin(shop, 1)
    assert too_many.value.refusal == TooManyCodeBatches(limit=4)
