"""Pictures on pages: addressed by what they show, so that a browser asks for each once."""

from django.http import HttpResponse


def picture_page(media_type: str, content: bytes) -> HttpResponse:
    """A picture whose address names its version: what is shown once need not be asked for again."""
    headers = {"Cache-Control": "private, max-age=86400", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=media_type, headers=headers)
