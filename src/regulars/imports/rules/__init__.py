"""Every decision of an import, pure: which column is what, what a cell means, what a row does."""
