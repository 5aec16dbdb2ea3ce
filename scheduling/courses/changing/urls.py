"""Changing rules and policies, with what it does to running courses."""

from django.urls import URLPattern, path

from scheduling.courses.changing.views import impact

impact_urls: list[URLPattern] = [
    path("rules/new/", impact.rule_new, name="rule_new"),
    path("rules/<str:code>/", impact.rule_tighten, name="rule_tighten"),
    path("rules/<str:code>/take-back/", impact.rule_withdraw, name="rule_withdraw"),
    path("policies/<str:code>/", impact.policy, name="policy"),
]
