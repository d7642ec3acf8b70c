"""Pages of gift cards and their types."""
