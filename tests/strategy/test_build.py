"""The shared object: needs nothing but libc and libm, describes itself, does what Python does."""

import ctypes
import json
import stat
import subprocess

import numpy as np
import pytest
from typer.testing import CliRunner

from pyrt.cli import app
from pyrt.errors import InputError
from pyrt.strategy import Host, abi, build, prepare, read_description
from pyrt.strategy.build import MARK

SOURCE = """
class S(pyrt.Strategy):
    instruments = ("binance:BTC-USDT",)
    bars = "1m"
    depth = 5
    fast: int = 10
    slow: int = 30
    size: float = 0.01
    stop_at: float = math.inf
    on: bool = True
    def start(self, ctx):
        self.f, self.s = ta.ema.stream(self.fast), ta.sma.stream(self.slow)
        self.w = np.arange(self.fast) * 0.5
        self.n: int = 0
        self.armed = self.slow > 20
    def on_trade(self, ctx, trade):
        f, s = self.f.update(trade.price), self.s.update(trade.price)
        self.n += 1
        edge = math.log(f / s) ** 3.3 if f > s else 0.0
        if f > s and ctx.position == 0 and self.on: ctx.market(self.size * (1.0 + edge))
        elif f < s and ctx.position > 0: ctx.close()
    def on_fill(self, ctx, fill):
        self.w[self.n % len(self.w)] = fill.price // 0.1 + fill.price % 0.1
"""


@pytest.fixture(scope="module")
def built(load_class, tmp_path_factory):
    cls = load_class(SOURCE)
    path = tmp_path_factory.mktemp("build") / "cross.so"
    return cls, path, build(cls, path, fast=8, size=0.02)


def symbols(path, *options):
    out = subprocess.run(["nm", "-D", *options, str(path)], capture_output=True, text=True, check=True).stdout
    return {line.split()[-1].partition("@")[0] for line in out.splitlines()}


def test_it_needs_libc_and_libm_alone(built):
    _, path, _ = built
    assert symbols(path, "--undefined-only") <= {"log", "pow", "fmod", "__cxa_finalize", "__gmon_start__"}
    assert symbols(path, "--defined-only") == {"pyrt_strategy", "pyrt_on_trade", "pyrt_on_fill"}
    needed = subprocess.run(["readelf", "-d", str(path)], capture_output=True, text=True, check=True).stdout
    libraries = {line.split("[")[1].rstrip("]") for line in needed.splitlines() if "(NEEDED)" in line}
    assert libraries <= {"libc.so.6", "libm.so.6"}


def test_only_its_owner_may_touch_it(built):
    assert stat.S_IMODE(built[1].stat().st_mode) == 0o600


def test_it_describes_itself(built):
    cls, path, description = built
    assert read_description(path) == description
    assert description["name"] == "S"
    assert description["abi"] == [abi.MAJOR, abi.MINOR]
    kinds = {p["name"]: (p["type"], p["kind"], p["value"]) for p in description["parameters"]}
    assert kinds == {
        "fast": ("int", "structural", 8),
        "slow": ("int", "structural", 30),
        "size": ("float", "live", 0.02),
        "stop_at": ("float", "live", None),  # infinity is not JSON; its word is in the object
        "on": ("bool", "live", True),
    }
    assert (description["instruments"], description["bars"], description["depth"]) == (["binance:BTC-USDT"], ["1m"], 5)
    assert description["handlers"] == ["on_trade", "on_fill"]
    assert [row[:2] for row in description["state"]] == [
        ["f", "stream"], ["s", "stream"], ["w", "array float"], ["n", "int"], ["armed", "bool"],
    ]  # fmt: skip
    assert description["arena_bytes"] == 8 * (30 + 8)
    assert description["source_hash"] == prepare(cls).key
    assert any("division by zero" in text for _, _, text in description["sites"])
    json.loads(json.dumps(description, allow_nan=False))


ASKING = """
def get_out(ctx, qty):
    ctx.trailing_stop(-qty, 1.0)


class S(pyrt.Strategy):
    def helper(self, c):
        c.limit(1.0, 99.0, "day", display=0.1)
    def on_trade(self, ctx, trade):
        if trade.price > 100.0:
            ctx.bracket(1.0, 99.0, 101.0, 98.0)
            ctx.limit(1.0, 99.0, expiry=ctx.now + 5)
        self.helper(ctx)
        get_out(ctx, 1.0)
"""


def test_it_says_what_of_orders_it_may_ask_for(built, load_class, tmp_path):
    assert built[2]["asks"] == []
    found = build(load_class(ASKING), tmp_path / "asking.so")["asks"]
    assert found == ["day", "display", "gtd", "stop", "trailing_stop"]


def test_its_table_is_the_specification(built):
    cls, path, description = built
    library = ctypes.CDLL(str(path))
    address = ctypes.addressof(ctypes.c_char.in_dll(library, "pyrt_strategy"))
    table = np.frombuffer((ctypes.c_char * 192).from_address(address), abi.STRUCTS["header"])[0]
    assert (table["magic"], table["abi_major"], table["abi_hash"]) == (abi.MAGIC, abi.MAJOR, abi.HASH)
    assert table["header_bytes"] == 192
    text = ctypes.string_at(int(table["description"]), int(table["description_bytes"]))
    assert json.loads(text) == description
    instance = prepare(cls, fast=8, size=0.02)
    image = ctypes.string_at(int(table["image"]), int(table["state_bytes"] + table["arena_bytes"]))
    assert image == instance.image()
    assert ctypes.string_at(int(table["params"]), 8 * int(table["param_count"])) == instance.params.tobytes()
    assert [name for name in abi.HANDLERS if table[name]] == ["on_trade", "on_fill"]


