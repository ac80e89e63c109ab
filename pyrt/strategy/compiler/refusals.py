"""What cannot be compiled, and what to write instead."""

from __future__ import annotations

import ast
from typing import NoReturn

from ..faults import CompileError

__all__ = ["CALLS", "NODES", "refuse"]

_ARRAY = "make a fixed array in start(), self.window = np.zeros(20), and keep a position in it: self.at: int = 0"

NODES: dict[type[ast.AST], str] = {
    ast.List: f"a list grows, and compiled code allocates nothing; {_ARRAY}",
    ast.Set: f"a set grows, and compiled code allocates nothing; {_ARRAY}",
    ast.Dict: "a dict grows, and compiled code allocates nothing; use one attribute a key, or an array",
    ast.ListComp: "a comprehension makes a list; write a for loop over range(n)",
    ast.SetComp: "a comprehension makes a set; write a for loop over range(n)",
    ast.DictComp: "a comprehension makes a dict; write a for loop over range(n)",
    ast.GeneratorExp: "a generator is a Python object; write a for loop over range(n)",
    ast.JoinedStr: "text cannot be made in compiled code; publish numbers with ctx.signal(value, tag=...)",
    ast.Try: "an error stops a compiled strategy and cannot be caught; test for the case with if before it happens",
    ast.TryStar: "an error stops a compiled strategy and cannot be caught; test for the case with if before it happens",
    ast.With: "with needs a Python object; open files and resources outside the strategy",
    ast.Lambda: "a lambda is a Python object; define a function at the module's top level",
    ast.FunctionDef: "a function inside a function is a Python object; define it at the module's top level",
    ast.ClassDef: "a class cannot be made in compiled code; define it at the module's top level",
    ast.Import: "import at the top of the module",
    ast.ImportFrom: "import at the top of the module",
    ast.Global: "a strategy keeps what it remembers in self; set self.name in start()",
    ast.Nonlocal: "a strategy keeps what it remembers in self; set self.name in start()",
    ast.Delete: "nothing can be deleted; set it to 0 or to math.nan",
    ast.Yield: "a handler returns; keep what comes next in self",
    ast.YieldFrom: "a handler returns; keep what comes next in self",
    ast.Await: "a handler returns at once; ask for a later call with ctx.timer(time)",
    ast.AsyncFunctionDef: "a handler returns at once; ask for a later call with ctx.timer(time)",
    ast.Starred: "write every argument out",
    ast.Slice: "a slice makes a new array; write a for loop over range(n)",
    ast.Match: "write if and elif",
    ast.Is: "compare numbers with ==; there is no None, use math.nan with math.isnan(x), or a flag",
    ast.IsNot: "compare numbers with !=; there is no None, use math.nan with math.isnan(x), or a flag",
    ast.In: "write the comparisons out: x == 1 or x == 2",
    ast.NotIn: "write the comparisons out: x != 1 and x != 2",
    ast.MatMult: "write a for loop over range(n)",
}  # fmt: skip

CALLS: dict[str, str] = {
    "print": "compiled code cannot print; publish numbers with ctx.signal(value), or stop in a debugger with jit=False",
    "open": "a strategy reads no files; load data outside, or into an array in start()",
    "input": "a strategy waits for nobody; make it a parameter",
    "list": f"a list grows, and compiled code allocates nothing; {_ARRAY}",
    "dict": "a dict grows, and compiled code allocates nothing; use one attribute a key",
    "set": f"a set grows, and compiled code allocates nothing; {_ARRAY}",
    "str": "text cannot be made in compiled code; publish numbers with ctx.signal(value, tag=...)",
    "sorted": "it makes a list; keep an array in order as values come",
    "enumerate": "write for i in range(len(array)): and read array[i]",
    "zip": "write for i in range(n): and read both arrays at i",
    "sum": "write a for loop: its order of additions is then the same in both modes",
    "map": "write a for loop over range(n)",
    "filter": "write a for loop over range(n)",
    "any": "write a for loop over range(n)",
    "all": "write a for loop over range(n)",
    "isinstance": "types are fixed when the strategy is compiled; the test is not needed",
    "getattr": "name the attribute: self.name",
    "setattr": "name the attribute: self.name = value",
    "hasattr": "set every attribute in start()",
    "divmod": "write a // b and a % b",
    "super": "call a method of self; the class's own handlers replace the inherited ones",
}

MODULES: dict[str, str] = {
    "random": "randomness would differ in every host; draw an array in start() from a seed that is a parameter",
    "numpy.random": "randomness would differ in every host; draw an array in start() from a seed that is a parameter",
    "secrets": "randomness would differ in every host; draw an array in start() from a seed that is a parameter",
    "time": "the clock would differ in every host; use ctx.now (ns UTC), or the event's event_time",
    "datetime": "use ctx.now (ns UTC) and integer arithmetic, such as (ctx.now // 3_600_000_000_000) % 24 for the hour",
    "numpy": "NumPy's functions make arrays or add in another order; write a for loop over range(n), or use math",
    "logging": "compiled code cannot log; publish numbers with ctx.signal(value), or stop in a debugger with jit=False",
    "collections": f"containers grow, and compiled code allocates nothing; {_ARRAY}",
    "os": "a strategy sees nothing but events; pass it as a parameter",
    "sys": "a strategy sees nothing but events; pass it as a parameter",
    "pandas": f"{_ARRAY}",
}  # fmt: skip


def refuse(filename: str, node: ast.AST, message: str) -> NoReturn:
    """Raise the error for a place in the user's file, with the line itself."""
    import linecache

    line = getattr(node, "lineno", 0)
    text = linecache.getline(filename, line).strip()
    shown = f"\n    {text}" if text else ""
    raise CompileError(f"{filename}:{line}: {message}{shown}")
