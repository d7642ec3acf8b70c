"""A definition in plain sentences, one translatable template each, and what changed between two of them (ORD-13)."""

from collections.abc import Iterable, Iterator

from regulars.promotions.rules.definition.values import Definition
from regulars.promotions.rules.describe.conditions import Conditions
from regulars.promotions.rules.describe.frame import Frame
from regulars.promotions.rules.describe.gains import Gains
from regulars.promotions.rules.describe.speech import Comparison, Part, Speech, Told


def describe(definition: Definition, speech: Speech) -> tuple[Told, ...]:
    """All that a definition says: when, about what, what it gives and brings, its limits, how it stands to others."""
    return tuple(_told(definition, speech))


def compare(old: Definition, new: Definition, speech: Speech) -> Comparison:
    """What `new` says no longer and what it says instead, sentence by sentence."""
    before, after = describe(old, speech), describe(new, speech)
    return Comparison(
        gone=tuple(one for one in before if one not in after),
        come=tuple(one for one in after if one not in before),
    )


def _told(definition: Definition, speech: Speech) -> Iterator[Told]:
    conditions, gains, frame = Conditions(speech), Gains(speech), Frame(speech)

    def about(part: Part, texts: Iterable[str]) -> Iterator[Told]:
        return (Told(part, text) for text in texts)

    yield from about("trigger", frame.trigger(definition.trigger))
    for condition in definition.conditions:
        yield from about("when", conditions.condition(condition))
    yield from about("when", conditions.codes(definition.codes))
    yield from about("when", conditions.unlocked(definition.code_pools, by_voucher=definition.by_voucher))
    yield from about("about", frame.about(definition))
    for benefit in definition.benefits:
        yield from about("gives", gains.benefit(benefit))
    yield from about("earns", gains.earnings(definition))
    yield from about("limits", frame.limits(definition))
    yield from about("beside", frame.beside(definition))
