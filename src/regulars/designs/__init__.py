"""Designs of card types: drafts, versions, pictures, and what each wallet shows of them (TYP-4 to TYP-6)."""
