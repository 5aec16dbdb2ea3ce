"""Who works here: invitations, roles, and the end of somebody's access."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.clock import local_date
from clinic.base.letters import send_letter
from clinic.base.refusals import BadInput, Conflict
from clinic.models import Location, Post, Role, StaffMember, User
from scheduling.models import Booking, Practitioner

Posts = Mapping[Location, str]
TREATING = {Role.PRACTITIONER.value, Role.DIRECTOR.value}


@dataclass(frozen=True, slots=True)
class Training:
    """What must be on record of a person who treats (C38, F236)."""

    on: date
    experienced: bool = False  # with nappage


@transaction.atomic
def invite_staff(
    *,
    email: str,
    name: str,
    role: str,
    location: Location,
    prescriber: bool = False,
    training: Training | None = None,
    posts: Posts | None = None,
    everywhere: bool = False,
    by: User,
) -> StaffMember:
    """Somebody new, who cannot sign in until they set a password through the mailed link (`send_invitation`).

    With `training` they treat, and get a column of the calendar. `posts`: their role at further locations.
    BadInput (400): an address that is taken, a role that may not prescribe or treat.
    """
    check_role(role, prescriber=prescriber, treats=training is not None)
    address = email.strip().lower()
    if User.objects.filter(email__iexact=address).exists():
        raise BadInput.at("email", _("Somebody signs in with this address already."), "taken")
    user = User.objects.create_user(email=address, name=name)
    staff = StaffMember.objects.create(
        user=user, role=role, location=location, prescriber=prescriber, everywhere=everywhere
    )
    set_posts(staff, posts or {})
    set_treating(staff, training)
    return staff


@transaction.atomic
def change_staff(
    *,
    staff: StaffMember,
    name: str,
    role: str,
    location: Location,
    prescriber: bool,
    training: Training | None,
    active: bool,
    posts: Posts | None = None,
    everywhere: bool | None = None,
    by: User,
) -> StaffMember:
    """Change somebody's role, home location or access; `posts` says what they are at each location named there ("" for
    nothing), posts elsewhere and an `everywhere` of None stay.

    Conflict (409): nobody takes their own access or role away, and nobody who still has visits ahead stops treating.
    BadInput when the role and prescribing contradict.
    """
    check_role(role, prescriber=prescriber, treats=training is not None)
    row = StaffMember.objects.select_for_update(of=("self",)).select_related("user").get(pk=staff.pk)
    before = rights_of(row)
    row.role, row.location, row.prescriber, row.active = role, location, prescriber, active
    row.everywhere = row.everywhere if everywhere is None else everywhere
    row.save()
    set_posts(row, posts or {})
    after = rights_of(row)
    if row.user_id == by.pk and after._replace(prescriber=before.prescriber) != before:
        raise Conflict(_("Nobody changes their own role or access; ask somebody else who may."))
    if before != after:
        send_letter(row.user.email, "access_changed", subject=_("Your account at the clinic"), name=name, by=by)
    row.user.name, row.user.is_active = name, active
    row.user.save(update_fields=["name", "is_active"])
    set_treating(row, training if active else None)
    return row


class Rights(NamedTuple):
    """What decides what somebody may see and do."""

    role: str
    prescriber: bool
    active: bool
    everywhere: bool
    places: frozenset[tuple[int, str]]


def rights_of(staff: StaffMember) -> Rights:
    posts = frozenset({(staff.location_id, staff.role), *staff.posts.values_list("location", "role")})
    return Rights(staff.role, staff.prescriber, staff.active, staff.everywhere, posts)


def set_posts(staff: StaffMember, posts: Posts) -> None:
    """What they are at each of these locations; at home they have their own role."""
    held = {post.location_id: post for post in staff.posts.all()}
    for location, wanted in posts.items():
        role = "" if location == staff.location else wanted
        post = held.get(location.pk)
        if post is not None and post.role != role:
            post.delete()
        if role and (post is None or post.role != role):
            Post.objects.create(staff=staff, location=location, role=role)


def check_role(role: str, *, prescriber: bool, treats: bool) -> None:
    """Only clinical roles prescribe and treat (C38, D20)."""
    if role not in TREATING:
        for field, wanted in (("prescriber", prescriber), ("treats", treats)):
            if wanted:
                raise BadInput.at(field, _("Only practitioners and directors may do this."))


def set_treating(staff: StaffMember, training: Training | None) -> None:
    """Give a staff member a column of the calendar, or close it."""
    practitioner = Practitioner.objects.filter(staff=staff).first()
    if training:
        practitioner = practitioner or Practitioner(staff=staff)
        practitioner.name, practitioner.active = staff.user.name, True
        practitioner.trained_on, practitioner.experienced = training.on, training.experienced
        practitioner.save()
    elif practitioner and practitioner.active:
        check_no_visits(practitioner)
        practitioner.active = False
        practitioner.save(update_fields=["active"])


def end_employments(*, now: datetime | None = None) -> int:
    """Whoever's last day is over has no access and no column of the calendar any more; how many."""
    now = now or clock.now()
    leaving = StaffMember.objects.filter(leaves_on__lt=now + timedelta(days=1), active=True).select_related("location")
    over = [each.pk for each in leaving if each.leaves_on and each.leaves_on < local_date(now, each.location.timezone)]
    with transaction.atomic():
        Practitioner.objects.filter(staff__in=over).update(active=False)
        User.objects.filter(staff__in=over).update(is_active=False)
        return StaffMember.objects.filter(pk__in=over).update(active=False)


def check_no_visits(practitioner: Practitioner) -> None:
    ahead = Booking.objects.filter(practitioner=practitioner, active=True, kind="session", end__gt=clock.now())
    if count := ahead.count():
        raise Conflict(
            _("%(count)s visits are booked with them. Say when they leave, and who takes their patients over.")
            % {"count": count}
        )


def send_invitation(*, staff: StaffMember, by: User) -> bool:
    """Mail the link with which they set a password; whether a mail server took it. May be repeated.

    Not in a transaction: a mail cannot be rolled back, and a dead mail server must not undo the invitation.
    """
    key = {"uidb36": user_pk_to_url_str(staff.user), "key": default_token_generator.make_token(staff.user)}
    context = {
        "name": staff.user.name,
        "inviter": by.name,
        "location": staff.location.name,
        "link": settings.SITE_URL + reverse("account_reset_password_from_key", kwargs=key),
        "sign_in": settings.SITE_URL + reverse("account_login"),
        "minutes": settings.PASSWORD_RESET_TIMEOUT // 60,
    }
    text = render_to_string("emails/invitation.txt", context)
    try:
        return bool(EmailMessage(_("Your account at the clinic"), text, to=[staff.user.email]).send())
    except OSError:  # what sockets, TLS and smtplib raise
        return False
