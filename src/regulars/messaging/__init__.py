"""Messages to customers (MSG-5)."""
