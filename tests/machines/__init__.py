"""Long random histories, held against a naive model."""
