"""Facts that orders announce; `payload.order_id` names the order."""

from typing import Final

ORDER_RECORDED: Final = "order.recorded"
ORDER_PAID: Final = "order.paid"
ORDER_COMPLETED: Final = "order.completed"
ORDER_CANCELLED: Final = "order.cancelled"
ORDER_REFUNDED: Final = "order.refunded"
ORDER_KINDS: Final = frozenset({ORDER_RECORDED, ORDER_PAID, ORDER_COMPLETED, ORDER_CANCELLED, ORDER_REFUNDED})
