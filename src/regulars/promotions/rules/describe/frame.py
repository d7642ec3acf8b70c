"""What a promotion is about, its limits, how it stands to others, and what triggers it, in plain sentences."""

from regulars.promotions.rules.definition.values import Definition, Trigger
from regulars.promotions.rules.describe.speech import Teller, Texts
from regulars.promotions.rules.products import EVERYTHING


class Frame(Teller):
    """All around what it gives."""

    def about(self, definition: Definition) -> Texts:
        """Which products are meant, unless all are."""
        if definition.products != EVERYTHING:
            yield self.say("about", products=self.products(definition.products))

    def limits(self, definition: Definition) -> Texts:
        """How often and how much."""
        limits = definition.limits
        for name in ("total", "per_customer", "per_day", "per_order", "units"):
            if getattr(limits, name) is not None:
                yield self.say(f"limit_{name}", limit=getattr(limits, name))
        if limits.discount is not None:
            yield self.say("limit_discount", limit=self._speech.money(limits.discount))
        if limits.earned_per_day is not None and definition.earnings:
            earned = self._speech.units(definition.earnings[0].balance_type, limits.earned_per_day)
            yield self.say("limit_earned_per_day", limit=earned)

    def beside(self, definition: Definition) -> Texts:
        """How it stands to other promotions."""
        if definition.stands_alone:
            yield self.say("stands_alone")
        if definition.group:
            yield self.say("group", group=definition.group)
        if definition.priority:
            yield self.say("priority", priority=definition.priority)
        if not definition.counts_units_once:
            yield self.say("counts_units_twice")

    def trigger(self, trigger: Trigger | None) -> Texts:
        """What gives or takes units without an order."""
        if trigger is None:
            return
        yield self.say(
            "every_invited_order" if trigger.is_every else trigger.event,
            units=self._triggered(trigger),
            days=trigger.after_days,
        )
        if trigger.days_before or trigger.days_after:
            yield self.say("birthday_window", before=trigger.days_before, after=trigger.days_after)
        if trigger.action == "redeem":
            yield self.say("is_taken")

    def _triggered(self, trigger: Trigger) -> str:
        def units(amount: int) -> str:
            return self._speech.units(trigger.balance_type, amount)

        if trigger.amount is not None:
            return units(trigger.amount)
        return self.say("between", minimum=units(trigger.minimum or 0), maximum=units(trigger.maximum or 0))
