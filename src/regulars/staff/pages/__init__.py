"""Pages of signing in, of one's own account, of staff and of API keys."""
