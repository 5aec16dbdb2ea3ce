"""Short letters about sign-in data: an address, a token, a role. No word of health, no secret but a link."""

from functools import partial

from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import override


def send_letter(address: str, template: str, *, subject: str, language: str | None = None, **context: object) -> None:
    """Mail `emails/<template>.txt` once the transaction is saved. A dead mail server undoes nothing."""
    with override(language):
        mail = EmailMessage(str(subject), render_to_string(f"emails/{template}.txt", context), to=[address])
    transaction.on_commit(partial(mail.send), robust=True)
