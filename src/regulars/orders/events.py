"""Facts that orders announce, each with the order's id in `order_id`."""

from typing import Final

ORDER_RECORDED: Final = "order.recorded"
"""An order is there; `state` says whether it came open, paid or completed."""
ORDER_PAID: Final = "order.paid"
"""An order that was open is paid."""
ORDER_COMPLETED: Final = "order.completed"
"""An order that was open or paid is completed."""
ORDER_CHANGED: Final = "order.changed"
"""An open order was changed."""
ORDER_CANCELLED: Final = "order.cancelled"
"""All that an order did was undone; `refund_id` names what that gave back, where it was paid."""
ORDER_REFUNDED: Final = "order.refunded"
"""Part or all of an order was given back; `refund_id` names the refund."""
ORDER_TAKEN_OVER: Final = "order.taken_over"
"""An order that had no card earned on one that came later."""
HISTORY_CHANGED: Final = "order.history_changed"
"""Orders of the past came in by an import, or went with its undo: nothing happened now, but their `customers` and cards count anew."""
ORDER_KINDS: Final = frozenset(
    {
        ORDER_RECORDED,
        ORDER_PAID,
        ORDER_COMPLETED,
        ORDER_CHANGED,
        ORDER_CANCELLED,
        ORDER_REFUNDED,
        ORDER_TAKEN_OVER,
    }
)
