"""Routes of messages."""

from regulars.messaging.api.messages import routes as message_routes

__all__ = ["message_routes"]
