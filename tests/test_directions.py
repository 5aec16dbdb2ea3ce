"""No app reads one above it, not even backwards through a foreign key: `patient.sessions` belongs to scheduling.

Imports are held by import-linter; this holds what imports cannot show: reverse accessors in code, lookups in queries
and names in templates.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import ForeignObjectRel

ROOT = Path(__file__).resolve().parent.parent
ORDER = ["clinic", "protocols", "patients", "scheduling"]  # lowest first
READS = {
    "aggregate", "all", "annotate", "count", "create", "defer", "distinct", "exclude", "exists", "filter", "first",
    "last", "only", "order_by", "prefetch_related", "select_related", "values", "values_list",
}  # fmt: skip


def names_from_above(app: str) -> set[str]:
    """Reverse names that apps above hang on the models of `app` and below, less the names these have themselves."""
    rank = ORDER.index(app)
    reverse, own = set(), set()
    for label in ORDER[: rank + 1]:
        for model in apps.get_app_config(label).get_models():
            for field in model._meta.get_fields():
                names = {field.name}
                if isinstance(field, ForeignObjectRel):
                    names.add(field.get_accessor_name() or field.name)
                    above = field.related_model._meta.app_label in ORDER[rank + 1 :]
                else:
                    above = False
                (reverse if above else own).update(names)
    return reverse - own


def reads_in(source: str, names: set[str]) -> Iterator[tuple[int, str]]:
    """(line, name) of each reverse name read: `row.name.filter(…)`, `filter(name__x=…)`, `annotate(Count("name"))`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute):
            if node.attr in READS and node.value.attr in names:
                yield node.lineno, node.value.attr
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READS:
            for word in words_of(node):
                if word.removeprefix("-").partition("__")[0] in names:
                    yield node.lineno, word


def words_of(call: ast.Call) -> Iterator[str]:
    """The lookups of one call of a queryset, those inside Q, Count and the like included."""
    for node in ast.walk(call):
        if isinstance(node, ast.keyword) and node.arg:
            yield node.arg
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.mark.parametrize("app", ORDER[:-1])
def test_no_code_reads_what_an_app_above_hangs_on_its_models(app: str) -> None:
    names = names_from_above(app)
    assert names
    found = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path in sorted((ROOT / app).rglob("*.py"))
        if "migrations" not in path.parts
        for line, name in reads_in(path.read_text(), names)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("app", ["protocols", "patients"])
def test_no_template_reads_what_an_app_above_hangs_on_its_models(app: str) -> None:
    reverse = re.compile(rf"{{[{{%][^}}]*\.({'|'.join(names_from_above(app))})\.(?:{'|'.join(READS)})\b")
    found = [
        f"{path.relative_to(ROOT)} {match[1]}"
        for path in sorted((ROOT / "templates" / app).rglob("*.html"))
        for match in reverse.finditer(path.read_text())
    ]
    assert not found, "\n".join(found)


def test_what_it_looks_for_is_found() -> None:
    names = names_from_above("patients")
    assert "sessions" in names
    code = 'held = patient.sessions.filter(kind="x")\nrows = Patient.objects.filter(Q(sessions__kind="x"))\n'
    assert {line for line, _ in reads_in(code, names)} == {1, 2}
