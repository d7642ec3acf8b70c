"""Pages of codes."""
