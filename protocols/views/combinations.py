"""What a director let belong together beside the catalogue (D47)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from clinic.base.access import DIRECTOR, allow
from clinic.base.forms import attempt, posted, status_of
from clinic.base.requests import HttpRequest
from protocols.actions.combinations import add_combination
from protocols.forms.combinations import CombinationForm
from protocols.models import Combination
from protocols.views.pages import tabs


@allow(DIRECTOR)
def combinations(request: HttpRequest) -> HttpResponse:
    """The combinations added, newest last, and the form for another."""
    form = CombinationForm(posted(request))
    if attempt(form, lambda: add_combination(**form.cleaned_data, by=request.user)):
        messages.success(request, _("Added. Plans with it are accepted from now on."))
        return redirect("protocols:combinations")
    rows = Combination.objects.select_related("indication", "substance", "area", "added_by")
    context = {"tabs": tabs("combinations"), "form": form, "rows": rows}
    return render(request, "protocols/combinations.html", context, status=status_of(form))
