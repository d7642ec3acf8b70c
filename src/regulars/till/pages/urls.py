"""Addresses of the till."""

from django.urls import path

from regulars.till.pages import (
    device,
    devices,
    giving,
    limits,
    pictures,
    pressing,
    queue,
    receipts,
    scanning,
    slips,
    who,
)

app_name = "till"

urlpatterns = [
    path("till", scanning.show_till, name="show"),
    path("till/app.webmanifest", device.show_manifest, name="manifest"),
    path("till/who", who.show_who, name="who"),
    path("till/who/take-over", who.take_over, name="take_over"),
    path("till/found", scanning.find, name="find"),
    path("till/card/<str:card>", scanning.show_card, name="card"),
    path("till/card/<str:card>/give", giving.give_card, name="give"),
    path("till/picture", pictures.read, name="picture"),
    path("till/press", pressing.press_button, name="press"),
    path("till/recent", pressing.show_recent, name="recent"),
    path("till/pressed/<str:press>", pressing.show_pressed, name="pressed"),
    path("till/pressed/<str:press>/undo", pressing.undo, name="undo"),
    path("till/set-up", device.show_set_up, name="set_up"),
    path("till/place", device.choose, name="place"),
    path("till/mode", device.set_mode, name="mode"),
    path("till/device", queue.register, name="device"),
    path("till/queue", queue.show_queue, name="queue"),
    path("till/queue/sent", queue.take, name="take_queue"),
    path("till/queue/<str:note>/count", queue.count, name="queue_count"),
    path("till/queue/<str:note>/aside", queue.aside, name="queue_aside"),
    path("till/without-connection", queue.show_shell, name="shell"),
    path("till/worker.js", queue.show_worker, name="worker"),
    path("settings/tills", devices.show_devices, name="devices"),
    path("settings/tills/<str:device>/revoke", devices.revoke, name="revoke_device"),
    path("till/receipt", slips.press_receipt, name="press_receipt"),
    path("r/<str:code>", slips.show_slip, name="slip"),
    path("receipts", receipts.show_batches, name="receipts"),
    path("receipts/new", receipts.new_batch, name="new_receipts"),
    path("receipts/<str:batch>", receipts.show_batch, name="receipt_batch"),
    path("receipts/<str:batch>/print", receipts.print_batch, name="print_receipts"),
    path("receipts/<str:batch>/codes.csv", receipts.export_batch, name="export_receipts"),
    path("settings/tills/limits", limits.show_limits, name="limits"),
    path("till/leave", device.leave, name="leave"),
]
