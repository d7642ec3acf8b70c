"""Pages of imports: Upload, Match columns, Check, Import, Result; each step has an address one can come back to."""
