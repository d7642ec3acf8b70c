"""Pure rules of products and of the feeds that they come by."""
