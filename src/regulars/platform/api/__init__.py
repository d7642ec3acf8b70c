"""The manners of the HTTP API: keys, strict JSON, idempotency, lists, versions, rates, problems, documentation."""
