"""Addresses of the pages of messages."""

from django.urls import path

from regulars.messaging.pages import write

app_name = "messaging"
urlpatterns = [path("messages/write", write.write_message, name="write")]
