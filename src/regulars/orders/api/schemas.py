"""What requests and answers about orders hold."""

from typing import Annotated, Final, Literal, Self

from django.utils.translation import gettext
from pydantic import ConfigDict, Field, model_validator

from regulars.orders.api.redeemed import OrderMembershipsIn, OrderRedemptionOut
from regulars.orders.rules.command import CODES_MAX, LINES_MAX, SPENDS_MAX, LineDraft, OrderDraft, SpendDraft
from regulars.platform.api.fields import (
    AmountIn,
    AmountOut,
    ExternalIdIn,
    In,
    Out,
    PhoneIn,
    ReferenceIn,
    TimeIn,
    TimeOut,
    WholeIn,
)
from regulars.platform.api.listing import Paged

TextIn = Annotated[str, Field(max_length=200)]
CodeIn = Annotated[str, Field(max_length=100, examples=["AUTUMN"])]
CurrencyIn = Annotated[str, Field(min_length=3, max_length=3, examples=["EUR"])]
RESERVING: Final = (
    "Of an open order. One with vouchers, gift cards, memberships or codes other than slogans reserves for 30 minutes at most, and not past two"
    " hours after it was recorded: see `reserved_until`."
)
Kind = Literal["goods", "service", "prepaid"]
State = Literal["open", "paid", "completed", "cancelled", "partly_refunded", "refunded"]


class OrderLineIn(In):
    """One line; a line that names a product by its SKU takes from it what it leaves out."""

    sku: TextIn = ""
    name: TextIn | None = None
    category: TextIn | None = None
    tags: Annotated[list[TextIn], Field(max_length=50)] | None = None
    kind: (
        Annotated[
            Kind,
            Field(
                description="`prepaid` sells or tops up a gift card or a deposit: it earns nothing and no promotion touches it."
            ),
        ]
        | None
    ) = None
    quantity: Annotated[AmountIn, Field(description="Up to three decimals, above zero.")] = "1"
    price: Annotated[AmountIn, Field(description="Of one unit.")] | None = None
    discount: Annotated[AmountIn, Field(description="What the till has taken off the line already.")] = "0"
    excluded: Annotated[bool, Field(description="No promotion takes this line.")] | None = None
    price_min: Annotated[AmountIn, Field(description="Below this price of a unit no promotion takes the line.")] = "0"
    tax_percent: AmountIn | None = None

    def draft(self) -> LineDraft:
        """The line as the rules read it."""
        return LineDraft(
            quantity=self.quantity,
            sku=self.sku,
            price=self.price,
            name=self.name,
            category=self.category,
            tags=None if self.tags is None else tuple(self.tags),
            kind=self.kind,
            discount=self.discount,
            excluded=self.excluded,
            price_min=self.price_min,
            tax_percent=self.tax_percent,
        )


class OrderSpendIn(In):
    """What is to be paid with a balance or with a gift card: an amount of it, or as much as may be."""

    balance_type: Annotated[str, Field(max_length=140, examples=["bonus"])] | None = None
    code: (
        Annotated[
            str,
            Field(
                max_length=100,
                description="Of a gift card, in place of a balance. The code of a membership stands among `codes`.",
            ),
        ]
        | None
    ) = None
    amount: AmountIn | Literal["max"]
    card: Annotated[ReferenceIn, Field(description="One of several cards; left out: the order’s.")] | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.balance_type is None) == (self.code is None):
            raise ValueError(gettext("Name a balance or the code of a gift card, one of the two."))
        if self.code is not None and self.card is not None:
            raise ValueError(gettext("A gift card pays by its code: leave the card out."))
        return self

    def draft(self) -> SpendDraft:
        """The wish as the rules read it."""
        return SpendDraft(self.balance_type or "", self.amount, self.card, self.code)


