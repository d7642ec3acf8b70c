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
