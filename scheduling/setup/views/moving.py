"""Moving in from another system, and moving out: files that a worker reads and writes while the page shows how far."""

from tempfile import TemporaryFile
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic.base.access import DIRECTOR, allow
from clinic.base.clock import now
from clinic.base.forms import attempt, posted, status_of
from clinic.base.limits import whole
from clinic.base.refusals import Refusal
from clinic.base.requests import HttpRequest
from clinic.base.zones import zone_of
from scheduling.access import access_export, access_import, directs_all, exports_for, imports_for
from scheduling.models import Import
from scheduling.setup import sheets
from scheduling.setup.actions import exporting, moving_in, sending
from scheduling.setup.moving_forms import ColumnsForm, ExportForm, FileForm
from scheduling.setup.queries import first_lines, report_of
from scheduling.setup.views.places import tabs

SHOWN = 20
PROGRESS = "progress"


def on_the_wall(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """The page with the wall clock of whoever looks."""
    with timezone.override(zone_of(request.user)):
        return render(request, template, context, status=status)


@allow(DIRECTOR)
def moving(request: HttpRequest) -> HttpResponse:
    """What was moved in and out, a file to send, and the button that writes everything."""
    wanted = request.POST.get("do")
    file_form = FileForm(posted(request) if wanted == "in" else None, request.FILES or None, by=request.user)
    export_form = ExportForm(request.POST if wanted == "out" else None)
    try:
        sent = attempt(file_form, lambda: sending.send(**file_form.cleaned_data, by=request.user))
    except moving_in.KnownFile as known:
        messages.info(request, _("This file is here already. Nothing was sent twice."))
        return redirect("settings:import", known.known.pk)
    if sent:
        return redirect("settings:import", sent.pk)
    if attempt(export_form, lambda: exporting.ask_export(**export_form.cleaned_data, by=request.user)):
        messages.success(request, _("The archive is being written. You may leave this page."))
        return redirect("settings:moving")
    exports = list(exports_for(request.user)[:SHOWN])
    context = {
        "file_form": file_form,
        "export_form": export_form if directs_all(request.user) else None,
        "imports": imports_for(request.user)[:SHOWN],
        "exports": exports,
        "making": any(each.status in moving_in.AT_WORK for each in exports),
        "now": now(),
        "tabs": tabs("moving", request.user),
    }
    if request.htmx.target == PROGRESS:
        return on_the_wall(request, "scheduling/setup/_exports.html", context)
    return on_the_wall(request, "scheduling/setup/moving.html", context, status=status_of(file_form, export_form))


@allow(DIRECTOR)
def file(request: HttpRequest, import_id: int) -> HttpResponse:
    """One file: its first lines and columns, then how far the worker is, then what became of its lines."""
    row = access_import(request.user, import_id)
    working = row.status in moving_in.AT_WORK
    if request.htmx.target == PROGRESS and working:
        return render(request, "scheduling/setup/_import_progress.html", {"row": row})
    form = ColumnsForm(posted(request), of=row)
    if attempt(form, lambda: moving_in.read_so(of=row, by=request.user, **form.wanted())):
        return redirect("settings:import", row.pk)
    context: dict[str, Any] = {"row": row, "working": working, "form": form, "report": report_of(row)}
    if not working and row.file:
        context["first"] = first_lines(row)
    response = on_the_wall(request, "scheduling/setup/import.html", context, status=status_of(form))
    if request.htmx.target == PROGRESS:
        response["HX-Refresh"] = "true"
    return response


@allow(DIRECTOR)
@require_POST
def step(request: HttpRequest, import_id: int) -> HttpResponse:
    """Take over, undo, give up, or go on after it stopped."""
    row = access_import(request.user, import_id)
    wanted, version = request.POST.get("step", ""), whole(request.POST.get("version"))
    try:
        moving_in.go_on(of=row, step=wanted, by=request.user, version=version)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    return redirect("settings:moving") if wanted == Import.Step.GIVEN_UP else redirect("settings:import", row.pk)


@allow(DIRECTOR)
def left_out_file(request: HttpRequest, import_id: int) -> FileResponse:
    """The lines that were left out, as CSV with the same columns and the reason."""
    row = access_import(request.user, import_id)
    file = TemporaryFile()  # noqa: SIM115 it is sent after the rows of this person's places are out of sight
    file.writelines(sheets.lines(moving_in.left_out(row), row.separator))
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"left-out-{row.pk}.csv", content_type="text/csv")


@allow(DIRECTOR)
@require_POST
def archive_file(request: HttpRequest, export_id: int) -> FileResponse:
    """The archive, and a note of who fetched it."""
    row = exporting.note_fetched(export=access_export(request.user, export_id), by=request.user)
    return FileResponse(row.file.open(), as_attachment=True, filename=f"mesoplan-{row.requested_at:%Y-%m-%d}.zip")
