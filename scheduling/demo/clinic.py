"""Two locations in two zones, six practitioners with different weeks, rooms, devices and closing days."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from django.contrib.auth.hashers import make_password

from clinic.models import Location, Role, StaffMember, User
from patients.actions.formulations import Item, create_formulation
from protocols.models import DeliveryDevice, Formulation, Substance
from scheduling.models import Lot, Practitioner, Product
from scheduling.setup.actions.hours import GRID_MINUTES, Stretch, set_week
from scheduling.setup.actions.places import close_on, save_device, save_location, save_room
from scheduling.setup.actions.stock import receive_lot, save_product, set_lot_aside
from scheduling.treatment.actions.recall import recall_lot

PASSWORD = "mesoplan-demo"  # noqa: S105  # printed by `make run`; these people exist only in the demonstration
PLACES = (
    ("Mesoplan Roma", "Europe/Rome", "Via Ostiense 12, Roma", "+39 06 5550 100", 4),
    ("Mesoplan Lisboa", "Europe/Lisbon", "Rua da Boavista 84, Lisboa", "+351 21 555 0200", 3),
)
# e-mail, name, role, prescriber, location, week {weekday: (from, to)}; Monday is 0
Hours = dict[int, tuple[int, int]]
PEOPLE: tuple[tuple[str, str, Role, bool, int, Hours], ...] = (
    ("director@demo.test", "Dr. Alba Serra", Role.DIRECTOR, True, 0, {1: (9, 13), 3: (9, 13)}),
    ("practitioner@demo.test", "Dr. Bruno Leoni", Role.PRACTITIONER, True, 0, {0: (9, 15), 1: (9, 15), 3: (12, 18)}),
    ("vera@demo.test", "Vera Lindqvist", Role.PRACTITIONER, False, 0, {2: (10, 18), 4: (9, 14)}),
    ("tomas@demo.test", "Dr. Tomás Faria", Role.PRACTITIONER, True, 1, {0: (9, 14), 2: (9, 14), 4: (13, 18)}),
    ("ines@demo.test", "Inês Duarte", Role.PRACTITIONER, False, 1, {1: (9, 17)}),
    ("noor@demo.test", "Noor Haddad", Role.PRACTITIONER, False, 1, {3: (10, 18), 5: (9, 13)}),
    ("desk@demo.test", "Carla Monti", Role.DESK, False, 0, {}),
    ("rececao@demo.test", "Rita Gomes", Role.DESK, False, 1, {}),
    ("admin@demo.test", "Paolo Greco", Role.ADMINISTRATOR, False, 0, {}),
)
WEEKS = {email: week for email, *_rest, week in PEOPLE}
MIXES = (
    ("Body mix", {"vitamins": "2.0", "plant_extracts": "1.5"}),
    ("Face mix", {"vitamins": "1.0", "hyaluronic_acid_fluid": "1.0"}),
    ("Scalp mix", {"vitamins": "1.5", "minoxidil": "0.5"}),
)
# name, what it stands for, what its label names, maximum per session, container, mg of anaesthetic in a unit, GTIN
PRODUCTS = (
    (
        "Vitamina C 10 %",
        "vitamins",
        ("ascorbic_acid", "sodium_metabisulfite"),
        "6",
        "single_dose",
        "0",
        "09506000134352",
    ),
    ("Cinarin", "plant_extracts", ("artichoke_extract", "benzyl_alcohol"), "4", "single_dose", "0", "09506000134369"),
    ("Hyal Fluid", "hyaluronic_acid_fluid", (), "3", "single_dose", "0", ""),
    ("Minoxidil 0.5 %", "minoxidil", (), None, "single_dose", "0", ""),
    ("Procaina 2 %", "procaine", ("procaine",), "5", "multi_dose", "20", ""),
)
LOT = "MP-2611"
CARRIER = "Saline 0.9 %"
HOLIDAYS = ((1, 1), (5, 1), (8, 15), (11, 1), (12, 8), (12, 25), (12, 26))


@dataclass(frozen=True)
class Stage:
    """Where the demonstration plays and who plays in it."""

    locations: list[Location]
    practitioners: list[Practitioner]
    mixes: dict[str, Formulation]
    director: User
    desk: User
    products: dict[str, Product]  # by the code of what each stands for

    def of(self, location: Location) -> list[Practitioner]:
        return [each for each in self.practitioners if each.staff.location_id == location.pk]

    def weekly_hours(self, practitioner: Practitioner) -> int:
        return sum(end - start for start, end in WEEKS[practitioner.staff.user.email].values())

    def prescriber(self, location: Location) -> Practitioner:
        return next(each for each in self.of(location) if each.staff.prescriber)


def set_up(*, today: date, opened: date) -> Stage:
    """The clinic as of `opened`, before its first patient."""
    director = User.objects.create_user(email=PEOPLE[0][0], name=PEOPLE[0][1])
    locations = [location(number, director) for number in range(len(PLACES))]
    people = [person(row, locations, director, opened) for row in PEOPLE]
    User.objects.filter(pk__in=[user.pk for user in people]).update(password=make_password(PASSWORD))
    director = User.objects.get(pk=director.pk)  # asked for before she was one of the staff
    for place in locations:
        furnish(place, director, today)
    practitioners = list(Practitioner.objects.select_related("staff__user", "staff__location").order_by("pk"))
    mixes = {name: mix(name, items, director) for name, items in MIXES}
    desk = next(user for user in people if user.email == "desk@demo.test")
    products = supplies(locations, director, today, opened)
    return Stage(locations, practitioners, mixes, director, desk, products)


def supplies(locations: list[Location], by: User, today: date, opened: date) -> dict[str, Product]:
    """Products for every mix of the house, and at each place lots in every state, received when it opened."""
    at = datetime.combine(opened, time(9), UTC)
    rows = {row.code: row for row in Substance.objects.all()}
    made = {}
    for name, code, label, most, container, anaesthetic, gtin in PRODUCTS:
        made[code] = save_product(
            name=name, substance=rows[code], ingredients=[rows[each] for each in label], container=container,
            most_per_session=Decimal(most) if most else None, anaesthetic_mg_per_unit=Decimal(anaesthetic), gtin=gtin,
            by=by,
        )  # fmt: skip
    saline = save_product(name=CARRIER, carrier=True, by=by)
    for place in locations:
        for product in (*made.values(), saline):
            deliver(product, place, LOT, today + timedelta(days=500), "4000", by, at)
        odd_lots(made["vitamins"], place, today, by, at)
    return made


def deliver(
    product: Product, place: Location, number: str, expires_on: date, amount: str, by: User, now: datetime
) -> Lot:
    return receive_lot(
        location=place, product=product, number=number, expires_on=expires_on, amount=Decimal(amount), by=by, now=now
    )


def odd_lots(product: Product, place: Location, today: date, by: User, now: datetime) -> None:
    """One lot in each state that somebody has to see: nearly empty and soon expired, expired, put aside, recalled."""
    lots = {
        number: deliver(product, place, number, today + timedelta(days=days), "50", by, now)
        for number, days in (("VC-0417", 20), ("VC-0298", -12), ("VC-0533", 300), ("VC-0120", 200))
    }
    Lot.objects.filter(pk=lots["VC-0417"].pk).update(left=Decimal(8))
    set_lot_aside(lot=lots["VC-0533"], reason="One vial is cloudy", by=by)
    recall_lot(lot=lots["VC-0120"], reason="The maker has called it back", expect=0, by=by, now=now)


def location(number: int, by: User) -> Location:
    name, zone, address, phone, _rooms = PLACES[number]
    return save_location(
        name=name,
        timezone=zone,
        address=address,
        phone=phone,
        emergency_number="112",
        horizon_days=180,
        observation_minutes=15,
        preparation_minutes=5,
        turnover_minutes=5,
        quiet_from=time(20),
        quiet_until=time(8),
        antisepsis_protocol="Chlorhexidine foam before, during and after; film over the treated skin.",
        by=by,
    )


def person(
    row: tuple[str, str, str, bool, int, dict[int, tuple[int, int]]], places: list[Location], by: User, opened: date
) -> User:
    email, name, role, prescriber, where, week = row
    user = User.objects.filter(email=email).first() or User.objects.create_user(email=email, name=name)
    staff = StaffMember.objects.create(
        user=user, role=role, prescriber=prescriber, location=places[where], everywhere=role == Role.DIRECTOR
    )
    if week:
        practitioner = Practitioner.objects.create(staff=staff, name=name, trained_on=opened, experienced=prescriber)
        shorter = [shortened(day, *hours) for day, hours in week.items()]
        set_week(practitioner=practitioner, location=places[where], week=shorter, valid_from=opened, by=by)
    return user


def shortened(weekday: int, start: int, end: int) -> Stretch:
    """Four fifths of a working day, its late part or its early part. The calendar is filled while everybody works that
    long, so nobody's day is ever full (`work_whole_days`)."""
    minutes = (end - start) * 60 * 4 // 5 // GRID_MINUTES * GRID_MINUTES
    if weekday % 2:
        return Stretch(weekday, clock_time(end * 60 - minutes), time(end))
    return Stretch(weekday, time(start), clock_time(start * 60 + minutes))


