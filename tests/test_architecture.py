"""The house keeps the floors of docs/architecture.md and its sizes; a failure prints the offending line."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = [
    {"errors", "grid", "types", "pyrt_ext"},
    {"_validate", "_engine", "windows", "config", "parallel"},
    {"indicators", "analysis", "data"},
    {"features", "live"},
    {"strategy"},
    {"backtest"},
    {"ml", "research", "optimization"},
    {"cli"},
    {"__main__"},
]
FLOOR = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
GROUND = {
    ("types", "grid"),
    ("types", "errors"),
    ("grid", "errors"),
    ("config", "_validate"),
}  # vocabulary builds on itself
PLOTTING = {"matplotlib", "plotly"}
HEAVY = PLOTTING | {"numba", "pandas", "scipy", "polars", "sklearn", "onnxruntime", "pyarrow", "arch"}
SOURCES = sorted([*ROOT.glob("pyrt/**/*.py"), *ROOT.glob("pyrt_ext/**/*.py"), *ROOT.glob("pyrt_ext/**/*.pyx")])
PYTHON = [path for path in SOURCES if path.suffix == ".py"]
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc", "tools"}


def room_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[0] if parts[0] == "pyrt_ext" else (parts[1] if len(parts) > 1 else "")


def imported_rooms(path, node):
    """The rooms of pyrt that one import statement reaches."""
    inside = list(path.relative_to(ROOT).with_suffix("").parts)
    package = inside[:-1]
    if isinstance(node, ast.Import):
        names = [alias.name.split(".") for alias in node.names]
    elif node.level:
        base = package[: len(package) - node.level + 1] + (node.module.split(".") if node.module else [])
        names = [base] if node.module else [[*base, alias.name] for alias in node.names]
    else:
        base = (node.module or "").split(".")
        names = [[*base, alias.name] for alias in node.names] if base == ["pyrt"] else [base]
    return [name[1] if name[0] == "pyrt" and len(name) > 1 else name[0] for name in names]


@pytest.mark.parametrize("path", PYTHON, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_room_imports_only_lower_floors(path):
    room = room_of(path)
    if room in {"__init__", ""}:
        return
    assert room in FLOOR, f"{path}: room {room!r} stands on no floor; add it to FLOORS and docs/architecture.md"
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for other in imported_rooms(path, node):
                below = other not in FLOOR or other == room or FLOOR[other] < FLOOR[room] or (room, other) in GROUND
                assert below, f"{path}:{node.lineno}: {room} must not import {other}"


@pytest.mark.parametrize("path", PYTHON, ids=lambda p: str(p.relative_to(ROOT)))
def test_heavy_libraries_are_imported_where_they_are_used(path):
    heavy = PLOTTING if room_of(path) == "cli" else HEAVY
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, (ast.Import, ast.ImportFrom)) and not getattr(node, "level", 0):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module]
            for name in names:
                assert name.split(".")[0] not in heavy, (
                    f"{path}:{node.lineno}: import {name} inside the function that uses it"
                )


def code_lines(text):
    return sum(1 for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_and_functions_are_short(path):
    text = path.read_text()
    assert path.stem not in FORBIDDEN_NAMES, f"{path}: name it after its noun"
    if path.suffix != ".py":
        assert code_lines(text) <= 400, f"{path}: {code_lines(text)} lines of code; split it by noun"
        return
    tree = ast.parse(text)
    documented = [
        n for n in ast.walk(tree) if isinstance(n, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    doc_lines = {id(n): len((ast.get_docstring(n, clean=False) or "").splitlines()) for n in documented}
    size = code_lines(text) - sum(doc_lines.values())
    assert size <= 400, f"{path}: {size} lines of code; split it by noun"
    for node in documented:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = node.end_lineno - node.lineno + 1 - doc_lines[id(node)]
            assert length <= 80, f"{path}:{node.lineno}: {node.name} has {length} lines"
            positional = len(node.args.posonlyargs) + len(node.args.args)
            told = f"{path}:{node.lineno}: {node.name} takes {positional} positional arguments"
            assert positional <= 8 or "families" in path.parts, told  # an indicator's are those of its definition


def test_folders_are_small_and_flat():
    for folder in [
        p for root in ("pyrt", "pyrt_ext", "tests", "benchmarks") for p in [ROOT / root, *(ROOT / root).rglob("*/")]
    ]:
        if folder.name in {"__pycache__", "results", "env", ".asv"} or ".asv" in folder.parts:
            continue
        depth = len(folder.relative_to(ROOT).parts) - 1
        assert depth <= 3, f"{folder} lies {depth} folders deep"
        files = [p for p in folder.iterdir() if p.is_file() and p.suffix in {".py", ".pyx"} and p.name != "__init__.py"]
        assert len(files) <= 15, f"{folder} holds {len(files)} files"
