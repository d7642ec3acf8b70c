"""Signed passes for Apple Wallet per second on one core, beside a ready library in the same run (issue 5, Figures)."""

import tempfile
import time
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.report import Row, report
from regulars.designs.rules.pictures import Look, apple_pictures
from regulars.platform.garbage import settle
from regulars.wallets.rules.apple.certificate import PassCertificate, load_certificate
from regulars.wallets.rules.apple.document import Service, pass_document
from regulars.wallets.rules.apple.package import pack
from regulars.wallets.rules.view import Barcode, Colours, Number, ShownField, WalletCard
from tests.apple_kit import PASS_TYPE, TEAM, Apple, apple

PER_SECOND_MIN: Final = 800
TIMES_MIN: Final = 40
STAMPS: Final = 10
MANIFEST: Final = b"x" * 600
LOOK: Final = Look("#2a1d14", "#fbeedb", "coffee")
SERVICE: Final = Service(pass_type=PASS_TYPE, team=TEAM, url="https://cards.example/apple", token="t" * 43)


def add_arguments(parser: ArgumentParser) -> None:
    """--seconds of each measurement."""
    parser.add_argument("--seconds", type=float, default=3.0, help="length of each measurement")


def run(options: Namespace) -> int:
    ours = apple(datetime.now(UTC))
    signer = load_certificate(ours.leaf.pem, ours.leaf.key_pem, ours.intermediate.pem)
    for stamps in range(STAMPS + 1):
        ours_built(stamps, signer)
    # As the web processes that give passes out do once they have started.
    settle()
    pairs = [
        (rate(lambda n: ours_built(n, signer), options.seconds), reference(ours, options.seconds)) for _ in range(3)
    ]
    built = median(one for one, _ in pairs)
    rows = [
        Row(
            "signed passes per second, stamp pictures kept",
            f"{built:,.0f}",
            f"≥ {PER_SECOND_MIN}",
            built >= PER_SECOND_MIN,
        ),
        Row("signatures alone per second", f"{rate(lambda _n: signer.sign(MANIFEST), options.seconds):,.0f}"),
        Row("one pass", f"{len(ours_built(1, signer)) / 1024:.0f} KB"),
    ]
    others = [other for _, other in pairs if other]
    if others:
        times = median(one / other for one, other in pairs if other)
        rows += [
            Row("the same passes by py-pkpass", f"{median(others):,.1f}"),
            Row("ours beside it", f"{times:.0f} ×", f"≥ {TIMES_MIN} ×", times >= TIMES_MIN),
        ]
    notes = [f"Processor time of one core: {STAMPS} stamps, six pictures, three languages, RSA with 2,048 bits."]
    if not others:
        notes.append(
            "py-pkpass is not installed, so nothing to compare with: `pip install py-pkpass` beside the test extras."
        )
    return 0 if report("passes", rows, notes=notes) else 1


def rate(build: Any, seconds: float) -> float:
    """How often something is built in a second of processor time."""
    began, count = time.process_time(), 0
    while time.process_time() - began < seconds:
        build(count)
        count += 1
    return count / (time.process_time() - began)


def ours_built(number: int, signer: PassCertificate) -> bytes:
    """One pass of a card that has some stamps."""
    card = card_of(number)
    document, strings = pass_document(card, SERVICE)
    return pack(document, {**card.pictures, **strings}, signer)


def card_of(number: int) -> WalletCard:
    """A card with a balance, stamps and a code."""
    texts = {"en": "Points", "ru": "Баллы", "hi": "अंक"}
    field = ShownField(key="points", place="header", label=texts, value=Number(Decimal(number)), announce=texts)
    holder = ShownField(key="holder", place="secondary", label=texts, value={"en": f"Anna {number}"})
    return WalletCard(
        serial=f"pas_{number}",
        language="en",
        languages=("en", "ru", "hi"),
        organisation={"en": "Café Nord"},
        description={"en": "Loyalty card"},
        headline={"en": "Stamps"},
        colours=Colours(background="#2a1d14", foreground="#fbeedb", label="#fbeedb"),
        fields=(field, holder),
        barcode=Barcode(kind="qr", message=f"{number:010}", text=f"{number:010}"),
        pictures=apple_pictures(LOOK, lambda _name: None, stamps=number % (STAMPS + 1), goal=STAMPS),
    )


def reference(ours: Apple, seconds: float) -> float:
    """The same by a library; 0 where it is not installed."""
    try:
        from py_pkpass.models import Barcode as TheirBarcode
        from py_pkpass.models import BarcodeFormat, Pass, StoreCard
    except ImportError:
        return 0.0
    with tempfile.TemporaryDirectory() as named:
        folder = Path(named)
        for name, content in (("cert", ours.leaf.pem), ("key", ours.leaf.key_pem), ("wwdr", ours.intermediate.pem)):
            (folder / name).write_bytes(content)

        def build(number: int) -> None:
            card = card_of(number)
            info = StoreCard()
            info.addHeaderField("points", number, "Points")
            info.addSecondaryField("holder", f"Anna {number}", "Holder")
            made = Pass(info, passTypeIdentifier=PASS_TYPE, organizationName="Café Nord", teamIdentifier=TEAM)
            made.serialNumber = card.serial
            made.barcode = TheirBarcode(message=f"{number:010}", format=BarcodeFormat.QR)
            for name, content in card.pictures.items():
                made._files[name] = content
            made.create(
                str(folder / "cert"), str(folder / "key"), str(folder / "wwdr"), None, str(folder / "out.pkpass")
            )

        return rate(build, seconds)
