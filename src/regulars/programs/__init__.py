"""Programs and the balance types that they count."""
