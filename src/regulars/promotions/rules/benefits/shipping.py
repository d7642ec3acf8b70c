"""What is off the shipping: percent, an amount, or down to a price."""

from dataclasses import dataclass
from typing import ClassVar

from regulars.promotions.rules.benefits import Room, Stage, cut_or_reason, part_of
from regulars.promotions.rules.facts import Facts, Left
from regulars.promotions.rules.meanings import Money, Percent, SomeMoney
from regulars.promotions.rules.outcome import Cut, Reason

NO_SHIPPING = Reason("no_shipping")


@dataclass(frozen=True, slots=True)
class ShippingOff:
    """Percent off, or an amount off, or a price that shipping costs at most: exactly one of the three."""

    kind: ClassVar[str] = "shipping_off"
    stage: ClassVar[Stage] = Stage.SHIPPING
    percent: Percent | None = None
    amount: SomeMoney | None = None
    price: Money | None = None

    def __post_init__(self) -> None:
        assert sum(one is not None for one in (self.percent, self.amount, self.price)) == 1

    def cut(self, facts: Facts, left: Left, chosen: tuple[int, ...], room: Room) -> Cut | Reason:
        """Never more than shipping costs, never a surcharge."""
        if self.percent is not None:
            off = part_of(left.shipping, self.percent)
            steps = (Reason("percent_of", {"percent": self.percent, "base": left.shipping, "amount": off}),)
        elif self.amount is not None:
            off = min(left.shipping, self.amount)
            steps = (Reason("amount_off", {"amount": self.amount, "taken": off}),)
        else:
            off = max(0, left.shipping - (self.price or 0))
            steps = (Reason("fixed_price", {"price": self.price}),)
        return cut_or_reason(Cut((0,) * len(facts.lines), shipping=off, steps=steps), otherwise=NO_SHIPPING)
