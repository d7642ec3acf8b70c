"""Joins the features when Django starts."""

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    """The project as Django's last application."""

    name = "regulars.project"

    def ready(self) -> None:
        """Hand the table of subscribers to the platform."""
        from regulars.platform.together import subscribe_together
        from regulars.project.subscriptions import TOGETHER

        subscribe_together(TOGETHER)
