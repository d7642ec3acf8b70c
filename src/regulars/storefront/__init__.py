"""The storefront: what customers see of a business, on their own phones: the web card (CRD-7, WAL-1)."""
