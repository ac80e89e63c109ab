"""Compiled and plain mode compute the same bits: over generated expressions, statements and streams."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyrt.strategy import Host, StrategyFault, prepare
from pyrt.strategy.abi import Status

SLOW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 1e-300, 1e300, -7.25, 3.0, math.inf, -math.inf, math.nan, 1e17, 5e-324]
ONE = ["exp", "log", "log10", "log2", "log1p", "expm1", "sin", "cos", "tan", "tanh", "atan", "asinh", "sqrt", "fabs"]

integers = st.recursive(
    st.sampled_from(["self.n", "self.m", "2", "-3", "7", "self.k", "int(True)"]),
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "//", "%", "&", "|", "^"]), inner),
        st.builds("(-{})".format, inner),
        st.builds("abs({})".format, inner),
        st.builds("({} ** 2)".format, st.sampled_from(["self.n", "self.m"])),
    ),
    max_leaves=3,
)


def truths(floats):
    comparison = st.builds("({} {} {})".format, floats, st.sampled_from(["<", "<=", "==", "!=", ">", ">="]), floats)
    chain = st.builds("({} < {} <= {})".format, floats, floats, integers)
    return st.one_of(
        comparison, chain, st.builds("(not {})".format, floats), st.builds("math.isnan({})".format, floats)
    )


floats = st.recursive(
    st.one_of(st.sampled_from(["self.a", "self.b", "self.c", "0.1", "2.5", "self.p"]), integers),
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "/", "//", "%"]), inner),
        st.builds("({} ** {})".format, inner, st.sampled_from(["2", "3", "0.5", "2.0", "-1", "1.7", "self.b", "0"])),
        st.builds("(-{})".format, inner),
        st.builds("abs({})".format, inner),
        st.builds("math.{}({})".format, st.sampled_from(ONE), inner),
        st.builds("np.{}({})".format, st.sampled_from(["exp", "log", "sqrt", "abs", "square"]), inner),
        st.builds("{}({}, {})".format, st.sampled_from(["min", "max"]), inner, inner),
        st.builds("math.{}({}, {})".format, st.sampled_from(["atan2", "hypot", "copysign", "pow"]), inner, inner),
        st.builds("({} if {} else {})".format, inner, truths(inner), inner),
        st.builds("({} {} {})".format, inner, st.sampled_from(["or", "and"]), inner),
        st.builds("helper({}, {})".format, inner, inner),
        st.builds("{}({})".format, st.sampled_from(["int", "round", "math.floor", "math.ceil", "math.trunc"]), inner),
    ),
    max_leaves=8,
)

HEADER = """
def helper(x, y=2):
    if x > y:
        return x - y
    return 0

class S(pyrt.Strategy):
    p: float = 1.25
    k: int = 5
    def start(self, ctx):
        self.a, self.b, self.c = float('{a}'), float('{b}'), float('{c}')
        self.n: int = {n}
        self.m: int = {m}
        self.out = np.full(64, -1.0)
        self.at: int = 0
    def keep(self, x):
        self.out[self.at] = x
        self.at += 1
    def on_trade(self, ctx, trade):
"""


def canonical(image):
    """The state as words, every NaN the same: IEEE leaves a NaN's sign and payload open."""
    words = np.frombuffer(image, np.float64).copy()
    words[np.isnan(words)] = np.nan
    return words.tobytes()


def outcome(cls, events, *, jit):
    instance = prepare(cls, jit=jit)
    try:
        requests = Host(instance).run(events).requests.tobytes()
        status = Status.OK
    except StrategyFault as fault:
        requests, status = b"", fault.status
    return status, requests, canonical(instance.image())


def assert_same(cls, events):
    compiled, plain = outcome(cls, events, jit=True), outcome(cls, events, jit=False)
    if compiled[0] == Status.OVERFLOW:  # Python's integers have no end
        return
    assert compiled[0] == plain[0]
    assert compiled[1] == plain[1]
    assert compiled[2] == plain[2]


value = st.one_of(st.sampled_from(SPECIAL), st.floats(-1e6, 1e6), st.floats())
small = st.integers(-50, 50)


@SLOW
@given(st.lists(floats, min_size=1, max_size=8), value, value, value, small, small)
def test_generated_expressions(load_class, trades, expressions, a, b, c, n, m):
    source = HEADER.format(a=a, b=b, c=c, n=n, m=m)
    for expression in expressions:
        source += f"        self.keep({expression})\n"
    assert_same(load_class(source), trades(1))


