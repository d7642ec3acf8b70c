"""Pages of cards: the issued cards with their side panel, what is done with one, card types, and the public web card."""
