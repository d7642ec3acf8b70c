"""The form of a promotion: what is typed, row by row, as the JSON that promotions are kept in, and back."""
