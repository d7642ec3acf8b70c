# ruff: noqa: S311, DTZ001, ISC004, SIM905, PLR0915, FURB171
"""Makes the spreadsheets of this folder: `python examples/make.py`.

Everybody in them is invented; e-mail addresses are of example.com and its like, phones from ranges that exist, drawn at
random with a fixed seed, so that the files come out the same every time. They look like what shops really have: several
spellings of phones, gaps, doubles, totals, other people's column names.
"""

import csv
import datetime as dt
import io
import random
import unicodedata
import zipfile
from pathlib import Path
from typing import Any

import xlsxwriter
from open_document import write_document

FOLDER = Path(__file__).parent
TODAY = dt.date(2026, 11, 15)

NAMES: dict[str, tuple[str, str]] = {
    "de": (
        "Anna Lena Marie Julia Laura Katharina Sabine Petra Claudia Birgit Heike Martina Nadine Stefanie Johanna Greta Frieda Lukas Jonas Felix "
        "Maximilian Paul Leon Thomas Michael Andreas Stefan Jürgen Günter Jörg Björn Matthias Uwe Ralf Emil Oskar Theo Sören",
        "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein Wolf Schröder Neumann "
        "Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Krause Lehmann Köhler Böhm Groß Jäger Brückner Voß Weiß",
    ),
    "ru": (
        "Анна Мария Екатерина Ольга Наталья Ирина Светлана Татьяна Юлия Елена Дарья Ксения Алина Виктория Полина Вера Александр Дмитрий Сергей "
        "Андрей Алексей Иван Михаил Николай Владимир Павел Роман Егор Илья Максим Артём Фёдор",
        "Иванов Петров Смирнов Кузнецов Попов Соколов Лебедев Козлов Новиков Морозов Волков Соловьёв Васильев Зайцев Павлов Семёнов Голубев "
        "Виноградов Богданов Воробьёв Фёдоров Михайлов Беляев Тарасов Белов Комаров Орлов Киселёв Макаров Щербаков",
    ),
    "tr": (
        "Ayşe Fatma Emine Zeynep Elif Merve Esra Büşra Hatice Şule Mehmet Mustafa Ahmet Ali Hüseyin Emre Murat Can Barış Oğuz İbrahim",
        "Yılmaz Kaya Demir Çelik Şahin Yıldız Yıldırım Öztürk Aydın Özdemir Arslan Doğan Kılıç Aslan Çetin Kara Koç Güneş",
    ),
    "es": (
        "María Carmen Ana Isabel Lucía Sofía Paula Marta Elena Nuria Begoña José Antonio Manuel Javier Carlos Álvaro Íñigo Andrés Joaquín",
        "García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín Jiménez Ruiz Hernández Díaz Moreno Muñoz Núñez Ibáñez",
    ),
    "fr": (
        "Camille Chloé Léa Manon Inès Zoé Hélène Amélie Béatrice Louis Gabriel Raphaël Jules Étienne François Jérôme Loïc",
        "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Lefèvre Garçon Noël Béranger",
    ),
    "ar": (
        "فاطمة مريم عائشة ليلى نور سارة محمد أحمد عمر علي يوسف خالد حسن",
        "الأحمد الحسن العلي المصري الخطيب حداد نجار سلامة منصور",
    ),
    "hi": (
        "प्रिया अंजलि पूजा नेहा कविता सुनीता दीपिका स्नेहा राधा मीरा राहुल अमित राजेश विकास सुरेश अर्जुन रोहन संजय मनोज आदित्य कृष्णा",
        "शर्मा वर्मा गुप्ता सिंह कुमार पटेल यादव मिश्रा जोशी त्रिपाठी चौधरी अग्रवाल मेहता देसाई रेड्डी नायर",
    ),
    "en": (
        "Olivia Emma Amelia Isla Ava Grace Sophie Charlotte Chloe Hannah Jack Oliver Harry George Noah Liam Ethan James Thomas Samuel",
        "Smith Jones Taylor Brown Williams Wilson Johnson Davies Robinson Wright Thompson Evans Walker White O'Brien O'Neill McCarthy Hall",
    ),
}  # fmt: skip
PHONES = {
    "de": ("+49", ("151", "152", "157", "160", "170", "171", "172", "175", "176", "179"), 8),
    "ru": ("+7", ("903", "905", "909", "910", "916", "921", "925", "926", "965", "977", "985"), 7),
    "tr": ("+90", ("530", "532", "533", "535", "542", "544", "555"), 7),
    "es": ("+34", ("61", "62", "63", "65", "66", "67"), 7),
    "fr": ("+33", ("61", "62", "63", "66", "68"), 7),
    "ar": ("+971", ("50", "52", "55", "56"), 7),
    "hi": ("+91", ("9810", "9820", "9845", "9900", "9876", "9833"), 6),
    "en": ("+44", ("7400", "7500", "7700", "7800", "7900"), 6),
    "at": ("+43", ("664", "676", "699"), 7),
    "ch": ("+41", ("76", "78", "79"), 7),
}
_LATIN = {
    **dict(zip("абвгдезийклмнопрстуфхцчшщъыьэюя", "a b v g d e z i j k l m n o p r s t u f h c ch sh sch  y  e yu ya".split(" "), strict=False)),
    "ё": "e", "ж": "zh", "ß": "ss", "ı": "i", "ø": "o",
}  # fmt: skip
HINDI_LATIN = dict(
    zip(
        NAMES["hi"][0].split(),
        "priya anjali pooja neha kavita sunita deepika sneha radha meera rahul amit rajesh vikas suresh arjun rohan sanjay manoj aditya krishna".split(),
        strict=True,
    )
)


