"""One import being worked on: what its background steps share (reading, checking, writing)."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.cards.queries.types import CardTypeView, find_card_type
from regulars.chains.queries import get_chain
from regulars.customers.queries import list_custom_fields
from regulars.imports.actions import planning
from regulars.imports.actions.telling import tell
from regulars.imports.models import Import
from regulars.imports.queries.facts import FactsScope
from regulars.imports.queries.plans import shop_of
from regulars.imports.queries.tables import staging_of
from regulars.imports.reading.files import FileRead
from regulars.imports.rules.decide import Options
from regulars.imports.rules.details import PHONES_KEY
from regulars.imports.rules.plan import ReadingPlan
from regulars.imports.rules.targets import FURTHER_PHONES, BalanceType
from regulars.platform.actor import ALL_RIGHTS, Actor
from regulars.platform.clock import now_in
from regulars.platform.database import rows, unit_of_work
from regulars.platform.tenancy import ChainSettings

DETAILS: Final = frozenset(
    {"name", "first_name", "last_name", "email", "phone", "birthday", "language", "tags", "notes", "external_id"}
)


class Cancelled(Exception):
    """The user stopped the import; what runs ends at the next slice or chunk."""


class Work:
    """One import being worked on, with what its steps share."""

    def __init__(self, chain_id: UUID, import_id: UUID, *, now: datetime) -> None:
        self.now = now
        self.chain_id = chain_id
        self.import_id = import_id
        with unit_of_work(chain_id):
            self.chain: ChainSettings = get_chain(chain_id)
            self.one = Import.objects.get(chain_id=chain_id, id=import_id)
            self.card_type: CardTypeView | None = (
                find_card_type(chain_id, self.one.card_type_id) if self.one.card_type_id else None
            )
            self.customs = list_custom_fields(chain_id)
        self.tables = staging_of(import_id)
        self.country: str = self.one.options.get("country") or self.chain.country

    @property
    def balances(self) -> tuple[BalanceType, ...]:
        """The balance types of the card type, as the rules know them."""
        found = self.card_type.balance_types if self.card_type else ()
        return tuple(BalanceType(b.external_id, b.name, b.kind, b.decimals) for b in found)  # type: ignore[arg-type]

    @property
    def actor(self) -> Actor:
        """Who uploaded the file, acting through the import."""
        return Actor(
            chain_id=self.chain_id,
            rights=ALL_RIGHTS,
            through="import",
            staff_id=self.one.staff_id,
            key_id=self.one.key_id,
        )

    def save(self, **values: Any) -> None:
        """Write columns of the import's row in a unit of work of its own; stops where the import was cancelled."""
        with unit_of_work(self.chain_id):
            written = Import.objects.filter(id=self.import_id).exclude(state="failed").update(**values)
            if not written:
                raise Cancelled
            for name, value in values.items():
                setattr(self.one, name, value)
            if "state" in values:
                tell(self.actor, self.one, now=now_in(self.chain_id))

    def progress(self, done: int, total: int | None = None) -> None:
        """Say how far it is, and stop where the user asked for it."""
        with unit_of_work(self.chain_id):
            found = rows(
                "UPDATE imports SET rows_done = %s, rows_total = coalesce(%s, rows_total) WHERE id = %s"
                " RETURNING is_cancelled",
                [done, total, self.import_id],
            )
        if not found or found[0][0]:
            raise Cancelled

    def plan(self, read: FileRead, *, country: str | None = None) -> tuple[ReadingPlan, bool]:
        """How the rows of the file are read, in the dialect of its columns."""
        return planning.plan_reading(
            self.one,
            read,
            balances=self.balances,
            customs=self.customs,
            country=country or self.country,
            today=self.one.created_at.astimezone(self.chain.zone).date(),
            money_decimals=self.chain.currency_decimals,
            shop=shop_of(self.one, self.chain),
        )

    def facts(self, plan: ReadingPlan) -> FactsScope:
        """What gathering facts about the rows needs."""
        by_name = {b.external_id: b.id for b in self.card_type.balance_types} if self.card_type else {}
        names = tuple(balance.external_id for balance in plan.balances)
        targets = {column.target.key for column in plan.columns}
        return FactsScope(
            chain_id=self.chain_id,
            card_type_id=self.card_type.id if self.card_type else None,
            tables=self.tables,
            plan=plan,
            balance_ids=tuple(by_name[name] for name in names),
            names=names,
            fields=self.one.options.get("fields") or "fill",
            now=self.now,
            details=frozenset(name for name in targets if name in DETAILS or name.startswith("custom:"))
            | ({PHONES_KEY} if targets & set(FURTHER_PHONES) else frozenset()),
        )

    def options(self) -> Options:
        """What the user chose for the whole import."""
        chosen = self.one.options
        return Options(
            mode=self.one.mode or "set",  # type: ignore[arg-type]
            existing=chosen.get("existing") or "change",
            missing=chosen.get("missing") or "create",
            customers=chosen.get("customers") or "named",
            fields=chosen.get("fields") or "fill",
            conflicts=self.one.conflicts,  # type: ignore[arg-type]
            several_per_customer=bool(self.card_type and self.card_type.several_per_customer),
        )
