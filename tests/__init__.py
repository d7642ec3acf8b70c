"""Tests of the whole; those of one feature lie beside it in `src/regulars/<feature>/tests/`."""
