"""The addresses of the library. `facts/<code>` has no slash at its end: pages put an id behind `/protocols/facts/`."""

from django.urls import URLPattern, path

from protocols.views import combinations, editor, grounds, library, screening

urlpatterns: list[URLPattern] = [
    path("", library.library, name="library"),
    path("compare/", library.compare, name="compare"),
    path("sources/", grounds.sources, name="sources"),
    path("facts/<str:code>", grounds.fact, name="fact"),
    path("rules/", screening.rules, name="rules"),
    path("rules/<str:code>/", screening.rule, name="rule"),
    path("policies/", screening.policies, name="policies"),
    path("combinations/", combinations.combinations, name="combinations"),
    path("<str:code>/", library.detail, name="detail"),
    path("<str:code>/draft/", editor.draft_new, name="draft_new"),
    path("<str:code>/versions/<int:number>/", library.version, name="version"),
    path("<str:code>/versions/<int:number>/edit/", editor.draft_edit, name="draft_edit"),
    path("<str:code>/versions/<int:number>/publish/", editor.draft_publish, name="draft_publish"),
    path("<str:code>/versions/<int:number>/discard/", editor.draft_discard, name="draft_discard"),
]
settings_urls: list[URLPattern] = []
