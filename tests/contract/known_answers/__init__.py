"""Known answers: orders and promotions of other products, as facts, and what must come out.

`cases.json` holds them in one neutral form; `reading` turns a case into what the engine reads.
"""
