"""Pages of cards: the issued cards with their side panel, what is done with one, and card types."""
