"""Stock of a place: products, deliveries, lots put aside or recalled, and who received a lot."""

import csv
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from clinic.base import clock
from clinic.base.access import CARE, CLINICAL, DIRECTOR, allow, role_of
from clinic.base.forms import attempt, posted, status_of
from clinic.base.requests import HttpRequest
from scheduling.access import (
    access_lot,
    access_lot_alert,
    access_product,
    drawn_up_for,
    locations_for,
    lots_for,
    products_for,
)
from scheduling.base.pages import carried_out, done, place_of, show
from scheduling.setup.actions.stock import receive_lot, release_lot, save_product, set_lot_aside
from scheduling.setup.sheets import neutral
from scheduling.treatment.actions.drawn_up import see_alert
from scheduling.treatment.actions.recall import newest_of_each, recall_lot
from scheduling.treatment.forms.drawn_up import AsideForm, ProductForm, RecallForm, ReceiveForm
from scheduling.treatment.queries import stock


def here(location_id: int) -> str:
    return f"{reverse('desk:stock')}?location={location_id}"


@allow(CARE)
def lots(request: HttpRequest) -> HttpResponse:
    """What lies at a place, with what to say about each lot, and the form of a delivery."""
    location = place_of(request)
    today = clock.local_date(clock.now(), location.timezone)
    form = ReceiveForm(posted(request))
    if lot := carried_out(form, receive_lot, location=location, by=request.user):
        return done(request, _("Received: %(lot)s.") % {"lot": f"{lot.product} · {lot.number}"}, to=here(location.pk))
    context = {
        "form": form,
        "shelf": stock.on_shelf(stock.lots_at(lots_for(request.user), location), today),
        "locations": locations_for(request.user),
        "clinical": role_of(request.user) in CLINICAL,
        "director": role_of(request.user) == DIRECTOR,
    }
    return show(request, "scheduling/treatment/stock.html", context, location=location, status=status_of(form))


@allow(CARE)
def products(request: HttpRequest) -> HttpResponse:
    location = place_of(request)
    context = {"products": products_for(request.user), "director": role_of(request.user) == DIRECTOR}
    return show(request, "scheduling/treatment/products.html", context, location=location)


@allow(DIRECTOR)
def product(request: HttpRequest, product_id: int = 0) -> HttpResponse:
    """Add a product, or change one."""
    row = access_product(request.user, product_id) if product_id else None
    form = ProductForm(posted(request), product=row)
    if carried_out(form, save_product, product=row, by=request.user):
        return done(request, _("Saved."), to=reverse("desk:products"))
    context = {"form": form, "product": row}
    return show(
        request, "scheduling/treatment/product.html", context, location=place_of(request), status=status_of(form)
    )


@allow(CLINICAL)
def lot_aside(request: HttpRequest, lot_id: int) -> HttpResponse:
    """Into quarantine, with a reason."""
    lot = access_lot(request.user, lot_id)
    form = AsideForm(posted(request), initial={"version": lot.version})
    if carried_out(form, set_lot_aside, lot=lot, by=request.user):
        return done(request, _("In quarantine."), to=here(lot.location_id))
    context = {"form": form, "lot": lot}
    template = "scheduling/treatment/lot_aside.html"
    return show(request, template, context, location=lot.location, status=status_of(form))


@allow(CLINICAL)
@require_POST
def lot_release(request: HttpRequest, lot_id: int) -> HttpResponse:
    lot = access_lot(request.user, lot_id)
    release_lot(lot=lot, by=request.user)
    return done(request, _("In use again."), to=here(lot.location_id))


@allow(DIRECTOR)
def lot_recall(request: HttpRequest, lot_id: int) -> HttpResponse:
    """The preview names everybody who received the lot; the button stops it and writes to them."""
    lot = access_lot(request.user, lot_id)
    told = newest_of_each(lot)
    form = RecallForm(posted(request), initial={"expect": len(told)})
    if found := attempt(form, lambda: recall_lot(lot=lot, by=request.user, **form.cleaned_data)):
        words = ngettext("Recalled. %(n)s person is told.", "Recalled. %(n)s people are told.", found.patients)
        return done(request, words % {"n": found.patients}, to=here(lot.location_id))
    context: dict[str, Any] = {"form": form, "lot": lot, "told": told}
    template = "scheduling/treatment/lot_recall.html"
    return show(request, template, context, location=lot.location, status=status_of(form))


@allow(CLINICAL)
def lot_received(request: HttpRequest) -> HttpResponse:
    """Who received lot X: visits and allergy tests, as a page or as CSV."""
    number = request.GET.get("number", "").strip()[:60]
    rows = stock.received(drawn_up_for(request.user), number) if number else []
    if request.GET.get("as") == "csv":
        return as_csv(rows)
    context = {"number": number, "rows": rows}
    return show(request, "scheduling/treatment/lot_received.html", context, location=place_of(request))


def as_csv(rows: Any) -> HttpResponse:
    """The name of the file holds no lot and no person."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="received.csv"'
    sheet = csv.writer(answer)
    sheet.writerow(["patient", "name", "phone", "product", "lot", "amount", "unit", "act", "at"])
    for row in rows:
        act = "visit" if row.session_id else "allergy test"
        name, phone = neutral(str(row.patient)), neutral(row.patient.phone)
        cells = [neutral(row.named), neutral(row.number), f"{row.amount:f}", row.unit, act, row.when.isoformat()]
        sheet.writerow([row.patient_id, name, phone, *cells])
    return answer


@allow(DIRECTOR)
@require_POST
def alert_seen(request: HttpRequest, alert_id: int) -> HttpResponse:
    alert = access_lot_alert(request.user, alert_id)
    see_alert(alert=alert, by=request.user)
    place = alert.session.location_id
    return done(request, _("Seen."), to=f"{reverse('desk:worklists')}?tab=lot_alerts&location={place}")
