"""What a consultation was about: the areas and indications that it counts for (D37)."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from clinic.base.problems import NOT_KNOWN
from clinic.base.refusals import BadInput, FieldError, Malformed, Unusable
from protocols.models import Indication, TreatmentArea
from scheduling.models import Session

About = dict[str, list[str]]


def about_of(kind: str, areas: Iterable[str], indications: Iterable[str]) -> About | None:
    """Checked, as the session keeps it; None when nothing was named.

    BadInput for a visit that is no consultation, Malformed (400) when only one of the two is named, Unusable (422) at
    the field for a code the catalogue does not know.
    """
    given = {"areas": sorted(set(areas)), "indications": sorted(set(indications))}
    if not any(given.values()):
        return None
    if kind != Session.Kind.CONSULTATION:
        raise BadInput.at("areas", _("Only a consultation is about areas and indications."), "invalid")
    if empty := [name for name, codes in given.items() if not codes]:
        raise Malformed.at(empty[0], _("Please name areas and indications."), "required")
    check_known("areas", given["areas"], TreatmentArea)
    check_known("indications", given["indications"], Indication)
    return given


def check_known(name: str, codes: list[str], model: type[TreatmentArea] | type[Indication]) -> None:
    known = set(model.objects.filter(code__in=codes, active=True).values_list("code", flat=True))
    if unknown := [code for code in codes if code not in known]:
        text = _("“{code}” is not known.")
        raise Unusable(
            _("Some of these are not in the catalogue."),
            errors=[FieldError(name, NOT_KNOWN, text.format(code=code)) for code in unknown],
        )
