"""Pages of rewards: the list and the catalogue, milestones of a card type, what a card got."""