class OrderIn(In):
    """An order. At most one of card, customer and phone says whose it is."""

    external_id: ExternalIdIn | None = None
    card: ReferenceIn | None = None
    customer: ReferenceIn | None = None
    phone: PhoneIn | None = None
    location: ReferenceIn | None = None
    channel: Annotated[str, Field(max_length=60, examples=["pos"])] = ""
    contact_point: Annotated[str, Field(max_length=120, examples=["till-7"])] = ""
    at: TimeIn | None = None
    starts_at: Annotated[TimeIn, Field(description="Of a visit: when it begins.")] | None = None
    state: Literal["open", "paid", "completed"] = "paid"
    currency: CurrencyIn | None = None
    lines: Annotated[list[OrderLineIn], Field(max_length=LINES_MAX)] = []
    shipping: AmountIn = "0"
    shipping_method: TextIn = ""
    tips: AmountIn = "0"
    codes: Annotated[
        list[CodeIn],
        Field(max_length=CODES_MAX, description="Of promotions, pools, vouchers and memberships, in any order."),
    ] = []
    memberships: OrderMembershipsIn = OrderMembershipsIn()
    spend: Annotated[list[OrderSpendIn], Field(max_length=SPENDS_MAX)] = []
    expected_total: AmountIn | None = None
    reserve_seconds: Annotated[WholeIn, Field(ge=0, le=86_400, description=RESERVING)] = 600
    referred_by: (
        Annotated[
            ReferenceIn,
            Field(
                description="Who invited this customer, before their first order: a code, an id, or `ext:` and an id."
            ),
        ]
        | None
    ) = None

    def draft(self, content_hash: bytes) -> OrderDraft:
        """The order as the rules read it."""
        return OrderDraft(
            lines=tuple([line.draft() for line in self.lines]),
            external_id=self.external_id,
            card=self.card,
            customer=self.customer,
            phone=self.phone,
            location=self.location,
            channel=self.channel,
            contact_point=self.contact_point,
            at=self.at,
            starts_at=self.starts_at,
            state=self.state,
            currency=self.currency,
            shipping=self.shipping,
            shipping_method=self.shipping_method,
            tips=self.tips,
            codes=tuple(self.codes),
            spend=tuple([one.draft() for one in self.spend]),
            uses_memberships=self.memberships.of_customer,
            uses_again=self.memberships.again,
            expected_total=self.expected_total,
            reserve_seconds=self.reserve_seconds,
            referred_by=self.referred_by,
            content_hash=content_hash,
        )


class OrderChange(In):
    """Fields of an open order to change; those left out stay."""

    starts_at: TimeIn | None = None
    lines: Annotated[list[OrderLineIn], Field(max_length=LINES_MAX)] | None = None
    shipping: AmountIn | None = None
    shipping_method: TextIn | None = None
    tips: AmountIn | None = None
    codes: Annotated[list[CodeIn], Field(max_length=CODES_MAX)] | None = None
    memberships: OrderMembershipsIn | None = None
    spend: Annotated[list[OrderSpendIn], Field(max_length=SPENDS_MAX)] | None = None
    contact_point: Annotated[str, Field(max_length=120)] | None = None
    location: ReferenceIn | None = None
    reserve_seconds: Annotated[WholeIn, Field(ge=0, le=86_400, description=RESERVING)] | None = None


class PayIn(In):
    """How an open order is paid; all of it may be left out."""

    expected_total: AmountIn | None = None
    spend: (
        Annotated[list[OrderSpendIn], Field(max_length=SPENDS_MAX, description="In place of what was planned.")] | None
    ) = None


class OrderFilters(Paged):
    """Which orders."""

    card: ReferenceIn | None = None
    customer: ReferenceIn | None = None
    location: ReferenceIn | None = None
    promotion: ReferenceIn | None = None
    state: State | None = None
    channel: Annotated[str, Field(max_length=60)] | None = None
    external_id: Annotated[str, Field(max_length=128)] | None = None
    start: Annotated[TimeIn | None, Field(alias="from", description="Orders from this time on.")] = None
    end: Annotated[TimeIn | None, Field(alias="to", description="Orders before this time.")] = None


class OrderLineOut(Out):
    """A line as it was priced: total = quantity × price − till_discount − discount."""

    sku: str
    name: str
    category: str
    tags: list[str]
    kind: Kind
    quantity: AmountOut
    price: AmountOut
    till_discount: AmountOut
    excluded: bool
    price_min: AmountOut
    tax_percent: AmountOut | None
    discount: Annotated[AmountOut, Field(description="What promotions took off.")]
    tax: AmountOut
    total: AmountOut
    refunded: AmountOut
    refunded_quantity: AmountOut


