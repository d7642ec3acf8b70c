"""The example files, and the card types into which they are imported: as the sample chain, and as sample data (UX 8)."""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from regulars.cards.rules.types import CardTypeDraft
from regulars.programs.rules import BalanceTypeDraft, ProgramDraft


@dataclass(frozen=True, slots=True)
class SampleType:
    """A card type of the sample with its program."""

    program: ProgramDraft
    card_type: CardTypeDraft

    @property
    def active_program(self) -> ProgramDraft:
        """The program, at work from its first day."""
        return replace(self.program, state="active")


@dataclass(frozen=True, slots=True)
class SampleFile:
    """One of the example files and how its owner imported it."""

    name: str
    card_type: str
    mode: str
    options: dict[str, Any] = field(default_factory=dict)


CLUB: Final = SampleType(
    ProgramDraft(
        name="Linden Club",
        external_id="club",
        balance_types=(
            BalanceTypeDraft(name="Bonus", external_id="bonus", kind="points", decimals=2, money_per_unit=Decimal(1)),
            BalanceTypeDraft(name="Deposit", external_id="deposit", kind="deposit"),
        ),
    ),
    CardTypeDraft(name="Linden Club", external_id="club", background="#173f35", foreground="#f2efe4", icon="scissors"),
)
COFFEE: Final = SampleType(
    ProgramDraft(
        name="Coffee card",
        external_id="coffee",
        balance_types=(BalanceTypeDraft(name="Stamps", external_id="stamps", kind="stamps"),),
    ),
    CardTypeDraft(name="Coffee card", external_id="coffee", goal=10),
)
FILES: Final = (
    SampleFile("salon-altegio-clients.xlsx", "club", "set"),
    SampleFile("salon-deposits.xlsx", "club", "add"),
    SampleFile("shop-lightspeed-customers.csv", "club", "set"),
    SampleFile("beauty-russian-clients.csv", "club", "set", {"country": "RU"}),
    SampleFile("hindi-customers.ods", "club", "set", {"country": "IN"}),
    SampleFile("cafe-7stamp-cards.csv", "coffee", "set"),
)
TYPES: Final = (CLUB, COFFEE)


def mark_type(sample: SampleType, word: str) -> SampleType:
    """The card type as it stands in a chain of somebody's own: every name says that it is sample, ids stay free."""

    def name(text: str) -> str:
        return f"{word}: {text}"

    balances = tuple(
        replace(one, name=name(one.name), external_id=f"sample-{one.external_id}")
        for one in sample.program.balance_types
    )
    program = replace(
        sample.program,
        name=name(sample.program.name),
        external_id=f"sample-{sample.program.external_id}",
        balance_types=balances,
    )
    card_type = replace(
        sample.card_type, name=name(sample.card_type.name), external_id=f"sample-{sample.card_type.external_id}"
    )
    return SampleType(program, card_type)
