"""Reads of exports, and of the rows they are made of."""
