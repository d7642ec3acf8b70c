"""By what people can be reached from this installation."""

from regulars.platform.outbound_mail import can_send_mail
from regulars.plugins.sms import can_send_sms
from regulars.storefront.rules.form import Senders


def find_senders() -> Senders:
    """What is configured: mail by SMTP, text messages by a gateway, both or neither."""
    return Senders(email=can_send_mail(), sms=can_send_sms())
