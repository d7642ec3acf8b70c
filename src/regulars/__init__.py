"""Regulars: loyalty for shops and chains, self-hosted."""
