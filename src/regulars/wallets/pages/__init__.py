"""Pages of wallets, and what phones ask."""
