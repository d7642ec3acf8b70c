"""Cards in the wallets of phones: what a card shows, Apple's passes, their web service and pushes (WAL-1 to WAL-5)."""
