"""What an order says of memberships that are to pay, and what came of its codes, as the API writes them."""

from typing import Annotated, Literal

from pydantic import Field

from regulars.platform.api.fields import AmountOut, In, Out


class OrderMembershipsIn(In):
    """Which memberships pay, beside those whose codes stand among `codes`, and how."""

    of_customer: Annotated[
        bool,
        Field(
            description="Those of the customer, or on the card, that the order names: what ends first pays first. At most 20."
        ),
    ] = False
    again: Annotated[
        bool, Field(description="Take a visit although the last one was less hours ago than its type asks for.")
    ] = False


class VisitedLineOut(Out):
    """Units of a line that visits of a membership pay, one each; the first line is 0."""

    index: int
    visits: int
    money: AmountOut


class OrderRedemptionOut(Out):
    """What came of a code, a voucher, a gift card or a membership. `code` is its end, never the code itself.

    `locked` is kept for this open order, `planned` is what an order would use; `reason` says why one was not used.
    """

    kind: Literal["code", "voucher", "gift_card", "membership", "unknown"]
    id: str | None
    code: Annotated[str, Field(description="Empty where a membership without a code pays.")]
    name: str
    state: Literal["planned", "locked", "used", "refused", "given_back", "released"]
    promotions: list[str]
    money: AmountOut
    returned: AmountOut
    visits: Annotated[int, Field(description="What a membership pays with.")]
    visits_returned: int
    lines: Annotated[list[VisitedLineOut], Field(description="What these visits pay.")]
    reason: Annotated[str | None, Field(examples=["code_used"])]
    explanation: str
