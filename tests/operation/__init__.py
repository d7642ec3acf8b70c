"""Starting, stopping, killing: what an operator does to an installation."""
