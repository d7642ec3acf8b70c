"""Rules of gift cards; pure."""
