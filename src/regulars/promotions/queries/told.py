"""Promotions in the words of the active language: what they say, and what a new version changes (ORD-13)."""

from regulars.chains.queries import get_chain
from regulars.platform.actor import Actor
from regulars.promotions.models import PromotionVersion
from regulars.promotions.queries.promotions import PromotionView, definition_part
from regulars.promotions.queries.voices import speech_of
from regulars.promotions.queries.written import current_names
from regulars.promotions.rules.conditions import Condition
from regulars.promotions.rules.definition import read_definition
from regulars.promotions.rules.definition.values import NOTHING_SAID, Definition
from regulars.promotions.rules.describe import compare, describe
from regulars.promotions.rules.describe.conditions import Conditions
from regulars.promotions.rules.describe.speech import Comparison, Speech, Told


def tell_promotions(actor: Actor, promotions: list[PromotionView]) -> list[tuple[Told, ...]]:
    """What each of them says, in the same number of queries for any number of them."""
    actor.require("promotions:read")
    names, speech = current_names(actor.chain_id), chain_speech(actor)
    found = [read_definition(definition_part(one.content), names) for one in promotions]
    return [describe(one, speech) if isinstance(one, Definition) else () for one in found]


def compare_with_published(actor: Actor, promotion: PromotionView) -> Comparison:
    """What publishing a promotion would change against the version that runs; against nothing where none does."""
    actor.require("promotions:read")
    names = current_names(actor.chain_id)
    version = PromotionVersion.objects.filter(
        chain_id=actor.chain_id, promotion_id=promotion.id, number=promotion.published
    ).first()
    old = read_definition(definition_part(version.content), names) if version else NOTHING_SAID
    new = read_definition(definition_part(promotion.content), names)
    if not (isinstance(old, Definition) and isinstance(new, Definition)):
        return Comparison((), ())
    return compare(old, new, chain_speech(actor))


def tell_condition(actor: Actor, condition: Condition) -> str:
    """One condition in words; needs a unit of work."""
    return " ".join(Conditions(chain_speech(actor)).condition(condition))


def chain_speech(actor: Actor) -> Speech:
    """How definitions of the actor's chain are told in the active language."""
    return speech_of(current_names(actor.chain_id), get_chain(actor.chain_id).currency)
