"""Card types and the cards that people hold."""