def test_it_does_what_python_does(built, trades):
    cls, path, _ = built
    library = ctypes.CDLL(str(path))
    instance, other = prepare(cls, fast=8, size=0.02), prepare(cls, fast=8, size=0.02)
    other.table[:] = 0
    for position, name in enumerate(abi.HANDLERS):
        if name in ("on_trade", "on_fill"):
            other.table[position] = ctypes.cast(getattr(library, f"pyrt_{name}"), ctypes.c_void_p).value
    events = trades(3000)
    a, b = Host(instance).run(events), Host(other).run(events)
    assert len(a.rows) > 50
    assert a.requests.tobytes() == b.requests.tobytes()
    assert instance.image() == other.image()


def test_building_again_gives_the_same_bytes(built, tmp_path):
    cls, path, _ = built
    build(cls, tmp_path / "again.so", fast=8, size=0.02)
    assert (tmp_path / "again.so").read_bytes() == path.read_bytes()


def test_reading_what_is_no_strategy(tmp_path):
    (tmp_path / "x.so").write_bytes(b"\x7fELF")
    with pytest.raises(InputError, match="carries no strategy"):
        read_description(tmp_path / "x.so")
    (tmp_path / "y.so").write_bytes(MARK + b"{")
    with pytest.raises(InputError, match="damaged"):
        read_description(tmp_path / "y.so")
    with pytest.raises(InputError, match="No such file"):
        read_description(tmp_path / "absent.so")


# ---- the command line


@pytest.fixture
def user_file(tmp_path):
    path = tmp_path / "cross.py"
    path.write_text("import math\nimport numpy as np\nimport pyrt\nimport pyrt.indicators as ta\n" + SOURCE)
    return path


def run(*arguments):
    return CliRunner().invoke(app, ["strategy", *map(str, arguments)])


def test_build_and_show(user_file, tmp_path):
    out = tmp_path / "made.so"
    done = run("build", f"{user_file}:S", "-p", "fast=8", "-p", "size=0.5", "-p", "on=false", "-o", out)
    assert done.exit_code == 0, done.output
    values = {p["name"]: p["value"] for p in read_description(out)["parameters"]}
    assert (values["fast"], values["size"], values["on"]) == (8, 0.5, False)
    shown = run("show", out)
    assert shown.exit_code == 0
    for word in ("fast", "structural", "live", "on_trade", "binance:BTC-USDT"):
        assert word in shown.output
    assert json.loads(run("show", out, "--json").output) == read_description(out)


def test_one_class_needs_no_name(user_file, tmp_path):
    assert run("build", user_file, "-o", tmp_path / "made.so").exit_code == 0


WRONG = {
    "no file": (["build", "absent.py:S", "-o", "x.so"], "absent.py"),
    "no class": (["build", "{file}:T", "-o", "x.so"], "has no strategy T; it has S"),
    "a parameter that is not there": (["build", "{file}:S", "-p", "speed=1", "-o", "x.so"], "no parameter"),
    "a parameter of another type": (["build", "{file}:S", "-p", "fast=x", "-o", "x.so"], "fast"),
    "a parameter without value": (["build", "{file}:S", "-p", "fast", "-o", "x.so"], "NAME=VALUE"),
    "no strategy": (["show", "{file}"], "carries no strategy"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_use(user_file, case, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    arguments, words = WRONG[case]
    done = run(*(a.format(file=user_file) for a in arguments))
    assert done.exit_code == 1
    assert words in " ".join(done.output.split())
    assert not (tmp_path / "x.so").exists()


def test_what_cannot_be_compiled_names_the_line(tmp_path):
    path = tmp_path / "bad.py"
    path.write_text("import pyrt\nclass S(pyrt.Strategy):\n    def on_trade(self, ctx, trade):\n        print(1)\n")
    done = run("build", path, "-o", tmp_path / "x.so")
    assert done.exit_code == 1
    assert "bad.py:4:" in "".join(done.output.split("\n"))


def test_helpers_that_call_helpers_do_not_multiply(load_class, tmp_path):
    lines = ["def f0(x, y):", "    return math.sqrt(abs(x)) / y if x > y else x - y"]
    for depth in range(1, 5):
        calls = [f"    s = s * 0.5 + f{depth - 1}(x + {i}.0, s)" for i in range(6)]
        lines += [f"def f{depth}(x, y):", "    s = 0.0", *calls, "    return s"]
    lines += ["class S(pyrt.Strategy):", '    instruments = ("binance:BTC-USDT",)']
    lines += ["    def start(self, ctx):", "        self.a = 0.0"]
    lines += ["    def on_trade(self, ctx, trade):", "        self.a = f4(trade.price, self.a)"]
    build(load_class("\n".join(lines)), tmp_path / "deep.so")
    assert (tmp_path / "deep.so").stat().st_size < 32_768  # 128 kB where each call is a copy
