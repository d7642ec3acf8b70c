"""Vouchers as rules see them, and what is to be issued."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, Self, get_args
from uuid import UUID

from regulars.kernel.codes import code_end
from regulars.kernel.fields import check_text
from regulars.kernel.refusal import FieldProblem
from regulars.programs.rules.validity import UNLIMITED, Validity
from regulars.vouchers.rules.states import State, state_at

Source = Literal["manual", "milestone", "lottery", "catalogue", "promotion", "import"]

SOURCES: Final[tuple[str, ...]] = get_args(Source)
TITLE_LENGTH_MAX: Final = 120
DESCRIPTION_LENGTH_MAX: Final = 2000
REASON_LENGTH_MAX: Final = 500
AT_ONCE_MAX: Final = 500
"""So many vouchers are issued by hand at a time, and stand on one printed sheet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherDraft:
    """A voucher to be issued: to a card, to a customer, or to whoever holds its code.

    With a card, the card's holder is the voucher's, whoever that is: `customer_id` is left out then. `code` empty has
    one made. `location_ids` None is valid everywhere the card is.
    """

    title: str
    description: str = ""
    picture_id: UUID | None = None
    card_id: UUID | None = None
    customer_id: UUID | None = None
    validity: Validity = UNLIMITED
    starts_at: datetime | None = None
    benefit: Mapping[str, str] | None = None
    code: str | None = None
    location_ids: tuple[UUID, ...] | None = None
    customer_may_redeem: bool = False
    source: Source = "manual"
    source_id: UUID | None = None
    batch_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherState:
    """A voucher as it was read, under its lock where it is to be changed; `state` is that of the moment of reading."""

    id: UUID
    version: int
    state: State
    code: str
    title: str
    description: str
    card_id: UUID | None
    customer_id: UUID | None
    validity: Validity
    starts_at: datetime
    expires_at: datetime | None
    benefit: Mapping[str, str] | None
    location_ids: tuple[UUID, ...] | None
    customer_may_redeem: bool
    source: str
    source_id: UUID | None
    batch_id: UUID | None
    issued_at: datetime
    redeemed_at: datetime | None = None
    redeemed_location_id: UUID | None = None
    redeemed_location: str = ""
    redeemed_by: str = ""
    order_id: UUID | None = None
    is_of_order: bool = False
    state_reason: str = ""
    card_status: str | None = None
    """`blank` is a card that is in use and that nobody holds yet."""
    holder_id: UUID | None = None
    picture_id: UUID | None = None
    places: tuple[tuple[UUID, str], ...] | None = None
    """Where it is valid, with names: its own places, else those of its card's type; None is everywhere."""

    @property
    def code_end(self) -> str:
        """The last letters of its code, by which it is told from others and cannot be used."""
        return code_end(self.code)

    def at(self, now: datetime) -> Self:
        """The same with the state that time has brought by now."""
        return replace(self, state=state_at(self.state, self.starts_at, self.expires_at, now))


def check_draft(draft: VoucherDraft) -> list[FieldProblem]:
    """Say what is wrong with the words and times of a voucher to be issued."""
    problems = check_text(draft.title, "/title", length_max=TITLE_LENGTH_MAX)
    if not draft.title.strip():
        problems.append(FieldProblem("/title", "required", "Say what the voucher is for."))
    problems += check_text(draft.description, "/description", length_max=DESCRIPTION_LENGTH_MAX)
    if draft.card_id is not None and draft.customer_id is not None:
        problems.append(FieldProblem("/customer", "one_holder", "Name a card or a customer, not both."))
    if draft.customer_may_redeem and draft.card_id is None and draft.customer_id is None:
        problems.append(
            FieldProblem(
                "/customer_may_redeem", "holder_required", "Only whoever holds a card can redeem by themselves."
            )
        )
    return problems
