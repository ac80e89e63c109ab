"""Object code is taken from the disk when nothing that it depends on has changed, and never otherwise."""

import ast
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pyrt.strategy import Host, prepare, program

ROOT = Path(__file__).parents[2]
SOURCE = """
RATE = 0.5
def helper(x):
    return x * RATE
class S(pyrt.Strategy):
    size: float = 1.0
    def start(self, ctx):
        self.x = 0.0
    def on_trade(self, ctx, trade):
        self.x = helper(trade.price) + 1.0
        if self.x > 2.0: ctx.market(self.size)
"""
CHANGES = {
    "a constant": ("+ 1.0", "+ 1.5"),
    "a global": ("RATE = 0.5", "RATE = 0.25"),
    "a helper": ("x * RATE", "x + RATE"),
    "a parameter's type": ("size: float = 1.0", "size: int = 1"),
    "the state's layout": ("self.x = 0.0", "self.y, self.x = 0.0, 0.0"),
    "an attribute's kind": ("self.x = 0.0", "self.x: int = 0"),
    "another handler": ("    def on_trade", "    def on_quote(self, ctx, quote): pass\n    def on_trade"),
}


def test_the_second_time_nothing_is_compiled(load_class, trades):
    cls = load_class(SOURCE)
    first, second = prepare(cls), prepare(cls, size=2.0)
    assert (first.cached, second.cached) == (False, True)
    assert not prepare(cls, cache=False).cached
    assert first.sites == second.sites
    assert (Host(second).run(trades(20)).requests["qty"] == 2.0).all()


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_another_key(load_class, change):
    old, new = CHANGES[change]
    assert old in SOURCE
    source = SOURCE.replace(old, new)
    if change == "an attribute's kind":
        source = source.replace("self.x = helper", "self.x = int(helper").replace("+ 1.0\n", "+ 1.0)\n")
    original, changed = load_class(SOURCE), load_class(source)
    assert program.cache_key(original, program.start(original, {})) != program.cache_key(
        changed, program.start(changed, {})
    )


def test_a_global_that_changes_in_a_running_process_is_another_key(load_class, trades):
    cls = load_class(SOURCE)
    before = Host(prepare(cls)).run(trades(1))
    cls.on_trade.__globals__["RATE"] = -1.0
    instance = prepare(cls)
    assert not instance.cached
    assert len(Host(instance).run(trades(1)).rows) == 0 < len(before.rows)


def test_a_constant_of_a_base_is_part_of_the_key(load_class, trades):
    cls = load_class("""
        class Base(pyrt.Strategy):
            SIZE = 5.0
            def on_trade(self, ctx, trade):
                ctx.market(self.SIZE)
        class S(Base):
            pass
    """)
    assert (Host(prepare(cls)).run(trades(3)).requests["qty"] == 5.0).all()
    cls.__base__.SIZE = 7.0
    instance = prepare(cls)
    assert not instance.cached
    assert (Host(instance).run(trades(3)).requests["qty"] == 7.0).all()


def test_names_of_a_package_s_modules_are_part_of_the_key(load_class, trades):
    cls = load_class("""
        import types
        package, package.inner = types.ModuleType("package"), types.ModuleType("inner")
        package.inner.SIZE, package.inner.package = 5.0, package
        def twice(x):
            return 2.0 * x
        package.inner.grown = twice
        class S(pyrt.Strategy):
            def on_trade(self, ctx, trade):
                ctx.market(package.inner.grown(package.inner.SIZE))
    """)
    assert (Host(prepare(cls)).run(trades(3)).requests["qty"] == 10.0).all()
    cls.on_trade.__globals__["package"].inner.SIZE = 7.0
    instance = prepare(cls)
    assert not instance.cached
    assert (Host(instance).run(trades(3)).requests["qty"] == 14.0).all()


def test_other_versions_are_another_key(load_class, monkeypatch):
    cls = load_class(SOURCE)
    keys = {program.cache_key(cls, program.start(cls, {}))}
    for name in ("pyrt", "llvmlite", "the abi"):
        monkeypatch.setattr(program, "versions", lambda name=name: name)
        keys.add(program.cache_key(cls, program.start(cls, {})))
    monkeypatch.setattr(program.abi, "HASH", 1)
    keys.add(program.cache_key(cls, program.start(cls, {})))
    assert len(keys) == 5


def test_a_damaged_file_is_compiled_again(load_class, trades):
    cls = load_class(SOURCE)
    prepare(cls)
    (path,) = program.cache_folder().glob("*.bin")
    for damage in (path.read_bytes()[:-9], b"", b"\n\n", path.read_bytes().replace(b"on_trade", b"on_trodo")):
        path.write_bytes(damage)
        instance = prepare(cls)
        assert not instance.cached
        assert len(Host(instance).run(trades(5)).rows) == 5
    assert prepare(cls).cached


def test_a_file_that_others_can_write_is_not_believed(load_class):
    cls = load_class(SOURCE)
    prepare(cls)
    (path,) = program.cache_folder().glob("*.bin")
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o666)
    assert not prepare(cls).cached
    assert prepare(cls).cached


def test_a_folder_that_cannot_be_written_is_no_error(load_class, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PYRT_CACHE", str(tmp_path / "file" / "below"))
    assert not prepare(load_class(SOURCE)).cached


def test_a_hit_imports_neither_numba_nor_the_compiler(tmp_path):
    path = tmp_path / "cached_strategy.py"
    path.write_text("import pyrt\n" + SOURCE)
    code = (
        "import sys; from cached_strategy import S; from pyrt.strategy import prepare; "
        "i = prepare(S); print(i.cached, *sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{tmp_path}"}
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment).stdout
        for _ in range(2)
    ]
    assert runs[0].startswith("False")
    assert "pyrt.strategy.compiler.unit" in runs[0].split()
    loaded = set(runs[1].split())
    assert runs[1].startswith("True")
    assert not loaded & {"numba", "pyrt.strategy.compiler.unit", "pandas", "scipy"}


def test_another_formula_of_the_same_shape_is_another_key(load_class, trades):
    source = """
    class S(pyrt.Strategy):
        def start(self, ctx):
            self.live = FUNCTION.stream(2)
        def on_trade(self, ctx, trade):
            value = self.live.update(trade.price)
            if self.live.ready:
                ctx.signal(value, 1.0)
    """
    told = []
    for function in ("ta.sma", "ta.ema"):  # of one module, with records of their own but one place in the state
        made = prepare(load_class(source.replace("FUNCTION", function)))
        assert not made.cached
        told.append(Host(made).run(trades(20)).requests["value"])
    assert len(told[0]) == len(told[1]) == 19
    assert (told[0] != told[1]).any()


def test_threads_that_compile_make_one_tree_at_a_time(load_class, monkeypatch):
    inside, most, parse = [], [], ast.parse

    def slowly(source, *args, **kwargs):
        inside.append(source)
        most.append(len(inside))
        time.sleep(0.002)
        inside.pop()
        return parse(source, *args, **kwargs)

    classes = [load_class(SOURCE.replace("0.5", f"0.{number}").replace("+ 1.0", "** 2")) for number in range(1, 7)]
    monkeypatch.setattr(ast, "parse", slowly)
    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(lambda cls: (prepare(cls, cache=False), prepare(cls, jit=False)), classes))
    assert len(made) == 6
    assert len(most) > 6
    assert max(most) == 1
