"""Pages of programs and balance types."""
