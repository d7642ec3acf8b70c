"""Spreadsheets out."""
