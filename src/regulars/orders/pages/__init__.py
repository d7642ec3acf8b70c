"""Pages of orders and visits."""
