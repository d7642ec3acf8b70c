"""Rules of joining; pure."""
