"""Decisions about vouchers."""
