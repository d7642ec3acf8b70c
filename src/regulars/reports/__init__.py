"""What it all comes to."""
