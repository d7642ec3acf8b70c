"""What the storefront decides, without a database."""
