"""Gift cards: prepaid value that whoever has the code may spend (RWD-5)."""
