"""A shop with programs, cards and a ledger, made by the real actions; what the ledger's tests begin with."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from threading import Barrier
from typing import Any, TypeVar
from uuid import UUID

from django.db import connections
from django.utils import timezone

from regulars.cards.actions.balances import AdjustCommand, Posted, adjust_balance
from regulars.cards.actions.issue import IssueCommand, issue_card
from regulars.cards.actions.types import create_card_type_with_program
from regulars.cards.queries.cards import CardView
from regulars.cards.queries.types import CardTypeView
from regulars.cards.rules.types import CardTypeDraft
from regulars.kernel.ids import encode
from regulars.platform.actor import Actor, system_actor
from regulars.platform.database import row, rows, unit_of_work
from regulars.platform.dispatch.rounds import Dispatcher
from regulars.platform.dispatch.sequencer import Batch
from regulars.programs.rules import BalanceTypeDraft, ProgramDraft
from tests.people import Shop, open_shop

T = TypeVar("T")

POINTS = BalanceTypeDraft(name="Points", kind="points", external_id="points", decimals=2)
WELCOME = BalanceTypeDraft(name="Welcome", kind="points", external_id="welcome", initial_balance="50")
STAMPS = BalanceTypeDraft(name="Stamps", kind="stamps", external_id="stamps")


@dataclass(frozen=True, slots=True)
class Counter:
    """A shop with one card type, and how to use it."""

    shop: Shop
    card_type: CardTypeView
    actor: Actor

    @property
    def chain_id(self) -> UUID:
        return self.shop.chain_id

    def issue(self, phone: str, *, now: datetime | None = None) -> CardView:
        """A card for a phone."""
        command = IssueCommand(card_type=encode("ctp", self.card_type.id), phone=phone)
        return issue_card(self.actor, command, country="DE", now=now or timezone.now())

    def adjust(
        self, card: CardView, amount: str, *, balance_type: str = "points", now: datetime | None = None, **more: Any
    ) -> Posted:
        """Change a balance by hand."""
        command = AdjustCommand(
            card=encode("crd", card.id), balance_type=balance_type, amount=amount, reason="test", **more
        )
        return adjust_balance(self.actor, command, now=now or timezone.now())

    def balance(self, card: CardView, balance_type: str = "points") -> int:
        """What the account says."""
        with unit_of_work(self.chain_id):
            found = row(
                "SELECT a.balance FROM accounts a JOIN balance_types b ON b.id = a.balance_type_id"
                " WHERE a.card_id = %s AND b.external_id = %s",
                [card.id, balance_type],
            )
        assert found
        return int(found[0])

    def read(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows as the application sees them in this chain."""
        with unit_of_work(self.chain_id):
            return rows(statement, parameters)


def open_counter(
    *,
    name: str = "Café Sonne",
    balance_types: tuple[BalanceTypeDraft, ...] = (POINTS, STAMPS),
    several: bool = False,
    is_test: bool = False,
) -> Counter:
    """A shop that issues one type of card with these balances."""
    shop = open_shop(name=name, is_test=is_test)
    actor = system_actor(shop.chain_id)
    card_type = create_card_type_with_program(
        actor,
        ProgramDraft(name="Club", balance_types=balance_types),
        CardTypeDraft(name="Club card", several_per_customer=several),
        currency_decimals=2,
        now=timezone.now(),
    )
    return Counter(shop=shop, card_type=card_type, actor=actor)


def dispatcher(subscribers: dict[str, Any] | None = None) -> Dispatcher[Any]:
    """The dispatcher of the product, without its log; `subscribers` in place of the product's."""
    from regulars.ledger.actions.seal import seal_events
    from regulars.project.subscriptions import AFTERWARDS

    def close(batch: Batch) -> Any:
        return seal_events(batch.chain_id, first_seq=batch.first_seq, last_seq=batch.last_seq)

    return Dispatcher(
        subscribers=AFTERWARDS if subscribers is None else subscribers,
        close=close,
        closed=lambda _: None,
        clock=timezone.now,
    )


def at_once(calls: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """Run calls at the same instant, each in a thread with its own connection; results or exceptions, in order."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], T]) -> T | Exception:
        try:
            connections["default"].ensure_connection()
            barrier.wait(30)
            return call()
        except Exception as problem:  # noqa: BLE001 - the test looks at it
            return problem
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
