"""`manage.py issue_token EMAIL`: a new API token, printed once as the last word."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic.base.access import role_of
from clinic.base.tokens import issue_token
from clinic.models import User


class Command(BaseCommand):
    help = "Issue an API token for a staff member or a patient. Only its hash is stored."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        user = User.objects.filter(email=email.lower(), is_active=True).first()
        if user is None or role_of(user) is None:
            raise CommandError("Nobody who may use the API signs in with this e-mail address.")
        self.stdout.write(f"Keep it safe, it is shown only once: {issue_token(user=user)}")
