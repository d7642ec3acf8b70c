"""The only place that knows every feature: settings, addresses, subscriptions, command line."""