def clock_time(minutes: int) -> time:
    return time(*divmod(minutes, 60))


def work_whole_days(stage: Stage, *, opened: date) -> None:
    """The real weeks, as if they had always been so: about a quarter of every day is free now."""
    for each in stage.practitioners:
        week = [Stretch(day, time(start), time(end)) for day, (start, end) in WEEKS[each.staff.user.email].items()]
        set_week(practitioner=each, location=each.staff.location, week=week, valid_from=opened, by=stage.director)


def furnish(place: Location, by: User, today: date) -> None:
    rooms = next(count for name, *_rest, count in PLACES if name == place.name)
    for number in range(1, rooms + 1):
        save_room(location=place, name=f"Room {number}", by=by)
    for kind in DeliveryDevice.objects.filter(kind__in=["gun", "multi_injector"], active=True).order_by("code"):
        save_device(location=place, kind=kind, name=kind.name, by=by)
    for month, day in HOLIDAYS:
        for year in (today.year, today.year + 1):
            if abs(date(year, month, day) - today) < timedelta(days=400):
                close_on(location=place, day=date(year, month, day), name="Public holiday", by=by)


def mix(name: str, items: dict[str, str], by: User) -> Formulation:
    rows = {row.code: row for row in Substance.objects.filter(code__in=items)}
    parts = [Item(substance=rows[code], amount=Decimal(amount)) for code, amount in items.items()]
    return create_formulation(name=name, items=parts, by=by)
