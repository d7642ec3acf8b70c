"""Proof of the ledger's promises (LED-1, LED-5): for the whole database, or for one card."""

from regulars.ledger.verify.proof import Breach, Promise, Report, prove

__all__ = ["Breach", "Promise", "Report", "prove"]
