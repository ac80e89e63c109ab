"""``pyrt strategy``: compile a strategy for the engine, show what an object says about itself."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from ..errors import InputError
from ..strategy import Strategy, read_description
from ..strategy import build as build_object
from ..strategy.base import parameters_of
from .output import EXIT_CODES, Json, console, failures, print_json

__all__ = ["AnySource", "Parameters", "Source", "app", "find_any", "find_strategy", "name_of", "values_of"]

app = typer.Typer(help="Compile strategies for the engine, and look into them.", no_args_is_help=True)

Source = Annotated[str, typer.Argument(metavar="FILE.py[:Class]", help="The file, and the class if it has several.")]
AnySource = Annotated[
    str,
    typer.Argument(metavar="FILE.py[:Class] | FILE.toml", help="A class (the file, and its name), or a strategy file."),
]
Parameters = Annotated[
    list[str] | None, typer.Option("-p", "--param", metavar="NAME=VALUE", help="A parameter's value; repeatable.")
]


@app.command(epilog=EXIT_CODES)
def build(
    source: Source,
    out: Annotated[Path, typer.Option("-o", "--out", help="The shared object to write, such as cross.so.")],
    param: Parameters = None,
    json: Json = False,
) -> None:
    """Compile a strategy to a shared object that the engine loads; it needs no Python."""
    with failures():
        cls = find_strategy(source)
        description = build_object(cls, out, **values_of(cls, param or []))
        if json:
            print_json(description)
            return
        console.print(f"{out}: {description['name']}, {out.stat().st_size / 1024:.0f} KiB", highlight=False)
        _show(description)


@app.command(epilog=EXIT_CODES)
def show(
    path: Annotated[Path, typer.Argument(metavar="NAME.so", help="An object of pyrt strategy build.")],
    json: Json = False,
) -> None:
    """Print what an object says about itself; nothing in it is run."""
    with failures():
        description = read_description(path)
    if json:
        print_json(description)
    else:
        _show(description)


def find_strategy(source: str) -> type[Strategy]:
    """Import a user's file and return its strategy.

    Raises
    ------
    InputError
        If there is no such file or class, or several classes and no name.
    """
    filename, _, name = source.partition(":")
    path = Path(filename)
    if not path.is_file():
        raise InputError(f"{filename}: no such file")
    name_of_module = f"strategy_of_{path.stem}"  # not the bare stem: a user's signal.py must not hide Python's
    spec = importlib.util.spec_from_file_location(name_of_module, path)
    if spec is None or spec.loader is None:
        raise InputError(f"{filename}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name_of_module] = module
    sys.path.insert(0, str(path.parent.resolve()))  # what lies beside it can be imported, as when Python runs it
    spec.loader.exec_module(module)
    found = {
        key: value
        for key, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, Strategy) and value.__module__ == name_of_module
    }
    if name and name not in found:
        raise InputError(f"{filename} has no strategy {name}; it has {', '.join(found) or 'none'}")
    if not name and len(found) != 1:
        raise InputError(f"{filename} has {len(found)} strategies; name one: {filename}:{next(iter(found), 'Class')}")
    return found[name] if name else next(iter(found.values()))


def find_any(source: str, given: list[str]) -> tuple[type[Strategy] | Path, dict[str, Any]]:
    """Return a strategy class or the path of a strategy file, and the parameters given as NAME=VALUE."""
    if not source.endswith(".toml"):
        cls = find_strategy(source)
        return cls, values_of(cls, given)
    if not Path(source).is_file():
        raise InputError(f"{source}: no such file")
    return Path(source), _values(given, {})


def name_of(strategy: type[Strategy] | Path) -> str:
    """Return what tables call a strategy: its class's name, or its file's."""
    return strategy.stem if isinstance(strategy, Path) else strategy.__name__


def values_of(cls: type[Strategy], given: list[str]) -> dict[str, Any]:
    """Read NAME=VALUE by the types of the strategy's parameters."""
    return _values(given, {p.name: p.type for p in parameters_of(cls)})


def _values(given: list[str], types: dict[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise InputError(f"-p {text}: write NAME=VALUE")
        try:
            values[name] = _READ[types.get(name, "float")](value)
        except (ValueError, KeyError):
            raise InputError(f"-p {text}: {name} must be of type {types.get(name, 'float')}") from None
    return values


_READ: dict[str, Any] = {
    "int": int,
    "float": float,
    "bool": {"true": True, "false": False, "True": True, "False": False, "1": True, "0": False}.__getitem__,
}


def _show(description: dict[str, Any]) -> None:
    facts = Table(show_header=False, show_edge=False, pad_edge=False)
    rows = {
        "strategy": description["name"],
        "handlers": ", ".join(description["handlers"]),
        "instruments": ", ".join(description["instruments"]) or "whatever the host trades",
        "bars": ", ".join(description["bars"]) or "none",
        "looks back": f"{description['history']} bars, {description['depth']} levels",
        "memory": f"{description['state_bytes']} bytes of state, {description['arena_bytes']} behind it",
        "ABI": ".".join(map(str, description["abi"])) + f" ({description['abi_hash']}), pyrt {description['pyrt']}",
        "source": description["source_hash"][:16],
    }
    for name, value in rows.items():
        facts.add_row(name, value)
    console.print(facts, highlight=False)
    table = Table(show_edge=False, pad_edge=False)
    for column in ("parameter", "type", "value", ""):
        table.add_column(column)
    meaning = {"live": "live: may change while it runs", "structural": "structural: another value needs another build"}
    for p in description["parameters"]:
        table.add_row(p["name"], p["type"], str(p["value"]), meaning[p["kind"]])
    if description["parameters"]:
        console.print(table, highlight=False)
