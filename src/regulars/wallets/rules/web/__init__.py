"""Web push: telling a browser that the card it keeps has changed; pure."""
