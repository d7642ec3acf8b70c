"""What every page shares: the answer with its fragment, toasts, headers, navigation, preferences, the style guide."""
