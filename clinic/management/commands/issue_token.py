"""`manage.py issue_token EMAIL`: a new API token, printed once as the last word."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic.base.access import role_of
from clinic.base.tokens import DAYS, make_token
from clinic.models import ApiToken, User


class Command(BaseCommand):
    help = "Issue an API token for a staff member or a patient. Only its hash is stored."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--scopes", nargs="+", choices=ApiToken.Scope.values, default=ApiToken.Scope.values)
        parser.add_argument("--days", type=int, default=DAYS, help="how long it works")

    def handle(self, *args: Any, email: str, scopes: list[str], days: int, **options: Any) -> None:
        user = User.objects.filter(email=email.lower(), is_active=True).first()
        if user is None or role_of(user) is None:
            raise CommandError("Nobody who may use the API signs in with this e-mail address.")
        secret = make_token(user=user, name="manage.py issue_token", scopes=scopes, days=days)
        self.stdout.write(f"Keep it safe, it is shown only once: {secret}")
