"""The organisation: who signs in, where the clinic is, who works there."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from clinic.base.outgoing import MOST_ATTEMPTS, Outgoing
from clinic.base.trail import tracked


class UserManager(BaseUserManager["User"]):
    def create_user(self, *, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user who signs in with `email`; without a password only by mailed code or passkey."""
        user = self.unsaved(email=email, password=password, **fields)
        user.save(using=self._db)
        return user

    def unsaved(self, *, email: str, password: str | None = None, **fields: Any) -> "User":
        """For many that are written at once."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        return user


@tracked(exclude=["password", "last_login"])
class User(AbstractBaseUser):
    """Anyone who signs in, staff or patient. Identity is the e-mail address.

    `access_version` rises in the database with every change of password, address, role or employment (triggers of
    migration 0002). Sessions, tokens and mailed links carry the one they were made under and end when it has passed, so
    giving somebody their access back revives none of them.
    """

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)
    access_version = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    chosen_record: int | None = None  # for one request: whose pages a family with one mailbox looks at
    known_records: tuple[int, ...] = ()  # ids of the patients who sign in with this mailbox, once they were read

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once_whatever_case")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_session_auth_hash(self) -> str:
        """What a browser session must match to be this person's."""
        return self._session_hash(settings.SECRET_KEY)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        return map(self._session_hash, settings.SECRET_KEY_FALLBACKS)

    def _session_hash(self, secret: str | bytes) -> str:
        value = f"{self.password}:{self.access_version}"
        return salted_hmac("clinic.session", value, secret=secret, algorithm="sha256").hexdigest()


class Role(models.TextChoices):
    """What a signed-in person may do. `PATIENT` is derived from the patient record, never stored for staff."""

    PATIENT = "patient", _("Patient")
    DESK = "front_desk", _("Front desk")
    PRACTITIONER = "practitioner", _("Practitioner")
    DIRECTOR = "medical_director", _("Medical director")
    ADMINISTRATOR = "administrator", _("Administrator")


STAFF_ROLES = (Role.DESK, Role.PRACTITIONER, Role.DIRECTOR, Role.ADMINISTRATOR)


@tracked()
class Location(models.Model):
    """One clinic site. Its zone decides every local date; its horizon how far ahead visits get a slot."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    timezone = models.CharField(_("time zone"), max_length=64, default="Europe/Rome")
    region = models.CharField(_("region"), max_length=20, blank=True)  # whose public holidays it has; ISO 3166-2 mostly
    horizon_days = models.PositiveIntegerField(_("booking horizon in days"), default=180)
    observation_minutes = models.PositiveIntegerField(
        _("observation after a test or session, minutes"),
        help_text=_("No source states it, so every clinic must set it (decision D33)."),
    )
    preparation_minutes = models.PositiveIntegerField(_("preparation before a visit, minutes"), default=5)
    turnover_minutes = models.PositiveIntegerField(_("turnover after a visit, minutes"), default=5)
    emergency_number = models.CharField(_("local emergency number"), max_length=20, default="112")
    antisepsis_protocol = models.TextField(
        _("skin antisepsis protocol"), blank=True, help_text=_("Must be defined before anyone is treated (F280).")
    )
    quiet_from = models.TimeField(_("no messages from"), default="20:00")
    quiet_until = models.TimeField(_("no messages until"), default="08:00")
    kit_contents = models.TextField(_("contents of the emergency kit"), blank=True)  # as last checked (D54)
    adrenaline_expires_on = models.DateField(_("adrenaline expires on"), null=True, blank=True)
    kit_checked_at = models.DateTimeField(null=True, blank=True)
    kit_checked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    last_day = models.DateField(null=True, blank=True)  # the location closes with it; nobody has hours there afterwards
    ended_hours = models.JSONField(default=list)  # the weekly stretches that closing ended, as they were

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kit_checked_at=None, kit_checked_by=None)
                | models.Q(
                    kit_checked_at__isnull=False, kit_checked_by__isnull=False, adrenaline_expires_on__isnull=False
                ),
                name="location_kit_checked_by_name",
            ),
            models.CheckConstraint(
                condition=models.Q(horizon_days__gte=1, horizon_days__lte=1500), name="location_horizon_in_range"
            ),
        ]

    def __str__(self) -> str:
        return self.name


@tracked()
class StaffMember(models.Model):
    """The staff side of a user: role, home location, and whether they may prescribe (C38, D20).

    Somebody has one role at a time: their own, at home and wherever a post says the same, or that of another post
    (`acting`, chosen for a session). `everywhere`: they have their own role at every location of the organisation.
    """

    acting = ""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="staff")
    role = models.CharField(_("role"), max_length=20, choices=[(r.value, r.label) for r in STAFF_ROLES])
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="staff")
    prescriber = models.BooleanField(_("may prescribe"), default=False)
    everywhere = models.BooleanField(_("works at every location"), default=False)
    active = models.BooleanField(_("active"), default=True)
    leaves_on = models.DateField(null=True, blank=True)  # their last day; their access ends with it

    class Meta:
        ordering = ["user__name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=[r.value for r in STAFF_ROLES]), name="staff_role_known"
            ),
            models.CheckConstraint(
                condition=models.Q(prescriber=False)
                | models.Q(role__in=[Role.PRACTITIONER.value, Role.DIRECTOR.value]),
                name="staff_prescriber_is_clinical",
            ),
        ]

    def __str__(self) -> str:
        return str(self.user)

    @property
    def acts_as(self) -> str:
        """The role they have now."""
        return self.acting or self.role

    @property
    def acts_everywhere(self) -> bool:
        return self.everywhere and self.acts_as == self.role

    @cached_property
    def further(self) -> list["Post"]:
        """Their posts besides the home location. One query for as long as the instance lives."""
        return list(self.posts.select_related("location"))

    @property
    def other_roles(self) -> list[tuple[str, str]]:
        """(value, label) of the roles they have besides the one they act in."""
        held = {self.role} | {post.role for post in self.further}
        return [(role.value, str(role.label)) for role in STAFF_ROLES if role.value in held - {self.acts_as}]

    @property
    def places(self) -> frozenset[int]:
        """Ids of the locations at which they have the role they act in; of who `acts_everywhere` nobody asks."""
        home = {self.location_id} if self.acts_as == self.role else set()
        return frozenset(home | {post.location_id for post in self.further if post.role == self.acts_as})


@tracked()
class Post(models.Model):
    """The role somebody has at one more location than their own."""

    staff = models.ForeignKey(StaffMember, on_delete=models.CASCADE, related_name="posts")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(_("role"), max_length=20, choices=[(r.value, r.label) for r in STAFF_ROLES])

    class Meta:
        ordering = ["location__name"]
        constraints = [
            models.UniqueConstraint(fields=["staff", "location"], name="post_once_a_location"),
            models.CheckConstraint(condition=models.Q(role__in=[r.value for r in STAFF_ROLES]), name="post_role_known"),
        ]


@tracked(exclude=["digest"])
class ApiToken(models.Model):
    """A bearer of some of one user's rights over the API. Only the SHA-256 of the secret is kept."""

    class Scope(models.TextChoices):
        READ = "read", _("Read")
        BOOK = "book", _("Book and move visits, register patients")
        CLINICAL = "clinical", _("Write clinical records")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=100, blank=True)  # what it is for, in the words of whoever made it
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope), default=list)
    access_version = models.PositiveIntegerField(default=0)  # the user's when it was made
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(scopes__contained_by=["read", "book", "clinical"]) & ~models.Q(scopes=[]),
                name="token_scopes_known",
            ),
        ]


