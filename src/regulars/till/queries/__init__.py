"""What the till reads: what was scanned, what was pressed."""
