"""What cannot be compiled is refused at the user's line, with what to write instead; in plain mode too."""

import pytest

from pyrt.strategy import CompileError, Host, prepare

HEAD = """
import random
import time
from collections import deque
LIMITS = np.array([1.0, 2.0])
NAMES = ["a"]

def recursive(n):
    return n if n < 1 else recursive(n - 1)

def mixed(x):
    if x > 0:
        return x

class S(pyrt.Strategy):
    size: float = 1.0
    periods: int = 5
    def start(self, ctx):
        self.n: int = 0
        self.x = 0.0
        self.flag = False
        self.w = np.zeros(4)
        self.k = np.zeros(4, np.int64)
        self.f = ta.sma.stream(3)
    def on_trade(self, ctx, trade):
        pass
"""

BODIES = {
    "list append": ("values = []\nvalues.append(trade.price)", 1, "np.zeros(20)"),
    "append to an array": ("self.w.append(1.0)", 1, "make a fixed array in start()"),
    "dict": ("book = {1: 2.0}", 1, "one attribute a key"),
    "set": ("seen = {1, 2}", 1, "fixed array"),
    "string": ("name = 'buy'", 1, "ctx.signal"),
    "string argument": ("ctx.signal('buy')", 1, "'buy' is none of gtc"),
    "wrong word": ("ctx.limit(1.0, 2.0, tif='goc')", 1, "gtc, ioc, fok"),
    "f-string": ("x = f'{trade.price}'", 1, "text cannot be made"),
    "print": ("print(trade.price)", 1, "jit=False"),
    "try": ("try:\n    x = 1 / trade.price\nexcept ZeroDivisionError:\n    x = 0", 1, "test for the case with if"),
    "float into int": ("self.n = 0\nself.n = trade.price", 2, "self.n is int, and this is float: write int(...)"),
    "float added to int": ("self.n += 0.5", 1, "write int(...)"),
    "float into an int array": ("self.k[0] = 0.5", 1, "make it of floats in start()"),
    "number into a flag": ("self.flag = 2", 1, "self.flag is bool"),
    "unknown attribute of self": ("y = self.y", 1, "self.y is not set in start(); set it there"),
    "unknown attribute set": ("self.y = 1", 1, "self.y is not set in start(); set it there"),
    "unknown attribute of ctx": ("x = ctx.price", 1, "ctx has no attribute price; it has now, slot"),
    "unknown field": ("x = trade.close", 1, "trade has no attribute close; it has stamp"),
    "hidden field": ("x = ctx.requests", 1, "ctx has no attribute requests"),
    "unknown name": ("x = undefined + 1", 1, "undefined is not defined"),
    "recursion": ("x = recursive(5)", 0, "calls itself; write a loop"),
    "method recursion": ("self.on_trade(ctx, trade)", 1, "calls itself"),
    "random": ("x = random.random()", 1, "draw an array in start()"),
    "numpy random": ("x = np.random.rand()", 1, "draw an array in start()"),
    "time": ("x = time.time()", 1, "ctx.now"),
    "numpy mean": ("x = np.mean(self.w)", 1, "write a for loop"),
    "sum": ("x = sum(self.w)", 1, "write a for loop"),
    "deque": ("x = deque()", 1, "fixed array in start()"),
    "slice": ("x = self.w[1:]", 1, "write a for loop"),
    "float index": ("x = self.w[self.x]", 1, "annotate it: self.n: int = 0"),
    "two indices": ("x = self.w[0, 1]", 1, "i * columns + j"),
    "comprehension": ("x = [v for v in self.w]", 1, "write a for loop"),
    "generator": ("x = max(v for v in self.w)", 1, "write a for loop"),
    "lambda": ("f = lambda x: x", 1, "top level"),
    "inner function": ("def f(x):\n    return x", 1, "top level"),
    "import": ("import os", 1, "import at the top"),
    "global": ("global N", 1, "keeps what it remembers in self"),
    "with": ("with open('x') as f:\n    pass", 1, "outside the strategy"),
    "open": ("open('x')", 1, "reads no files"),
    "None": ("x = None", 1, "math.nan"),
    "is None": ("if self.x is None:\n    pass", 1, "math.isnan"),
    "in": ("if trade.side in (1, 2):\n    pass", 1, "x == 1 or x == 2"),
    "delete": ("del self.x", 1, "set it to 0"),
    "yield": ("yield 1", 1, "a handler returns"),
    "for over a list": ("for x in NAMES:\n    pass", 1, "a loop runs over range(...)"),
    "global array": ("x = LIMITS[0]", 1, "take it into the state in start()"),
    "loop else": ("for i in range(3):\n    pass\nelse:\n    pass", 4, "set a flag before break"),
    "parameter set": ("self.size = 2.0", 1, "self.size is a parameter and does not change"),
    "ctx set": ("ctx.cash = 1e9", 1, "ctx.cash belongs to the host"),
    "record set": ("trade.price = 1.0", 1, "trade.price belongs to the host"),
    "indicator set": ("self.f = 1.0", 1, "self.f.update(x)"),
    "array set": ("self.w = 1.0", 1, "self.w[i] = x"),
    "indicator as a number": ("x = self.f + 1.0", 1, "sma stream"),
    "method not called": ("x = ctx.market", 1, "market is a method; call it"),
    "value called": ("x = ctx.position()", 1, "write ctx.position"),
    "unset on one way": ("if trade.price > 1:\n    x = 1.0\nself.x = x", 3, "x may be read here before it is set"),
    "unset after a loop": ("for i in range(2):\n    x = 1.0\nself.x = x", 3, "set it before the if or the loop"),
    "result on one way": ("x = mixed(1.0)", 0, "returns float on one way and None on another"),
    "missing argument": ("ctx.limit(1.0)", 1, "limit() needs the argument price"),
    "unknown argument": ("ctx.market(1.0, qauntity=2)", 1, "takes no argument qauntity"),
    "too many arguments": ("ctx.cancel(1, 2)", 1, "takes 2 arguments, 3 are given"),
    "round to places": ("x = round(trade.price, 2)", 1, "round(x / step) * step"),
    "log to a base": ("x = math.log(8.0, 2.0)", 1, "math.log(x) / math.log(base)"),
    "large integer": ("x = 10000000000000000000000", 1, "write it as a float"),
    "starred": ("x = max(*self.w)", 1, "write every argument out"),
    "isinstance": ("if isinstance(self.x, float):\n    pass", 1, "the test is not needed"),
    "tuple index": ("x = (1, 2)[self.n]", 1, "literal index"),
    "unpack": ("a, b = self.x", 1, "cannot be unpacked"),
    "bare raise": ("raise", 1, "raise ValueError('why')"),
    "ctx.bar without history": ("x = ctx.bar(1)", None, "history = 100"),
}  # fmt: skip


