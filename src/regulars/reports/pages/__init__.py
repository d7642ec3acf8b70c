"""Pages of reports: the overview."""
