"""Pages of the business and its locations."""
