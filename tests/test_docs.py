"""The documents say what the code says."""

import re
from pathlib import Path

from django.conf import settings

from scheduling.models import TRANSITIONS

ROOT = Path(__file__).resolve().parent.parent


def test_the_page_about_sessions_prints_the_transition_table() -> None:
    page = (ROOT / "docs" / "sessions.md").read_text(encoding="utf-8")
    rows = {
        verb: (starts, leads_to)
        for verb, starts, leads_to in re.findall(r"^\| (\w+) \| ([\w, ]+) \| (\w+) \|$", page, re.MULTILINE)
    }
    rows.pop("verb", None)
    assert rows == {verb: (", ".join(sorted(starts)), leads_to) for verb, (starts, leads_to) in TRANSITIONS.items()}


def test_every_environment_variable_of_the_settings_is_documented() -> None:
    source = (ROOT / "clinic" / "settings.py").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    names = set(re.findall(r'(?:environ\.get|flag)\(\s*"([A-Z_]+)"', source))
    internal = {"DEBUG", "PLAIN_STATIC", "PGOPTIONS", "PROCESS_NAME", "LOG_LEVEL", "OWNER_DATABASE_URL"}
    assert {name for name in names - internal if f"`{name}`" not in page} == set()


def test_the_page_about_background_work_names_every_process_and_queue() -> None:
    page = (ROOT / "docs" / "worker.md").read_text(encoding="utf-8")
    processes = re.findall(r"^(\w+):", (ROOT / "Procfile").read_text(encoding="utf-8"), re.MULTILINE)
    queues = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()} | {settings.CELERY_TASK_DEFAULT_QUEUE}
    wanted = {*processes, *queues} - {"servers", "web"}
    assert {name for name in wanted if f"`{name}`" not in page} == set()


def test_every_citation_names_an_entry_of_the_catalogue() -> None:
    """Facts F…, boundaries B…, contradictions C… and gaps G…; no id of a document that is not here."""
    known = set()
    for file in (ROOT / "protocols" / "catalogue").rglob("*.yaml"):
        known |= set(re.findall(r"^- \{?(?:id|code): ([BCFG]\d+)", file.read_text(encoding="utf-8"), re.MULTILINE))
    folders = ("clinic", "patients", "protocols", "scheduling", "docs")
    files = [file for each in folders for file in (ROOT / each).rglob("*") if file.suffix in {".py", ".md"}]
    cited = {
        (name, str(file.relative_to(ROOT)))
        for file in files
        for name in re.findall(r"""(?<![\w"'])([ABCFG]\d{1,3})(?![\w"'])""", unlinted(file.read_text(encoding="utf-8")))
    }
    assert len(known) > 400
    assert sorted((name, file) for name, file in cited if name not in known) == []


def test_every_path_that_a_document_names_exists() -> None:
    documents = [ROOT / "CONTRIBUTING.md", *(ROOT / "docs" / f"{name}.md" for name in ("worker", "glossary", "where"))]
    named = re.compile(r"`((?:clinic|patients|protocols|scheduling|tests|docs|templates)/[a-z_0-9/.]*)`")
    paths = [path for document in documents for path in named.findall(document.read_text(encoding="utf-8"))]
    assert len(paths) > 20
    assert [path for path in paths if not (ROOT / path).exists()] == []


def unlinted(text: str) -> str:
    """Without the codes of a linter, which look like citations."""
    return re.sub(r"# noqa: [A-Z0-9, ]+", "", text)


def test_every_folder_of_the_map_exists() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    folders = re.findall(r"^\| `([a-z]+)/`", readme, re.MULTILINE)
    assert len(folders) >= 7
    places = (ROOT, ROOT / "scheduling")
    assert [folder for folder in folders if not any((place / folder).is_dir() for place in places)] == []
