"""Addresses of the pages of imports."""

from django.urls import path

from regulars.imports.pages import check, history, match, result, sample, upload

app_name = "imports"

urlpatterns = [
    path("sample-data", sample.show, name="sample"),
    path("sample-data/add", sample.add, name="add_sample"),
    path("sample-data/remove", sample.remove, name="remove_sample"),
    path("imports", history.show_history, name="list"),
    path("imports/new", upload.new_import, name="new"),
    path("imports/template.<str:file_format>", upload.download_template, name="template"),
    path("imports/<str:identifier>", history.show_import, name="show"),
    path("imports/<str:identifier>/work", history.show_work, name="work"),
    path("imports/<str:identifier>/match", match.match_columns, name="match"),
    path("imports/<str:identifier>/check", check.show_check, name="check"),
    path("imports/<str:identifier>/repair", check.repair, name="repair"),
    path("imports/<str:identifier>/country", check.read_as_country, name="country"),
    path("imports/<str:identifier>/rows/<int:row>", check.mend_row, name="row"),
    path("imports/<str:identifier>/apply", check.apply, name="apply"),
    path("imports/<str:identifier>/cancel", history.cancel, name="cancel"),
    path("imports/<str:identifier>/result", result.show_result, name="result"),
    path("imports/<str:identifier>/undo", result.undo, name="undo"),
    path("imports/<str:identifier>/problems.<str:file_format>", result.download_problems, name="problems"),
]
