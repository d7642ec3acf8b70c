"""People who work with Regulars: logins, roles, keys."""