class People:
    """Draws invented people; no phone and no e-mail twice."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._phones: set[str] = set()
        self._mails: set[str] = set()

    def name(self, language: str) -> tuple[str, str]:
        """First and last name; Russian last names agree with the first."""
        firsts, lasts = (names.split() for names in NAMES[language])
        first, last = self.random.choice(firsts), self.random.choice(lasts)
        if language == "ru" and first[-1] in "ая" and first not in ("Илья",):
            last += "а"
        return first, last

    def phone(self, place: str) -> str:
        """A mobile number in E.164."""
        code, starts, rest = PHONES[place]
        while True:
            number = code + self.random.choice(starts) + "".join(self.random.choice("0123456789") for _ in range(rest))
            if number not in self._phones:
                self._phones.add(number)
                return number

    def email(self, first: str, last: str) -> str:
        """An address of a domain that nobody has."""
        base = f"{latin(first)}.{latin(last)}".strip(".") or "kunde"
        domain = self.random.choice(("example.com", "example.org", "example.net"))
        mail, count = f"{base}@{domain}", 1
        while mail in self._mails:
            count += 1
            mail = f"{base}{count}@{domain}"
        self._mails.add(mail)
        return mail

    def birthday(self) -> dt.date:
        """Most customers are between 20 and 75."""
        age_days = int(self.random.triangular(18, 78, 36) * 365.25)
        return TODAY - dt.timedelta(days=age_days)

    def day(self, *, years: float) -> dt.date:
        """A day of the last years, the later the likelier."""
        return TODAY - dt.timedelta(days=int(365 * years * self.random.random() ** 1.7))


def latin(text: str) -> str:
    """Write a name in the letters of an e-mail address."""
    if text in HINDI_LATIN:
        return HINDI_LATIN[text]
    lowered = "".join(_LATIN.get(letter, letter) for letter in text.lower())
    plain = unicodedata.normalize("NFKD", lowered)
    return "".join(letter for letter in plain if letter.isascii() and letter.isalnum())


def spell_german(phone: str, draw: random.Random) -> Any:
    """The ways a German receptionist types a number; foreign ones keep their country code."""
    if not phone.startswith("+49"):
        return draw.choice((phone, f"{phone[:3]} {phone[3:6]} {phone[6:]}", "00" + phone[1:]))
    national = phone[3:]
    return draw.choice((
        f"+49 {national[:3]} {national[3:]}", f"0{national[:3]} {national[3:]}", f"0{national[:3]}/{national[3:]}", f"0{national}",
        f"+49 (0){national[:3]} {national[3:7]} {national[7:]}", f"0049{national}", f"0{national[:3]}-{national[3:]}", int("49" + national), phone,
    ))  # fmt: skip


def spell_russian(phone: str, draw: random.Random) -> str:
    """The ways a Russian shop types a number."""
    national = phone[2:]
    return draw.choice((
        f"+7 ({national[:3]}) {national[3:6]}-{national[6:8]}-{national[8:]}", f"8{national}", f"8 ({national[:3]}) {national[3:6]}-{national[6:]}",
        f"7{national}", phone, f"8-{national[:3]}-{national[3:6]}-{national[6:8]}-{national[8:]}", national,
    ))  # fmt: skip


def make_salon() -> list[tuple[str, str]]:
    """A salon chain's clients as Altegio exports them: a title, several countries and spellings, totals, a hidden sheet."""
    people = People(11)
    draw = people.random
    book = xlsxwriter.Workbook(str(FOLDER / "salon-altegio-clients.xlsx"))
    book.set_properties({"created": dt.datetime(2026, 11, 15)})
    sheet = book.add_worksheet("Clients")
    day = book.add_format({"num_format": "dd.mm.yyyy"})
    money = book.add_format({"num_format": "#,##0.00"})
    bold = book.add_format({"bold": True})
    sheet.merge_range(0, 0, 0, 12, "Salon Lindenblüte: clients of all branches, 15.11.2026", bold)
    headers = [
        "ID",
        "Name",
        "Phone",
        "Email",
        "Categories",
        "Date of birth",
        "Card number",
        "Card balance",
        "Sold",
        "Paid",
        "Visits",
        "First visit",
        "Last visit",
        "Comment",
    ]
    sheet.write_row(2, 0, headers, bold)
    mix = ["de"] * 62 + ["tr"] * 10 + ["ru"] * 10 + ["es"] * 4 + ["fr"] * 3 + ["ar"] * 4 + ["en"] * 5 + ["hi"] * 2
    comments = (
        "",
        "",
        "",
        "",
        "",
        "Allergie gegen Ammoniak",
        "immer 15 min später",
        "bringt Hund mit",
        "nur bei Katja",
        "Kein Smalltalk bitte",
        "Rechnung per Mail",
    )
    sold_total = paid_total = 0.0
    clients: list[tuple[str, str]] = []
    row = 3
    for number in range(2480):
        language = draw.choice(mix)
        first, last = people.name(language)
        place = language if language != "de" or draw.random() > 0.06 else draw.choice(("at", "ch"))
        if language in ("tr", "ru", "ar", "es", "fr", "hi", "en") and draw.random() < 0.6:
            place = "de"  # lives here
        visits = int(draw.triangular(1, 40, 3))
        sold = round(visits * draw.uniform(28, 95), 2)
        paid = round(sold * draw.choice((1, 1, 1, 0.9, 0.95)), 2)
        seen_first = people.day(years=6)
        seen_last = seen_first if visits == 1 else min(TODAY, seen_first + dt.timedelta(days=draw.randrange(20, 900)))
        sheet.write_number(row, 0, 48_200_113 + number * 37)
        sheet.write_string(row, 1, messy_name(first, last, draw))
        number_e164 = people.phone(place)
        clients.append((number_e164, f"{first} {last}"))
        phone = spell_german(number_e164, draw)
        if isinstance(phone, int):
            sheet.write_number(row, 2, phone)
        else:
            sheet.write_string(row, 2, phone)
        if draw.random() < 0.55:
            sheet.write_string(row, 3, people.email(first, last))
        if draw.random() < 0.35:
            sheet.write_string(
                row,
                4,
                draw.choice(("VIP", "Stammkundin", "Farbe", "Farbe, VIP", "Herren", "Nageldesign", "Studierende")),
            )
        if draw.random() < 0.45:
            sheet.write_datetime(row, 5, dt.datetime.combine(people.birthday(), dt.time()), day)
        if draw.random() < 0.7:
            sheet.write_string(row, 6, f"{200_000 + number * 3:06d}")
        sheet.write_number(row, 7, int(sold * 0.05) if draw.random() < 0.8 else 0)
        sheet.write_number(row, 8, sold, money)
        sheet.write_number(row, 9, paid, money)
        sheet.write_number(row, 10, visits)
        sheet.write_datetime(row, 11, dt.datetime.combine(seen_first, dt.time()), day)
        sheet.write_datetime(row, 12, dt.datetime.combine(seen_last, dt.time()), day)
        if comment := draw.choice(comments):
            sheet.write_string(row, 13, comment)
        sold_total, paid_total = sold_total + sold, paid_total + paid
        row += 1 if number % 400 else 2  # a blank row now and then
    sheet.write_string(row + 1, 1, "Total", bold)
    sheet.write_number(row + 1, 8, round(sold_total, 2), money)
    sheet.write_number(row + 1, 9, round(paid_total, 2), money)
    hidden = book.add_worksheet("Filter")
    hidden.write_row(0, 0, ["Branch", "Staff"])
    hidden.hide()
    book.close()
    return clients


