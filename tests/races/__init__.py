"""Many hands on one card at the same instant."""
