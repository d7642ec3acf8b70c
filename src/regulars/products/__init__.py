"""What a chain sells: products by API, file or feed; optional, for orders fill in what their lines leave out (ORD-12)."""