def messy_name(first: str, last: str, draw: random.Random) -> str:
    """Names as typed in a hurry."""
    return draw.choice(
        (f"{first} {last}",) * 8
        + (f"{last} {first}", f"{first}  {last}", f" {first} {last}", first, f"{first} {last[0]}.")
    )


def make_cafe() -> None:
    """A café's stamp cards as 7stamp shows them: `7/10`, wallets, no phone for some."""
    people = People(12)
    draw = people.random
    with (FOLDER / "cafe-7stamp-cards.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["ID", "User", "Email", "Phone", "Birthday", "Progress", "Platform", "Created at", "Last stamp at"]
        )
        for number in range(640):
            language = draw.choice(("de", "de", "de", "en", "es", "fr", "tr", "ru"))
            first, last = people.name(language)
            stamps = min(10, int(draw.expovariate(0.25)))
            created = people.day(years=2)
            stamped = min(TODAY, created + dt.timedelta(days=draw.randrange(0, 200)))
            writer.writerow([
                113_000 + number * 7, f"{first} {last}", people.email(first, last) if draw.random() < 0.7 else "",
                people.phone("de" if draw.random() < 0.8 else language), people.birthday().isoformat() if draw.random() < 0.3 else "",
                f"{stamps}/10", draw.choice(("Apple", "Apple", "Google", "WEB", "Apple, WEB")), f"{created} {draw.randrange(8, 19):02d}:{draw.randrange(60):02d}",
                stamped if stamps else "",
            ])  # fmt: skip


