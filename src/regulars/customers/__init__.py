"""The people whom a chain knows."""
