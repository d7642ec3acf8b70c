"""Where an order comes from."""

from dataclasses import dataclass
from typing import ClassVar

from regulars.promotions.rules.conditions import NOTHING
from regulars.promotions.rules.facts import Facts, Left, Need
from regulars.promotions.rules.meanings import LocationName
from regulars.promotions.rules.outcome import Reason


@dataclass(frozen=True, slots=True)
class AtPlaces:
    """At one of these locations, over one of these channels, at one of these contact points; an empty list is any."""

    kind: ClassVar[str] = "at_places"
    needs: ClassVar[frozenset[Need]] = NOTHING
    locations: frozenset[LocationName] = frozenset()
    channels: frozenset[str] = frozenset()
    contact_points: frozenset[str] = frozenset()

    def check(self, facts: Facts, left: Left, chosen: tuple[int, ...]) -> Reason | None:
        """Met where all three fit."""
        if self.locations and facts.location not in self.locations:
            return Reason("other_location", {"locations": sorted(self.locations)})
        if self.channels and facts.channel not in self.channels:
            return Reason("other_channel", {"channels": sorted(self.channels)})
        if self.contact_points and facts.contact_point not in self.contact_points:
            return Reason("other_contact_point", {"contact_points": sorted(self.contact_points)})
        return None
