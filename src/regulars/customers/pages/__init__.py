"""Pages of customers: the list with its panel, one customer, forms, saved views, the chain's own fields."""
