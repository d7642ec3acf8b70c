"""What promotions have promised to people who have not got it yet, and who keeps what (ORD-13)."""
