"""Which public top-level functions and classes of the product the product itself never reaches.

What runs on import is reached, and so is whatever a reached definition names. An import alone only passes a name on.
Names in the Procfile, pyproject.toml, bin/ and YAML files count; what frameworks find by themselves is in `found`.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

APPS = ("clinic", "patients", "protocols", "scheduling")
WORDS_OF_TAG = re.compile(r"{[{%](.*?)[%}]}", re.DOTALL)
DOTTED = re.compile(r"[A-Za-z_][\w.]*(?::\w+)?")
# Classes that Django, DRF or Celery make use of because they exist: base class, and who looks for them.
FOUND_BY_BASE = {
    "AppConfig",  # django.apps, by the name of the app
    "BaseCommand",  # manage.py
    "Migration",  # files of migrations, which are not read here
    "Model",  # a table
    "OpenApiAuthenticationExtension",  # drf-spectacular
    "OpenApiSerializerExtension",
    "OpenApiSerializerFieldExtension",
}
# Classes that Django looks for by this name in a module that the settings name.
FOUND_BY_NAME = {"DatabaseWrapper", "SessionStore"}


@dataclass
class Module:
    """One file: `names` says what each name at its top stands for, `uses` which dotted names each definition names."""

    name: str
    tree: ast.Module
    names: dict[str, str] = field(default_factory=dict)
    uses: dict[str, set[str]] = field(default_factory=dict)  # "" is what runs on import


Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def unreached(root: Path) -> list[str]:
    """The dotted names of public functions and classes that nothing of the product below `root` leads to."""
    modules = {module.name: module for module in read(root)}
    known = {f"{module.name}.{node.name}": node for module in modules.values() for node in definitions(module.tree)}
    tasks = {task: name for name, node in known.items() if (task := task_name(node))}

    def targets(names: Iterable[str]) -> set[str]:
        return {target for name in names if (target := resolve(tasks.get(name, name), modules, known))}

    edges = {
        f"{module.name}.{owner}": targets(names) for module in modules.values() for owner, names in module.uses.items()
    }
    texts = targets(written(root))
    reached = closure([*(name for name in edges if name.endswith(".")), *texts, *found(root, known)], edges)
    return sorted(name for name in known if name not in reached and not name.rpartition(".")[2].startswith("_"))


def read(root: Path) -> Iterator[Module]:
    files = [*root.glob("manage.py"), *(each for app in APPS for each in (root / app).rglob("*.py"))]
    for path in sorted(files):
        if "migrations" in path.parts:
            continue
        name = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        yield analysed(Module(name, ast.parse(path.read_text())), is_package=path.name == "__init__.py")


def definitions(tree: ast.Module) -> Iterator[Definition]:
    return (node for node in tree.body if isinstance(node, Definition))


def analysed(module: Module, *, is_package: bool) -> Module:
    imports = [node for node in ast.walk(module.tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    package = module.name if is_package else module.name.rpartition(".")[0]
    module.names = {node.name: f"{module.name}.{node.name}" for node in definitions(module.tree)}
    for each in imports:
        module.names |= imported(each, package)
    for node in module.tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            continue
        owner = node.name if isinstance(node, Definition) else ""
        module.uses.setdefault(owner, set()).update(named(node, module.names))
        for decorator in getattr(node, "decorator_list", ()) if not task_name(node) else ():
            module.uses.setdefault("", set()).update(named(decorator, module.names))
    module.uses.setdefault("", set())
    return module


def task_name(node: ast.AST) -> str:
    """The name under which Celery knows a function; empty for what is no task."""
    for decorator in getattr(node, "decorator_list", ()):
        if isinstance(decorator, ast.Call) and dotted(decorator.func) == "shared_task":
            return str(ast.literal_eval(decorator.keywords[0].value))
    return ""


def imported(node: ast.Import | ast.ImportFrom, package: str) -> dict[str, str]:
    """What the names that an import brings stand for."""
    if isinstance(node, ast.Import):
        plain = {name: name for each in node.names if not each.asname for name in [each.name.partition(".")[0]]}
        return plain | {each.asname: each.name for each in node.names if each.asname}
    above = package.rsplit(".", node.level - 1)[0] if node.level else ""
    source = ".".join(filter(None, (above, node.module or "")))
    return {each.asname or each.name: f"{source}.{each.name}" for each in node.names}


def named(node: ast.AST, names: dict[str, str]) -> Iterator[str]:
    """Every dotted name below `node`, and every string that could be one."""
    for each in ast.walk(node):
        if isinstance(each, ast.Name | ast.Attribute) and (chain := dotted(each)):
            first, _dot, rest = chain.partition(".")
            if first in names:
                yield f"{names[first]}.{rest}".rstrip(".")
        elif isinstance(each, ast.Constant) and isinstance(each.value, str) and DOTTED.fullmatch(each.value):
            yield names.get(each.value, each.value)  # a type as a string, or the path of a setting


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    above = dotted(node.value) if isinstance(node, ast.Attribute) else ""
    return f"{above}.{node.attr}" if above and isinstance(node, ast.Attribute) else ""


def resolve(name: str, modules: dict[str, Module], known: Iterable[str]) -> str | None:
    """The definition that a dotted name leads to, through packages that pass it on; None for anything else."""
    for _step in range(9):
        parts = name.replace(":", ".").split(".")
        longest = next((end for end in range(len(parts) - 1, 0, -1) if ".".join(parts[:end]) in modules), 0)
        if not longest:
            return None
        module, attribute = ".".join(parts[:longest]), parts[longest]
        if (place := f"{module}.{attribute}") in known:
            return place
        if attribute not in modules[module].names:
            return None
        name = ".".join([modules[module].names[attribute], *parts[longest + 1 :]])
    return None


def written(root: Path) -> Iterator[str]:
    """Dotted names in files that are not Python."""
    files = [root / "Procfile", root / "pyproject.toml", *root.glob("bin/*")]
    for path in [*files, *(each for app in APPS for each in (root / app).rglob("*.y*ml"))]:
        if path.is_file():
            yield from DOTTED.findall(path.read_text())


def found(root: Path, known: dict[str, Definition]) -> Iterator[str]:
    """What frameworks find by themselves: classes by their base, the tags and filters that templates name."""
    tags = {word for path in (root / "templates").rglob("*") if path.is_file() for word in words(path)}
    for name, node in known.items():
        bases = {dotted(base).rpartition(".")[2] for base in getattr(node, "bases", ())}
        registered = any(dotted(getattr(each, "func", each)) == "admin.register" for each in node.decorator_list)
        by_name = node.name in FOUND_BY_NAME
        if bases & FOUND_BY_BASE or by_name or registered or (".templatetags." in name and node.name in tags):
            yield name


def words(template: Path) -> Iterator[str]:
    for tag in WORDS_OF_TAG.findall(template.read_text()):
        yield from re.findall(r"\w+", tag)


def closure(start: Iterable[str], edges: dict[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(edges.get(name, ()))
    return reached
