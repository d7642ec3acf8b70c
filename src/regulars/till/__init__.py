"""The till: scan, stamp, redeem, issue and take back, on a phone or a tablet (TIL-1 to TIL-3)."""