class IdempotencyKey(models.Model):
    """The first answer to a request that may be repeated, written in the transaction of its effect."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    key = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    answer = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once_per_user")]


class Heartbeat(models.Model):
    """The last time a background process showed signs of work; /readyz reads it."""

    part = models.CharField(max_length=20, primary_key=True)
    beat_at = models.DateTimeField()


class Demonstration(models.Model):
    """That the demonstration clinic is in this database, or is being filled. A clinic of one's own has no row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    patients = models.PositiveIntegerField(default=0)  # how many there will be; 0 until the filling begins
    done = models.PositiveIntegerField(default=0)
    filled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="demonstration_only_one")]


class FirstLink(models.Model):
    """A link by which the first director of an empty clinic comes in. Only the SHA-256 of its secret is kept."""

    digest = models.CharField(max_length=64, unique=True)
    valid_until = models.DateTimeField()


@tracked(exclude=["digest"])
class StaffLink(models.Model):
    """A link, or QR code, that makes one staff member. Only the SHA-256 of its secret is kept."""

    digest = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=20, choices=[(r.value, r.label) for r in STAFF_ROLES])
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    prescriber = models.BooleanField(default=False)
    trained_on = models.DateField(null=True, blank=True)  # of somebody who treats (C38, F236)
    experienced = models.BooleanField(default=False)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    valid_until = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)


class SignInMail(Outgoing):
    """The fast lane of the ledger: codes and links of the sign-in, and what staff must hear of at once.

    It says what kind, when and what became of it, and of letters to staff to whom; address and text are in
    SealedLetter.
    """

    kind = models.CharField(max_length=60)
    recipient = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")

    class Meta(Outgoing.Meta):
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(status__in=["scheduled", "retry", "sending", "handed_off"]),
                name="signinmail_waiting",
            )
        ]
        constraints = [
            *Outgoing.Meta.constraints,
            models.CheckConstraint(condition=models.Q(attempts__lte=MOST_ATTEMPTS), name="signinmail_attempts_end"),
            models.CheckConstraint(condition=models.Q(expires_at__isnull=False), name="signinmail_expires"),
        ]


class SealedLetter(models.Model):
    """A letter of the sign-in until it is handed over, encrypted. Only the sender reads it, and blanks it."""

    mail = models.OneToOneField(SignInMail, on_delete=models.CASCADE, primary_key=True, related_name="letter")
    sealed = models.TextField(blank=True)


class DaySeal(models.Model):
    """What the trail said on one closed day (clinic.seal). Written by the owner of the database alone."""

    day = models.DateField(primary_key=True)
    tables = models.JSONField()  # table -> {columns, rows, digest}
    head = models.CharField(max_length=64)
    sealed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["day"]