def source_of(body):
    return HEAD.replace("        pass\n", "".join(f"        {line}\n" for line in body.split("\n")))


@pytest.mark.parametrize("case", BODIES)
@pytest.mark.parametrize("jit", [True, False])
def test_refused(load_class, case, jit):
    body, line, words = BODIES[case]
    cls = load_class(source_of(body))
    with pytest.raises(CompileError) as caught:
        prepare(cls, jit=jit)
    message = str(caught.value)
    assert words in message
    if line is None:
        return
    filename = cls.on_trade.__code__.co_filename
    assert message.startswith(filename + ":")
    if line:
        assert message.startswith(f"{filename}:{cls.on_trade.__code__.co_firstlineno + line}: ")
        assert message.endswith(body.split("\n")[line - 1].strip())
    assert len(caught.traceback) < 15, "how the compiler came there helps nobody"


STARTS = {
    "a list": ("self.values = []", "self.values is list, which compiled code cannot keep; use np.zeros(n)"),
    "a dict": ("self.values = {}", "use one attribute a key"),
    "text": ("self.name = 'x'", "use a number"),
    "None": ("self.last = None", "math.nan"),
    "a float for an int": ("self.n: int = 0.5", "self.n is annotated int"),
    "two dimensions": ("self.w = np.zeros((2, 2))", "must be one-dimensional"),
    "an array of objects": ("self.w = np.array(['a'])", "of numbers"),
    "a parameter": ("self.size = 3.0", "start() changes the parameter size"),
    "another policy": ("self.f = ta.sma.stream(3, nan='skip')", "a compiled indicator restarts at a NaN"),
    "the market": ("self.x = ctx.position", "ctx.position is not known in start()"),
}


