"""A photograph that is added."""

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.base.forms import WallTimeField, ZonedForm
from patients.models import Photo
from protocols.models import TreatmentArea


class PhotoForm(ZonedForm):
    file = forms.FileField(
        label=_("Picture"),
        help_text=_("JPEG, PNG or WebP, at most 25 MB. Place and device stored in the file are not kept."),
        widget=forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    area = forms.ModelChoiceField(
        TreatmentArea.objects.filter(active=True, selectable=True).order_by("name"),
        to_field_name="code",
        label=_("Where"),
        required=False,
        empty_label=_("no particular area"),
    )
    pose = forms.ChoiceField(label=_("Pose"), choices=Photo.Pose.choices)
    taken_at = WallTimeField(label=_("Taken at"), required=False, help_text=_("Empty means now."))
