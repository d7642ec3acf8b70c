"""Spreadsheets in: read, matched, checked, applied, and undone."""
