"""Designs to start from, by line of business; pure. What they are called, people read in their own language."""

from dataclasses import dataclass, replace
from typing import Final

from regulars.designs.rules.definition import Design, default_design


@dataclass(frozen=True, slots=True)
class Template:
    """A design to start from, and how many stamps its card has."""

    key: str
    background: str
    foreground: str
    icon: str
    goal: int

    def design(self, *, title: dict[str, str], reward: dict[str, str]) -> Design:
        """The design in these words."""
        plain = default_design(background=self.background, foreground=self.foreground, icon=self.icon)
        return replace(plain, texts={"title": title, "reward": reward})


GALLERY: Final = (
    Template("cafe", "#2a1d14", "#fbeedb", "coffee", 8),
    Template("barber", "#1f2a37", "#f3efe6", "scissors", 6),
    Template("beauty", "#8a2149", "#fdeaf1", "heart", 10),
    Template("pizzeria", "#7f2f1d", "#fdeee7", "pizza", 10),
    Template("florist", "#14473a", "#eaf6ec", "flower-2", 7),
    Template("car_wash", "#12405f", "#e8f4fb", "car", 5),
    Template("gym", "#191d26", "#eef1f6", "dumbbell", 12),
    Template("pets", "#efe3cd", "#35291a", "paw-print", 8),
    Template("gifts", "#4a2354", "#f8ebfb", "gift", 10),
)
