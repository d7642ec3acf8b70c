"""What the till writes: presses, and their undo."""