class OrderSpendOut(Out):
    """What a balance, a gift card or a membership paid, or what a promotion took in return.

    `amount` is in units of the balance, money of the gift card, or visits of the membership.
    """

    card: str | None
    balance_type: str | None
    gift_card: str | None
    membership: str | None
    amount: AmountOut
    money: AmountOut
    promotion: str | None


class SpendableOut(Out):
    """The most that a balance could pay."""

    card: str
    balance_type: str
    max: AmountOut
    money: AmountOut


class OrderEarnOut(Out):
    """What the order earns. `activates_at` null: once it is completed."""

    card: str
    balance_type: str
    amount: AmountOut
    activates_at: TimeOut | None
    expires_at: TimeOut | None
    promotion: str | None


class EarnedOut(Out):
    """An amount of a balance."""

    balance_type: str
    amount: AmountOut


class OrderPromotionOut(Out):
    """What a promotion said: applied, with the arithmetic, or not, with the condition that failed."""

    id: str
    name: str
    version: int
    applied: bool
    reason: Annotated[str, Field(examples=["minimum_amount"])]
    explanation: str
    discount: AmountOut
    earn: list[EarnedOut]


class OrderRewardOut(Out):
    """A reward that the stamps of an order brought, or would bring, with the number of stamps (`goal`) that bring it.

    A quote says what paying now would bring: it is `planned` and has no `id`, and a lottery is told as such, never what it
    will draw. A recorded order says what it gave; `lottery` then names the lottery that drew it.
    """

    id: Annotated[str | None, Field(examples=["grw_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    reward: Annotated[str, Field(examples=["rwd_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    card: str
    kind: Literal["award", "voucher", "lottery", "nothing"]
    title: str
    lottery: str | None
    goal: int | None
    voucher: str | None
    state: Literal["planned", "given", "handed_over", "cancelled"]


class QuoteOut(Out):
    """A priced order: total = total_before − discount_total, with tax that is put on."""

    currency: str
    total_before: AmountOut
    discount_total: AmountOut
    total: AmountOut
    to_pay: Annotated[AmountOut, Field(description="What is left after memberships, balances and gift cards paid.")]
    shipping: AmountOut
    tips: AmountOut
    tax: AmountOut
    lines: list[OrderLineOut]
    spend: list[OrderSpendOut]
    spendable: list[SpendableOut]
    earn: list[OrderEarnOut]
    rewards: list[OrderRewardOut]
    promotions: list[OrderPromotionOut]
    redemptions: list[OrderRedemptionOut]


class OrderOut(QuoteOut):
    """A recorded order."""

    id: Annotated[str, Field(examples=["ord_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    external_id: str | None
    state: State
    card: str | None
    customer: str | None
    phone: str | None
    location: str | None
    channel: str
    contact_point: str
    at: TimeOut
    starts_at: TimeOut | None
    codes: list[str]
    recorded_at: TimeOut | None
    paid_at: TimeOut | None
    completed_at: TimeOut | None
    cancelled_at: TimeOut | None
    reserved_until: TimeOut | None
    refunded: AmountOut
    transactions: list[str]
    version: int
    imported_by: Annotated[
        str | None, Field(description="The import that brought it as history: it earned and spent nothing here.")
    ]


class BatchItemOut(Out):
    """What became of one order of a batch: recorded (201), or not, with the members of a problem."""

    model_config = ConfigDict(extra="allow", frozen=True)

    status: int
    external_id: str | None = None
    id: str | None = None
    state: State | None = None
    total: AmountOut | None = None
    discount_total: AmountOut | None = None
    to_pay: AmountOut | None = None
    earn: list[OrderEarnOut] | None = None
    code: str | None = None
    detail: str | None = None


class BatchOut(Out):
    """One result for each order of a batch, in their order."""

    items: list[BatchItemOut]


class OrderList(Out):
    """A page of orders, newest first."""

    items: list[OrderOut]
    next_cursor: str | None