PROGRAMS = {
    "an int that becomes a float": """
        total = 0
        for i in range(5):
            total += i
        x = -total * 0
        total = total + 0.5
        self.keep(x)
        self.keep(total)
        y = 0
        if self.a > 1e9:
            y = 0.5
        self.keep(-y)
        self.keep(math.copysign(1.0, -y))
        self.keep(math.copysign(1.0, -max(0, -abs(self.a))))
    """,
    "loops": """
        i = 0
        while True:
            i += 1
            if i % 3 == 0:
                continue
            if i > 20:
                break
            self.keep(i / 3)
        for j in range(10, -3, -4):
            self.keep(j)
        for x in self.out:
            self.a += x
        k = len(self.out)
        while k > 60:
            k -= 1
            self.out[-k] += 0.25
    """,
    "a helper that is given ints and floats": """
        self.keep(-helper(self.n, self.n))
        self.keep(helper(self.a, self.a))
        self.keep(-helper(self.m, self.m))
        self.keep(-helper(self.n, self.a))
        self.keep(math.copysign(1.0, -helper(self.n, self.n)))
    """,
    "tuples and swaps": """
        x, y = self.a, self.b
        x, y = y, x - y
        z = (x, y, 3)
        self.keep(z[0] * z[2])
        u, v = self.pair(x)
        self.keep(u)
        self.keep(v)
    """,
    "walrus, chains, bits": """
        if (d := self.a - self.b) > 0 or self.b > 0:
            self.keep(d)
        self.keep(1 if -1e9 < self.a < self.b < 1e9 else 0.5)
        self.keep((self.n << 3) | (self.m & 5) ^ (self.n >> 1))
        self.keep(~self.n)
        self.keep(round(self.a) + math.floor(self.b) - math.ceil(self.a) + int(self.b))
        self.keep(True + True)
    """,
}


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("values", [(1.5, -2.5, 7, 3), (-0.5, 2.5, -9, -4), (1e8, 0.0, 0, 1)])
def test_statements(load_class, trades, name, values):
    a, b, n, m = values
    source = HEADER.format(a=a, b=b, c=0.0, n=n, m=m) + PROGRAMS[name]
    source += "\n    def pair(self, x):\n        return x * 2, 1\n"
    cls = load_class(source)
    assert outcome(cls, trades(3), jit=True) == outcome(cls, trades(3), jit=False)
    assert outcome(cls, trades(3), jit=True)[0] == Status.OK


STREAMS = """
class S(pyrt.Strategy):
    fast: int = 10
    slow: int = 30
    band: float = 0.001
    def start(self, ctx):
        self.f, self.s = ta.ema.stream(self.fast), ta.sma.stream(self.slow)
        self.r = ta.rsi.stream(14)
        self.held: int = 0
        self.armed = False
    def on_trade(self, ctx, trade):
        f, s, r = self.f.update(trade.price), self.s.update(trade.price), self.r.update(trade.price)
        slow = self.s
        if not slow.ready:
            return
        edge = (f / s) ** 1.5 - 1.0
        if edge > self.band and r < 70.0 and ctx.position <= 0.0:
            ctx.limit(0.01 * (1.0 + abs(edge)), ctx.last_price, tif="ioc", post_only=True)
            ctx.market(0.01 - ctx.position)
            self.armed = True
        elif edge < -self.band and self.armed:
            ctx.close()
            ctx.signal(math.log(slow.value), confidence=0.5, tag=self.held)
            self.armed = False
        if ctx.position != 0.0:
            self.held += 1
        if self.held == 500:
            self.f.reset()
"""


@pytest.mark.parametrize("seed", range(5))
def test_random_streams(load_class, trades, seed):
    events = trades(4000, seed)
    events["price"][[700, 1500]] = [np.nan, np.inf]
    cls = load_class(STREAMS)
    compiled, plain = outcome(cls, events, jit=True), outcome(cls, events, jit=False)
    assert compiled[0] == Status.OK
    assert len(compiled[1]) > 128 * 50
    assert compiled == plain


def test_one_compile_serves_every_parameter_set(load_class, trades):
    cls, events = load_class(STREAMS), trades(3000)
    assert not prepare(cls).cached
    for fast, slow in ((2, 300), (50, 51), (7, 1000)):
        instance, plain = (prepare(cls, jit=jit, fast=fast, slow=slow) for jit in (True, False))
        assert instance.cached
        answers = Host(instance).run(events)
        assert answers.requests.tobytes() == Host(plain).run(events).requests.tobytes()
        assert instance.image() == plain.image()


def test_libm_is_called_and_never_folded(load_class, tmp_path):
    """A power or a logarithm of constants is computed where it runs, by the libm that plain mode calls too."""
    from pyrt.strategy import build

    source = HEADER.format(a=1.0, b=1.0, c=1.0, n=1, m=1)
    source += (
        "        self.keep(math.log(2.0) + math.exp(1.0) + 2.5 ** 1.7 + self.a ** 2.0 + self.a ** 0.5 + 7.5 % 2.0)\n"
    )
    build(load_class(source), tmp_path / "made.so")
    names = (tmp_path / "made.so").read_bytes()
    for symbol in (b"\0log\0", b"\0exp\0", b"\0pow\0"):
        assert symbol in names
    for symbol in (b"\0sqrt\0", b"\0exp2\0", b"\0log2\0"):
        assert symbol not in names
