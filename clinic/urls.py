"""Every address of the product. Each view names its roles; tests/access_matrix.py lists them all."""

from django.urls import include, path

from clinic import errors, views
from clinic.api import api_urls
from patients import urls as patients_urls
from protocols import urls as protocols_urls
from scheduling import urls as scheduling_urls

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("api/v1/", include((api_urls, "api"))),
    path("accounts/role/", views.role, name="role"),
    path("accounts/tokens/", views.tokens, name="tokens"),
    path("accounts/tokens/<int:token_id>/end/", views.token_end, name="token_end"),
    path("accounts/", include("clinic.account_urls")),
    path("protocols/", include((protocols_urls.urlpatterns, "protocols"))),
    path("patients/", include((patients_urls.urlpatterns + scheduling_urls.patient_urls, "patients"))),
    path("courses/", include((scheduling_urls.course_urls, "courses"))),
    path("me/", include((scheduling_urls.portal_urls + patients_urls.portal_urls, "portal"))),
    path("settings/", include((scheduling_urls.settings_urls + protocols_urls.settings_urls, "settings"))),
    path("address/", include((patients_urls.address_urls, "address"))),
    path("calendar/", include((scheduling_urls.calendar_urls, "calendar"))),
    path("", include((scheduling_urls.desk_urls, "desk"))),
    path("api/schema/", views.Schema.as_view(), name="schema"),
    path("api/docs/", views.Docs.as_view(url_name="schema"), name="docs"),
]

handler400, handler403 = errors.bad_request, errors.forbidden
handler404, handler500 = errors.not_found, errors.server_error
