"""Values that every part of Regulars shares; free of any framework."""
