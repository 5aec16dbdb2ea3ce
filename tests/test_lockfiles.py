"""Two machines install the same files, wherever they fetch them from."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = sorted((ROOT / "requirements").glob("*.txt"))
LOCKS = [*REQUIREMENTS, ROOT / "package-lock.json"]


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_a_lock_names_no_host_and_no_place_on_a_disk(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\w+://|--index-url|--find-links|\bfile:", text)
    assert not re.search(r"(^|\s)/\w+/", text)


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_every_package_is_pinned_with_hashes(path: Path) -> None:
    entries = re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n?", "", path.read_text()).strip())
    assert entries
    for entry in entries:
        assert re.match(r"[\w.\-]+(\[[\w,\-]+\])?==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry


def test_every_browser_library_is_pinned_with_a_hash() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    installed = {name: package for name, package in packages.items() if name}
    assert installed
    assert all(package["integrity"].startswith("sha512-") for package in installed.values())


@pytest.mark.parametrize("path", sorted((ROOT / "requirements").glob("*.in")), ids=lambda path: path.name)
def test_every_package_we_ask_for_is_in_its_lock(path: Path) -> None:
    asked = re.findall(r"(?m)^([\w.\-]+)", path.read_text())
    locked = set(re.findall(r"(?m)^([\w.\-]+)", path.with_suffix(".txt").read_text()))
    assert {name for name in asked if not name.startswith("-")} <= locked


def test_every_package_we_ask_for_has_its_reason() -> None:
    reasons = (ROOT / "pyproject.toml").read_text()
    for name in re.findall(r"(?m)^([\w.\-]+)", (ROOT / "requirements" / "base.in").read_text()):
        assert f"#   {name} " in reasons, name
