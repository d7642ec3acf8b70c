"""Codes of pools, vouchers, gift cards and memberships that a shop's orders come with, made beneath the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from regulars.codes.actions.space import take_code, take_new_codes
from regulars.codes.models import Code, CodePool
from regulars.codes.queries.usable import lock_codes
from regulars.codes.rules.states import first_state
from regulars.codes.rules.usable import CodeState
from regulars.giftcards.models import GiftCard, GiftCardEntry, GiftCardType
from regulars.kernel.codes import new_code
from regulars.kernel.ids import encode, new_id
from regulars.memberships.models import Membership, MembershipType
from regulars.memberships.rules.terms import Terms, terms_json
from regulars.platform.actor import Actor, system_actor
from regulars.platform.database import unit_of_work
from regulars.platform.hot import open_cursor
from regulars.vouchers.actions.issue import issue_vouchers
from regulars.vouchers.queries.redeemable import lock_vouchers
from regulars.vouchers.queries.rows import VoucherView
from regulars.vouchers.rules.vouchers import VoucherDraft, VoucherState

LONG_AGO = datetime(2026, 1, 2, tzinfo=UTC)


@dataclass
class Tokens:
    """What may be given with an order in a chain."""

    chain_id: UUID

    @property
    def actor(self) -> Actor:
        return system_actor(self.chain_id)

    def pool(self, name: str = "Spring", **values: Any) -> CodePool:
        """A pool of codes."""
        with unit_of_work(self.chain_id):
            return CodePool.objects.create(
                chain_id=self.chain_id, external_id=f"pool-{new_id().hex}", name=name, **values
            )

    def code(self, pool: CodePool, **values: Any) -> Code:
        """A code of a pool."""
        made = Code(chain_id=self.chain_id, pool=pool, text=new_code(), state=first_state(pool.kind))
        for name, value in values.items():
            setattr(made, name, value)
        with unit_of_work(self.chain_id):
            take_code(self.chain_id, "code", made.id, made.text)
            made.save(force_insert=True)
        return made

    def voucher(self, benefit: dict[str, str] | None, title: str = "A present", **values: Any) -> VoucherView:
        """A voucher."""
        with unit_of_work(self.chain_id):
            draft = VoucherDraft(title=title, benefit=benefit, **values)
            return issue_vouchers(self.actor, [draft], now=timezone.now())[0]

    def gift_card(self, value: int, *, expires_at: datetime | None = None, **of_type: Any) -> GiftCard:
        """A gift card with so many cents."""
        with unit_of_work(self.chain_id):
            kind = GiftCardType.objects.create(chain_id=self.chain_id, name="Gift card", **of_type)
            made = GiftCard(
                chain_id=self.chain_id,
                type=kind,
                value=value,
                balance=value,
                sold_at=LONG_AGO,
                expires_at=expires_at,
            )
            (made.code,) = take_new_codes(self.chain_id, "gift_card", [made.id])
            made.save(force_insert=True)
            GiftCardEntry.objects.create(
                chain_id=self.chain_id,
                gift_card=made,
                number=1,
                kind="sale",
                amount=value,
                balance_after=value,
                at=LONG_AGO,
                source="api",
            )
            return made

    def membership(self, visits: int, *, card_id: UUID | None = None) -> tuple[UUID, str]:
        """A membership for everything, with a code: its id and the code."""
        terms = terms_json(Terms(visits=visits))
        with unit_of_work(self.chain_id):
            kind = MembershipType.objects.create(chain_id=self.chain_id, name="Visits", terms=terms)
            made = Membership(
                chain_id=self.chain_id,
                type=kind,
                card_id=card_id,
                state="active",
                terms=terms,
                price=0,
                visits=visits,
                sold_at=LONG_AGO,
                starts_on=LONG_AGO.date(),
            )
            (made.code,) = take_new_codes(self.chain_id, "membership", [made.id])
            made.save(force_insert=True)
        assert made.code is not None
        return made.id, made.code

    def visits_left(self, membership_id: UUID) -> int:
        """How many visits of a membership are left."""
        with unit_of_work(self.chain_id):
            found = Membership.objects.get(id=membership_id)
            assert found.visits is not None
            return found.visits - found.used

    def voucher_now(self, voucher: VoucherView) -> VoucherState:
        """How a voucher stands."""
        with unit_of_work(self.chain_id):
            return lock_vouchers(open_cursor(), self.chain_id, [voucher.id])[voucher.id]

    def code_now(self, code: Code) -> CodeState:
        """How a code stands."""
        with unit_of_work(self.chain_id):
            return lock_codes(open_cursor(), self.chain_id, [code.id])[code.id]

    def gift_card_now(self, card: GiftCard) -> GiftCard:
        """How a gift card stands; its balance is the sum of its entries."""
        with unit_of_work(self.chain_id):
            found = GiftCard.objects.get(id=card.id)
            entries = GiftCardEntry.objects.filter(gift_card=found)
            assert sum(one.amount for one in entries) == found.balance
            return found


def pool_id(pool: CodePool) -> str:
    """As definitions name it."""
    return encode("cpl", pool.id)
