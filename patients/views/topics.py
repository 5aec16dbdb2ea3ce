"""The titles of the intake's pages."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TITLES: dict[str, Promise] = {
    "heart_and_blood": _("Heart and blood"),
    "illnesses": _("Illnesses"),
    "cancer": _("Cancer"),
    "infections": _("Infections"),
    "pregnancy": _("Pregnancy and breastfeeding"),
    "allergies": _("Allergies"),
    "medicines": _("Medicines and supplements"),
    "skin": _("Skin"),
    "consultation": _("At the consultation"),
    "expectations": _("What you expect"),
    "today": _("Today"),
}


def title_of(topic: str) -> str:
    """The title of a page; a topic the clinic added is shown by its code."""
    return str(TITLES.get(topic, topic.replace("_", " ").capitalize()))
