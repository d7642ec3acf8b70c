"""Joins the features when Django starts."""

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    """The project as Django's last application."""

    name = "regulars.project"

    def ready(self) -> None:
        """Hand the tables of subscribers and of time lines to those who ask them."""
        from django.conf import settings

        from regulars.customers.queries.timeline import register_timeline
        from regulars.ledger.actions.goals import serve_goals
        from regulars.platform.together import subscribe_together
        from regulars.plugins.channels import register_channels
        from regulars.plugins.promotions import load_plugins
        from regulars.project.registry import CHANNELS, LETTERS_FOLLOWED, TIMELINE
        from regulars.project.subscriptions import GOALS, TOGETHER

        subscribe_together(TOGETHER)
        serve_goals(GOALS)
        register_timeline(TIMELINE)
        register_channels(CHANNELS, LETTERS_FOLLOWED)
        load_plugins(settings.PLUGINS)
