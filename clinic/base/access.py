"""Who may call what. A view names its roles with `allow`; a view that names none is refused (DefaultDeny)."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.urls import resolve

from clinic.base import scope
from clinic.models import STAFF_ROLES, ApiToken, Location, Post, Role, StaffMember, User

View = TypeVar("View", bound=Callable[..., Any])
Row = TypeVar("Row", bound=Model)

PUBLIC = "public"
ACTING = "acting"  # key of a session: the role somebody chose of those they have
PATIENT, DESK, PRACTITIONER = Role.PATIENT, Role.DESK, Role.PRACTITIONER
DIRECTOR, ADMINISTRATOR = Role.DIRECTOR, Role.ADMINISTRATOR
STAFF = frozenset(STAFF_ROLES)
CLINICAL = frozenset({PRACTITIONER, DIRECTOR})
CARE = CLINICAL | {DESK}
SIGNED_IN = STAFF | {PATIENT}
RECORD = "record"  # in the session: whose pages a family with one mailbox has chosen
READ, BOOK, CLINICAL_WRITES = ApiToken.Scope.READ, ApiToken.Scope.BOOK, ApiToken.Scope.CLINICAL  # what tokens may do


def allow(*roles: str | Iterable[str]) -> Callable[[View], View]:
    """Mark a view with the roles that may call it: single roles, sets of roles, or PUBLIC."""
    names = frozenset(r for group in roles for r in ([group] if isinstance(group, str) else group))

    def mark(view: View) -> View:
        view.allowed_roles = names  # type: ignore[attr-defined]  # a mark read by DefaultDeny and the access matrix
        return view

    return mark


def staff_of(user: Any) -> StaffMember | None:
    """The active staff record of a user, or None."""
    staff = getattr(user, "staff", None) if getattr(user, "is_authenticated", False) else None
    return staff if staff is not None and staff.active and user.is_active else None


def role_of(user: Any) -> str | None:
    """The one role a signed-in user acts in; None for anonymous and for people whose access was taken away."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return None
    if hasattr(user, "staff"):
        staff = staff_of(user)
        return staff.acts_as if staff else None
    return Role.PATIENT if records_of(user) else None


def records_of(user: Any) -> tuple[int, ...]:
    """Ids of the patient records that this sign-in opens: one's own, or those of a family with one mailbox."""
    if not user.known_records:
        with scope.of(scope.person(user.pk)):  # somebody signs in, and nothing else of theirs is shown yet
            user.known_records = tuple(row.pk for row in user.patients.all())
    found: tuple[int, ...] = user.known_records
    return found


def scope_of(user: Any) -> str:
    """What the database shows to this person: see clinic/base/scope.py."""
    role = role_of(user)
    if role == PATIENT:
        return scope.person(user.pk)
    return scope.staff(user.pk, role) if role in CARE else scope.NOBODY


def is_prescriber(user: User) -> bool:
    staff = staff_of(user)
    return bool(staff and staff.prescriber and staff.acts_as in CLINICAL)


def at_places_of(user: Any, rows: QuerySet[Row], path: str = "location") -> QuerySet[Row]:
    """Of rows that belong to a location, to which `path` leads, those at which a member of staff has their role."""
    staff = staff_of(user)
    if staff is None:
        return rows.none()
    return rows if staff.acts_everywhere else rows.filter(**{f"{path}__in": staff.places})


def works_at(user: Any, location_id: int) -> bool:
    """Whether a member of staff has the role they act in at this location."""
    staff = staff_of(user)
    return staff is not None and (staff.acts_everywhere or location_id in staff.places)


def home_of(user: Any) -> Location | None:
    """The location at which a member of staff works: their own, or in the role of a post that of the post."""
    staff = staff_of(user)
    if staff is None or staff.acts_as == staff.role:
        return staff.location if staff else None
    return next((post.location for post in staff.further if post.role == staff.acts_as), None)


def directors_of(locations: Iterable[int]) -> QuerySet[StaffMember]:
    """The active directors of at least one of these locations (ids)."""
    own = Q(role=DIRECTOR) & (Q(everywhere=True) | Q(location__in=locations))
    by_post = Exists(Post.objects.filter(staff=OuterRef("pk"), role=DIRECTOR, location__in=locations))
    return StaffMember.objects.filter(own | by_post, active=True).select_related("user")


def act_as(user: Any, role: str) -> None:
    """Take on the role of one of one's posts; a role that somebody does not have changes nothing."""
    staff = staff_of(user)
    if staff is not None and role in {post.role for post in staff.further}:
        staff.acting = role


def may_call(user: Any, allowed: frozenset[str]) -> bool:
    return PUBLIC in allowed or role_of(user) in allowed


def roles_of(path: str) -> frozenset[str]:
    """Who may open the page at a path, as its view is marked: a page of many roles links to none that refuses."""
    allowed: frozenset[str] = getattr(resolve(path).func, "allowed_roles", frozenset())
    return allowed
