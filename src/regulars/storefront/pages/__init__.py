"""Pages for customers, behind public links."""
