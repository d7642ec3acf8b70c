"""What messages do."""
