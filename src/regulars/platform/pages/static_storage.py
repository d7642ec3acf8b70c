"""Static files with hashed names, the imports inside our own modules included."""

from django.contrib.staticfiles.storage import ManifestFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hash file names inside ES-module imports too, so that our modules need no bundler.

    Not `support_js_module_import_aggregation = True`: that also rewrites the files of other packages, and
    django-htmx's htmx 4 holds text that looks like an import, which makes collectstatic fail.
    """

    patterns = (
        *ManifestFilesMixin.patterns,
        ("regulars/js/*.js", ManifestFilesMixin._js_module_import_aggregation_patterns[1]),  # type: ignore[attr-defined]
    )
