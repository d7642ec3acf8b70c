"""Orders and visits: priced by promotions, paid with points and deposits, earned on, taken back (ORD-1 to ORD-15, LED-4)."""
