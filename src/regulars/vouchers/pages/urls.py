"""Addresses of the pages of vouchers."""

from django.urls import path

from regulars.vouchers.pages import browse, changing, pictures, printing, public

app_name = "vouchers"
urlpatterns = [
    path("c/<str:token>/vouchers/<str:voucher>/redeem", public.redeem_own, name="redeem_own"),
    path("c/<str:token>/vouchers/<str:voucher>/picture", pictures.show_own_picture, name="own_picture"),
    path("vouchers", browse.show_list, name="list"),
    path("vouchers/issue", changing.issue, name="issue"),
    path("vouchers/find", browse.find, name="find"),
    path("vouchers/print", printing.print_vouchers, name="print"),
    path("vouchers/batches/<str:batch>", browse.show_batch, name="batch"),
    path("vouchers/of/customer/<str:customer>", browse.show_of_customer, name="of_customer"),
    path("vouchers/of/card/<str:card>", browse.show_of_card, name="of_card"),
    path("vouchers/<str:voucher>", browse.show_voucher, name="show"),
    path("vouchers/<str:voucher>/picture", pictures.show_picture, name="picture"),
    path("vouchers/<str:voucher>/picture/change", pictures.change_picture, name="change_picture"),
    path("vouchers/<str:voucher>/redeem", changing.redeem, name="redeem"),
    path("vouchers/<str:voucher>/undo", changing.undo, name="undo"),
    path("vouchers/<str:voucher>/cancel", changing.cancel, name="cancel"),
]
