"""What happens after a commit: events get their number, batches their seal, subscribers their events (DESIGN 4 and 5)."""