def make_lightspeed() -> None:
    """A shop's customers as Lightspeed Retail exports them; its points are in loyalty_balance, `balance` is another thing."""
    people = People(13)
    draw = people.random
    headers = (
        "id,customer_code,company_name,first_name,last_name,email,phone,mobile,fax,website,physical_address1,physical_city,physical_postcode,"
        "physical_country_id,date_of_birth,sex,customer_group_name,enable_loyalty,loyalty_balance,year_to_date,balance,note,created_at"
    ).split(",")
    with (FOLDER / "shop-lightspeed-customers.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, headers)
        writer.writeheader()
        for _ in range(900):
            first, last = people.name(draw.choice(("en", "en", "en", "de", "fr", "es")))
            mobile = people.phone("en") if draw.random() < 0.9 else ""
            writer.writerow({
                "id": f"{draw.getrandbits(64):016x}", "customer_code": f"{latin(last)[:6].title()}-{draw.randrange(36**4):04X}", "first_name": first, "last_name": last,
                "email": people.email(first, last), "phone": mobile if draw.random() < 0.3 else "", "mobile": mobile,
                "physical_city": draw.choice(("Bristol", "Leeds", "Bath", "York")), "physical_country_id": "GB",
                "date_of_birth": people.birthday().isoformat() if draw.random() < 0.4 else "",
                "sex": draw.choice(("", "F", "M")), "customer_group_name": draw.choice(("All Customers", "All Customers", "Trade", "Friends")), "enable_loyalty": "1",
                "loyalty_balance": f"{round(draw.expovariate(0.08), 2):.5f}", "year_to_date": f"{draw.uniform(0, 900):.2f}", "balance": f"{draw.choice((0, 0, 0, 12.5)):.2f}",
                "note": draw.choice(("", "", "", "Prefers e-mail", "Call before delivery")), "created_at": f"{people.day(years=4)} 10:00:00",
            })  # fmt: skip


def make_russian() -> None:
    """A Russian list as Excel saves it: Windows-1251, semicolons, decimal commas, 8-900 phones."""
    people = People(14)
    draw = people.random
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(
        [
            "Фамилия",
            "Имя",
            "Телефон",
            "Дата рождения",
            "Номер карты",
            "Баланс бонусов",
            "Сумма покупок",
            "Последний визит",
        ]
    )
    for number in range(760):
        first, last = people.name("ru")
        spent = draw.uniform(500, 90_000)
        birthday = people.birthday().strftime("%d.%m.%Y") if draw.random() < 0.5 else ""
        writer.writerow([
            last, first, spell_russian(people.phone("ru"), draw), birthday, f"{number + 17:06d}" if draw.random() < 0.8 else "",
            f"{int(spent * 0.03)}", f"{spent:,.2f}".replace(",", "\u00a0").replace(".", ","), people.day(years=2).strftime("%d.%m.%Y"),
        ])  # fmt: skip
    writer.writerow(["Итого", "", "", "", "", "", "", ""])
    (FOLDER / "beauty-russian-clients.csv").write_bytes(text.getvalue().encode("cp1251"))


def make_hindi() -> None:
    """A Hindi list made in LibreOffice."""
    people = People(15)
    draw = people.random
    rows: list[list[Any]] = [["नाम", "मोबाइल नंबर", "ईमेल", "जन्म तिथि", "कार्ड नंबर", "अंक"]]
    for number in range(320):
        first, last = people.name("hi")
        phone = people.phone("hi")
        spelled = draw.choice(
            (
                phone,
                "0" + phone[3:],
                phone[3:8] + " " + phone[8:],
                phone[3:].translate({48 + d: 0x966 + d for d in range(10)}),
            )
        )
        mail = people.email(first, "") if draw.random() < 0.3 else ""
        rows.append(
            [
                f"{first} {last}",
                spelled,
                mail,
                people.birthday() if draw.random() < 0.4 else "",
                f"{number + 1:05d}",
                draw.randrange(0, 900),
            ]
        )
    (FOLDER / "hindi-customers.ods").write_bytes(write_document("ग्राहक", rows))
    without_time(FOLDER / "hindi-customers.ods")


def without_time(path: Path) -> None:
    """Pack a zip anew with one fixed time, so that the same content is the same file."""
    with zipfile.ZipFile(path) as archive:
        parts = [(info.filename, archive.read(info), info.compress_type) for info in archive.infolist()]
    with zipfile.ZipFile(path, "w") as archive:
        for name, content, compression in parts:
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 15, 0, 0, 0)), content, compression)


def make_deposits(clients: list[tuple[str, str]]) -> None:
    """Prepaid deposits of some of the salon's clients, amounts to add."""
    draw = random.Random(16)
    book = xlsxwriter.Workbook(str(FOLDER / "salon-deposits.xlsx"))
    book.set_properties({"created": dt.datetime(2026, 11, 15)})
    sheet = book.add_worksheet("Guthaben")
    money = book.add_format({"num_format": '#,##0.00 "€"'})
    sheet.write_row(0, 0, ["Telefon", "Kunde", "Einzahlung", "Bemerkung"])
    for row, (phone, name) in enumerate(draw.sample(clients, 180), start=1):
        sheet.write_string(row, 0, phone.removeprefix("+"))
        sheet.write_string(row, 1, name)
        sheet.write_number(row, 2, draw.choice((25, 50, 50, 100, 100, 150, 200, 37.5)), money)
        sheet.write_string(
            row, 3, draw.choice(("", "", "Gutschein Weihnachten", "Vorauszahlung Balayage", "Geburtstagsgeschenk"))
        )
    book.close()


if __name__ == "__main__":
    make_deposits(make_salon())
    for make in (make_cafe, make_lightspeed, make_russian, make_hindi):
        make()
