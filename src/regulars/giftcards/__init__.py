"""Gift cards: sold for money, worth money, paid with until nothing is left (RWD-5)."""