@pytest.mark.parametrize("case", STARTS)
def test_refused_in_start(load_class, case):
    body, words = STARTS[case]
    cls = load_class(f"""
        class S(pyrt.Strategy):
            size: float = 1.0
            def start(self, ctx):
                {body}
            def on_trade(self, ctx, trade):
                pass
    """)
    with pytest.raises(CompileError, match=r".") as caught:
        prepare(cls)
    assert words in str(caught.value)
    if case != "the market":
        assert f"{cls.start.__code__.co_filename}:{cls.start.__code__.co_firstlineno + 1}" in str(caught.value)


PASS = "def on_trade(self, ctx, trade):\n        pass"
CLASSES = {
    "an __init__": ("def __init__(self):\n        pass\n    " + PASS, "make the state in start"),
    "no handler": ("x: float = 1.0", "has no handler"),
    "a misspelt handler": (PASS.replace("trade(", "trades("), "on_trades is no handler; the handlers are on_bar"),
    "a handler of two": (PASS.replace("ctx, ", ""), "takes self, ctx and one record"),
    "a parameter of text": ("name: str = 'x'\n    " + PASS, "annotated int, float or bool"),
    "a parameter without a default": ("n: int\n    " + PASS, "needs a default"),
    "a negative depth": ("depth = -1\n    " + PASS, "from 0 to 1,000,000"),
}


@pytest.mark.parametrize("case", CLASSES)
def test_refused_class(load_class, case):
    body, words = CLASSES[case]
    cls = load_class(f"class S(pyrt.Strategy):\n    {body}\n")
    with pytest.raises((ValueError, TypeError)) as caught:
        prepare(cls)
    assert words in str(caught.value)


def test_a_class_without_source_is_refused():
    scope = {}
    exec("import pyrt\nclass S(pyrt.Strategy):\n    def on_trade(self, ctx, trade):\n        pass", scope)
    with pytest.raises(CompileError, match="keep strategies in a file"):
        prepare(scope["S"])


PARAMETERS = {
    "unknown": ({"speed": 1}, "S has no parameter 'speed'; it has fast, size, on"),
    "float for int": ({"fast": 2.5}, "fast: must be of type int, got 2.5"),
    "text for float": ({"size": "1"}, "size: must be of type float"),
    "bool for int": ({"fast": True}, "fast: must be of type int"),
    "int for bool": ({"on": 1}, "on: must be of type bool"),
    "too large": ({"fast": 2**63}, "does not fit into 64 bits"),
    "too large for a float": ({"size": 10**400}, "is larger than any float"),
}


@pytest.mark.parametrize("case", PARAMETERS)
def test_refused_parameters(load_class, case):
    given, words = PARAMETERS[case]
    cls = load_class("""
        class S(pyrt.Strategy):
            fast: int = 2
            size: float = 1.0
            on: bool = True
            def on_trade(self, ctx, trade):
                pass
    """)
    with pytest.raises((ValueError, TypeError)) as caught:
        prepare(cls, **given)
    assert words in str(caught.value)


@pytest.mark.parametrize("jit", [True, False])
def test_a_parameter_may_be_nan(load_class, trades, jit):
    cls = load_class("""
        class S(pyrt.Strategy):
            limit: float = math.nan
            def start(self, ctx):
                self.level = 2.0 * self.limit
            def on_trade(self, ctx, trade):
                if self.limit != self.limit and self.level != self.level:
                    ctx.market(1.0)
    """)
    assert len(Host(prepare(cls, jit=jit)).run(trades(3)).requests) == 3
    assert len(Host(prepare(cls, jit=jit, limit=1.0)).run(trades(3)).requests) == 0
