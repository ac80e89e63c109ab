"""From function objects to syntax trees, rewritten so that compiled and plain mode compute the same bits.

A power is a product, a square root, or one call of libm's ``pow``; a transcendental function is one call of libm's.
Both modes start from the tree that :func:`load` returns.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import math
import textwrap
import types
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..context import METHODS
from ..faults import CompileError
from ..state import parsed
from .refusals import refuse

__all__ = ["LIBM", "PREFIX", "WORDS", "Function", "load"]

PREFIX = "__pyrt_"
"""Of the names of intrinsics in rewritten trees."""

LIBM = {
    "exp": 1, "exp2": 1, "expm1": 1, "log": 1, "log2": 1, "log10": 1, "log1p": 1, "sin": 1, "cos": 1, "tan": 1,
    "asin": 1, "acos": 1, "atan": 1, "atan2": 2, "sinh": 1, "cosh": 1, "tanh": 1, "asinh": 1, "acosh": 1, "atanh": 1,
    "pow": 2, "hypot": 2, "cbrt": 1, "erf": 1, "erfc": 1,
}  # fmt: skip
"""Functions of libm by name, with their number of arguments."""

_NUMPY_NAMES = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "asinh": "arcsinh", "acosh": "arccosh",
    "atanh": "arctanh", "pow": "power", "erf": "", "erfc": "",
}  # fmt: skip
_EXACT = ("sqrt", "isnan", "isinf", "isfinite", "copysign", "fabs")


def _intrinsics() -> dict[Any, str]:
    found: dict[Any, str] = {builtins.pow: "pow"}
    for name in LIBM:
        for value in (getattr(math, name, None), getattr(np, _NUMPY_NAMES.get(name, name) or "_", None)):
            if value is not None:
                found[value] = name
    for name in _EXACT:
        found[getattr(math, name)] = name
        found[getattr(np, name)] = name
    found.update({math.floor: "floor", math.ceil: "ceil", math.trunc: "trunc", np.square: "square", np.abs: "abs"})
    return found


INTRINSICS = _intrinsics()
"""Function objects that a call becomes an intrinsic of."""

WORDS = {
    "gtc": 0, "ioc": 1, "fok": 2, "gtd": 3, "day": 4,
    "quantity": 0, "notional": 1, "fraction": 2, "target": 3,
}  # fmt: skip
"""Words that users write in calls of ``ctx``, and what the ABI writes for them."""


@dataclass(eq=False, slots=True)
class Function:
    """A function's tree with what its free names mean. Compared by identity.

    `trusted` functions (those behind ``ctx``, streaming formulas) see the structs as they are.
    """

    name: str
    node: ast.FunctionDef
    filename: str
    scope: dict[str, Any]
    defaults: dict[str, Any]
    trusted: bool = False
    locals: frozenset[str] = frozenset()
    coerced: set[ast.expr] = field(default_factory=set)
    """Where the compiler found an int that joins floats: plain mode converts it at the same place."""
    coerced_names: set[str] = field(default_factory=set)
    """Arguments that come as an int and become a float variable."""

    @property
    def widened(self) -> int:
        """How many places plain mode widens."""
        return 0 if self.trusted else len(self.coerced) + len(self.coerced_names)

    def lookup(self, name: str) -> tuple[bool, Any]:
        """Return whether a free name has a meaning, and which."""
        if name in self.scope:
            return True, self.scope[name]
        return hasattr(builtins, name), getattr(builtins, name, None)

    def resolve(self, node: ast.expr) -> tuple[bool, Any]:
        """Return whether an expression is a name, or attributes of one, known now; and its object."""
        if isinstance(node, ast.Name):
            return (False, None) if node.id in self.locals else self.lookup(node.id)
        if isinstance(node, ast.Attribute):
            known, base = self.resolve(node.value)
            if known and isinstance(base, (types.ModuleType, type)) and hasattr(base, node.attr):
                return True, getattr(base, node.attr)
        return False, None


def load(function: Any, *, trusted: bool = False) -> Function:
    """Read a function's source and rewrite it.

    Raises
    ------
    CompileError
        If there is no source (typed at a prompt), or it is no plain function.
    """
    function = getattr(function, "py_func", function)  # a Numba function: its Python
    code = getattr(function, "__code__", None)
    if code is None:
        raise CompileError(f"{function!r} is no Python function, and only those can be compiled")
    try:
        lines, first = inspect.getsourcelines(function)
    except (OSError, TypeError):
        where = f"{code.co_filename}:{code.co_firstlineno}"
        raise CompileError(
            f"{where}: the source of {function.__qualname__} is not there; keep strategies in a file or a notebook cell"
        ) from None
    tree = parsed(textwrap.dedent("".join(lines)))
    node = tree.body[0]
    if not isinstance(node, ast.FunctionDef):
        raise CompileError(f"{code.co_filename}:{first}: {function.__qualname__} must be written with def")
    ast.increment_lineno(node, first - 1)
    scope = dict(function.__globals__)
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        try:
            scope[name] = cell.cell_contents
        except ValueError:  # not set yet
            scope.pop(name, None)
    return _prepared(function.__qualname__, node, code.co_filename, scope, _defaults(function), trusted=trusted)


def _defaults(function: Any) -> dict[str, Any]:
    return {
        name: parameter.default
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.default is not parameter.empty
    }


def _prepared(
    name: str, node: ast.FunctionDef, filename: str, scope: dict[str, Any], defaults: dict[str, Any], *, trusted: bool
) -> Function:
    assigned = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    local = frozenset(assigned | {a.arg for a in arguments})
    function = Function(name, node, filename, scope, defaults, trusted, local)
    node.decorator_list = []
    node.body = [_Rewrite(function).visit(statement) for statement in node.body]
    return function


class _Rewrite(ast.NodeTransformer):
    def __init__(self, function: Function) -> None:
        self.function = function

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        return self.power(node, node.left, node.right) if isinstance(node.op, ast.Pow) else node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Pow):
            return node
        if not isinstance(node.target, (ast.Name, ast.Attribute)):
            refuse(self.function.filename, node, "write x[i] = x[i] ** n")
        read = parsed(ast.unparse(node.target), "eval").body
        ast.copy_location(read, node)
        for part in ast.walk(read):
            ast.copy_location(part, node)
        made = ast.Assign([node.target], self.power(node, read, node.value))
        return ast.copy_location(made, node)

    def power(self, node: ast.AST, base: ast.expr, exponent: ast.expr) -> ast.expr:
        """``**2`` and ``**3`` are products, ``**0.5`` is a square root, any other power is libm's."""
        value = exponent.value if isinstance(exponent, ast.Constant) else None
        number = base.value if isinstance(base, ast.Constant) else None
        if type(value) is int and type(number) is int and 0 <= value <= 63 and number**value < 2**63:
            return ast.copy_location(ast.Constant(number**value), node)
        if isinstance(value, (int, float)) and value in (2, 3, 0.5):
            return self.call(node, {2: "square", 3: "cube", 0.5: "sqrt"}[value], [base])
        return self.call(node, "pow", [base, exponent])

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        known, target = self.function.resolve(node.func)
        first = node.args[0] if len(node.args) == 1 else None
        if known and target is float and isinstance(first, ast.Constant) and isinstance(first.value, str):
            return ast.copy_location(ast.Constant(float(first.value)), node)
        if known and not isinstance(target, type) and _hashable(target) and target in INTRINSICS and not node.keywords:
            name = INTRINSICS[target]
            if name in ("pow", "square") and len(node.args) == 2 - (name == "square"):
                return self.power(node, node.args[0], node.args[1] if name == "pow" else ast.Constant(2))
            return self.call(node, name, node.args)
        if isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            node.args = [self.word(arg) for arg in node.args]
            for keyword in node.keywords:
                keyword.value = self.word(keyword.value)
        return node

    def word(self, node: ast.expr) -> ast.expr:
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            return node
        if node.value not in WORDS:
            refuse(self.function.filename, node, f"{node.value!r} is none of {', '.join(WORDS)}")
        return ast.copy_location(ast.Constant(WORDS[node.value]), node)

    @staticmethod
    def call(node: ast.AST, name: str, args: list[ast.expr]) -> ast.expr:
        func = ast.copy_location(ast.Name(PREFIX + name, ast.Load()), node)
        return ast.copy_location(ast.Call(func, args, []), node)


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True
