"""The shell that every feature shares: database, tenancy, problems, audit, outbox, pages."""
