"""Pages of products and their feeds, below the settings."""
