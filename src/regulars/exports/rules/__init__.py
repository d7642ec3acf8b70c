"""What an export may be asked for, and how its values are written; pure."""
