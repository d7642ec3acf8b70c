"""Routes that bring units to a card, or take them, without an order (ORD-10)."""

from datetime import date, datetime
from typing import Annotated, Any

from django.utils.translation import gettext
from pydantic import Field

from regulars.cards.actions.balances import Posted
from regulars.cards.api.transactions import BalanceTypeIn, TransactionOut, present_posted
from regulars.cards.api.types import location_id
from regulars.cards.errors import AboveLimit, CardNotActive, CardNotAssigned
from regulars.chains.queries import get_chain
from regulars.kernel.amount import format_amount
from regulars.kernel.refusal import NotFound
from regulars.ledger.errors import (
    BalanceTooLarge,
    DuplicateExternalId,
    InsufficientBalance,
    UnknownBalanceType,
    ZeroAmount,
)
from regulars.platform.api.answers import Answer, created
from regulars.platform.api.fields import AmountIn, ExternalIdIn, In, ReferenceIn, TimeIn
from regulars.platform.api.references import check_reference, public_id
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.programs.errors import ProgramNotActive
from regulars.promotions.actions.triggers import Send, send_to_card
from regulars.promotions.errors import LoyaltyOff, NoSuchTrigger, NotTriggered
from regulars.promotions.queries.names import names_of
from regulars.promotions.rules.explain import Voice, sentence
from regulars.promotions.rules.outcome import Reason

routes = Routes("Balances")

REFUSALS = [
    NotFound,
    ZeroAmount,
    UnknownBalanceType,
    BalanceTooLarge,
    AboveLimit,
    CardNotActive,
    ProgramNotActive,
    LoyaltyOff,
    NoSuchTrigger,
    NotTriggered,
    DuplicateExternalId,
]


class RedeemIn(In):
    """What is taken: by a promotion that waits for it, or an amount of a balance."""

    promotion: Annotated[
        ReferenceIn | None, Field(description="A running promotion with the trigger `api`, `form` or `review`.")
    ] = None
    balance_type: BalanceTypeIn | None = None
    amount: Annotated[
        AmountIn | None, Field(description="Needed without a promotion, or where it leaves the amount open.")
    ] = None
    external_id: ExternalIdIn | None = None
    location: ReferenceIn | None = None


class EarnIn(RedeemIn):
    """What is given: by a promotion that waits for it, or an amount of a balance."""

    activates_at: Annotated[
        TimeIn | None, Field(description="From when it can be spent; else as the balance says.")
    ] = None
    expires_at: Annotated[TimeIn | None, Field(description="Until when; else as the balance says.")] = None


@routes.post(
    "/cards/{card}/earn", needs="balances:write", answers={201: TransactionOut}, refuses=REFUSALS, key="required"
)
def earn_on_card(request: ApiRequest, card: str, body: EarnIn) -> Answer:
    """Give units to a card without an order.

    With a promotion, its conditions, limits and bounds count; what stands against it answers `not_triggered` with the
    reason.
    """
    return _send(request, card, body, "earn", activates_at=body.activates_at, expires_at=body.expires_at)


@routes.post(
    "/cards/{card}/redeem",
    needs="balances:write",
    answers={201: TransactionOut},
    refuses=[*REFUSALS, InsufficientBalance, CardNotAssigned],
    key="required",
)
def redeem_from_card(request: ApiRequest, card: str, body: RedeemIn) -> Answer:
    """Take units from a card without an order; never below zero."""
    return _send(request, card, body, "redeem")


def _send(
    request: ApiRequest,
    card: str,
    body: RedeemIn,
    action: str,
    *,
    activates_at: datetime | None = None,
    expires_at: datetime | None = None,
) -> Answer:
    command = Send(
        card=check_reference(card),
        action=action,
        promotion=check_reference(body.promotion) if body.promotion else "",
        balance_type=body.balance_type or "",
        amount=body.amount,
        external_id=body.external_id,
        activates_at=activates_at,
        expires_at=expires_at,
        location_id=location_id(request, body.location),
    )
    posted = send_to_card(request.actor, command, now=request.now, explain=lambda reason: _explain(request, reason))
    return created(_present(posted))


def _present(posted: Posted) -> dict[str, Any]:
    return present_posted(posted) | {"promotion": public_id("prm", posted.promotion_id)}


def _explain(request: ApiRequest, reason: Reason) -> str:
    chain = get_chain(request.actor.chain_id)
    names = names_of(request.actor.chain_id, chain.currency_decimals)

    def money(units: int) -> str:
        return f"{format_amount(units, chain.currency_decimals)} {chain.currency}"

    def day(value: date) -> str:
        return value.isoformat()

    def moment(value: datetime) -> str:
        return value.astimezone(chain.zone).strftime("%Y-%m-%d %H:%M")

    def units(balance_type: str, amount: int) -> str:
        return f"{format_amount(amount, names.units(balance_type).decimals)} {names.name(balance_type)}"

    voice = Voice(translate=gettext, money=money, day=day, moment=moment, name=names.name, units=units)
    return sentence(reason, voice)
