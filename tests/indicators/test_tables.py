"""Tables, time x assets: every layout, any number of threads, the same bits as column by column."""

import numpy as np
import pytest

from pyrt import indicators as ta
from pyrt.errors import InputError

from .catalog import FUNCTIONS, NAMES, POLICIES, columns_of, outputs_of, random_bars

WIDTH = 37
LAYOUTS = {
    "rows": np.ascontiguousarray,
    "columns": np.asfortranarray,
    "rows apart": lambda t: np.repeat(t, 2, axis=0)[::2],
    "a part of the columns": lambda t: np.concatenate([t, t], axis=1)[:, : t.shape[1]],
    "every other column": lambda t: np.repeat(t, 2, axis=1)[:, ::2],
    "a part of the rows, by columns": lambda t: np.asfortranarray(np.concatenate([t, t]))[: len(t)],
    "backwards": lambda t: t[::-1].copy()[::-1],
    "columns backwards": lambda t: np.asfortranarray(t[:, ::-1])[:, ::-1],
    "not aligned": lambda t: np.frombuffer(b"\0" + t.tobytes(), np.uint8)[1:].view(np.float64).reshape(t.shape),
    "big-endian": lambda t: t.astype(">f8"),
}


def tables_of(function, n, width, *, gaps=False):
    """The function's inputs as tables, each column a market of its own."""
    bars = random_bars(n)
    growth = np.exp(np.random.default_rng(5).normal(0, 0.3, width))
    tables = [np.round(c[:, None] * growth, 6) for c in columns_of(function, bars)]
    if gaps:
        tables[0][n // 3, 1::5] = tables[-1][n // 2 : n // 2 + 3, 2::7] = np.nan
        tables[0][:, width // 2] = np.nan
    return tables


def column_by_column(function, tables, **options):
    """What the function gives for each column on its own."""
    parts = [outputs_of(function(*(t[:, j].copy() for t in tables), **options)) for j in range(tables[0].shape[1])]
    return [np.stack(part, axis=1) for part in zip(*parts, strict=True)]


def assert_same_bits(got, expected, told):
    for a, b in zip(outputs_of(got), outputs_of(expected), strict=True):
        assert a.shape == b.shape
        np.testing.assert_array_equal(a.view(np.int64), b.view(np.int64), err_msg=told)


@pytest.mark.parametrize("name", NAMES)
def test_threads_do_not_change_a_bit(name):
    function = FUNCTIONS[name]
    for nan in POLICIES:
        tables = tables_of(function, 150, WIDTH, gaps=True)
        expected = column_by_column(function, tables, nan=nan)
        for threads in (1, 2, 3, 5, 100):
            for order in "CF":
                given = [np.asarray(t, order=order) for t in tables]
                assert_same_bits(
                    function(*given, nan=nan, threads=threads), tuple(expected), f"{nan}, {threads} {order}"
                )
        out = tuple(np.empty_like(e) for e in expected)
        function(*tables, nan=nan, threads=np.int64(4), out=out if len(out) > 1 else out[0])
        assert_same_bits(out, tuple(expected), f"{nan}, into arrays")


@pytest.mark.parametrize("name", NAMES)
def test_every_layout_is_read_and_written(name):
    function = FUNCTIONS[name]
    tables = tables_of(function, 61, 19)
    before = [t.copy() for t in tables]
    expected = tuple(column_by_column(function, tables))
    for told, lay in LAYOUTS.items():
        got = function(*map(lay, tables))
        assert_same_bits(got, expected, told)
        mixed = [lay(t) if at else t for at, t in enumerate(tables)]
        assert_same_bits(function(*mixed), expected, told)
        if told in ("not aligned", "big-endian"):
            continue
        out = tuple(lay(np.zeros(e.shape)).view(e.dtype) for e in expected)
        for array in out:
            array.flags.writeable = True
        function(*tables, out=out if len(out) > 1 else out[0])
        assert_same_bits(out, expected, f"out: {told}")
    for table, old in zip(tables, before, strict=True):
        np.testing.assert_array_equal(table, old)


@pytest.mark.parametrize("name", NAMES)
def test_a_result_lies_as_the_input_does(name):
    function = FUNCTIONS[name]
    for n, width in ((40, 9), (400, 50)):
        tables = tables_of(function, n, width)
        assert all(out.flags.c_contiguous for out in outputs_of(function(*tables)))
        tall = outputs_of(function(*map(np.asfortranarray, tables)))
        assert all(out.flags.f_contiguous for out in tall)


def test_every_size_of_a_table():
    rng = np.random.default_rng(0)
    for n in (*range(1, 19), 63, 64, 65, 200):
        for width in (*range(1, 19), 63, 64, 65):
            x = rng.normal(size=(n, width))
            np.testing.assert_array_equal(ta.mom(x, 1)[1:], x[1:] - x[:-1])
            np.testing.assert_array_equal(
                ta.mom(np.asfortranarray(x), 1, out=np.empty((n, width)))[1:], np.diff(x, axis=0)
            )
            np.testing.assert_array_equal(ta.add(x, x[::-1]), x + x[::-1])


def test_long_tables_take_fewer_columns_at_a_time():
    """The scratch is bounded: a block of eight columns of so many rows would take half a gigabyte."""
    resource = pytest.importorskip("resource")
    x = np.random.default_rng(0).normal(size=(4_000_000, 9))
    out = np.empty_like(x)
    limit = resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm") as file:  # noqa: PTH123
        now = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + (200 << 20), limit[1]))
    try:
        ta.mom(x, 1, out=out)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limit)
    np.testing.assert_array_equal(out[1:], np.diff(x, axis=0))


@pytest.mark.parametrize("width", [8, 66, 129, 517])
def test_tables_beyond_the_caches(width):
    """Outputs of more than half a million values are written past them, whatever their columns and place in memory."""
    n = (1 << 19) // width + 200
    for name in ("mom", "roc", "sma", "minmax", "cdldoji", "cdlmorningstar", "cdlhikkake", "macd"):
        tables = tables_of(FUNCTIONS[name], n, width)
        got = tuple(outputs_of(FUNCTIONS[name](*tables)))
        for columns in ([0, width // 2, width - 1], [7, width - 2, width - 8]):
            expected = column_by_column(FUNCTIONS[name], [np.ascontiguousarray(t[:, columns]) for t in tables])
            assert_same_bits(tuple(g[:, columns].copy() for g in got), tuple(expected), f"{name}, {columns}")
        for offset in (1, 3):  # doubles from where lines begin
            out = tuple(
                np.empty(n * (width + 5) + 8, g.dtype)[offset : offset + n * (width + 5)].reshape(n, -1)[:, 2:-3]
                for g in got
            )
            FUNCTIONS[name](*tables, out=out if len(out) > 1 else out[0])
            assert_same_bits(tuple(map(np.ascontiguousarray, out)), got, f"{name}, {offset} doubles on")


@pytest.mark.parametrize("name", [name for name in NAMES if FUNCTIONS[name].group == "Pattern Recognition"])
def test_prices_with_signs_are_no_matter(name):
    """Some columns are below zero, some at -0.0; candles of tables are looked at without signs."""
    function = FUNCTIONS[name]
    tables = tables_of(function, 150, WIDTH)
    for t in tables:
        t[:, 5] -= 1e6
        t[60:75, 11] = -0.0
    assert_same_bits(function(*tables), tuple(column_by_column(function, tables)), name)


@pytest.mark.parametrize("name", [name for name in NAMES if FUNCTIONS[name].kernel.rowwise])
def test_rows_that_are_computed_as_one_series_do_not_know_of_each_other(name):
    function = FUNCTIONS[name]
    columns = columns_of(function, random_bars(200))
    order = np.random.default_rng(1).permutation(200)
    shuffled = outputs_of(function(*(c[order] for c in columns)))
    for got, expected in zip(shuffled, outputs_of(function(*columns)), strict=True):
        np.testing.assert_array_equal(got, expected[order])


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_the_refused_value_of_the_first_column_is_named(threads):
    x = np.ones((50, 40))
    x[3, 30], x[40, 9], x[2, 10] = np.inf, np.inf, np.inf
    for function in (ta.sma, ta.add, ta.max):
        with pytest.raises(InputError, match=r"\[40, 9\]: inf is infinite"):
            function(*[x] * len(function.inputs), threads=threads)


def test_a_row_that_is_repeated_need_not_be_copied():
    close = np.random.default_rng(2).normal(size=90)
    table = np.broadcast_to(close[:, None], (90, 20))
    np.testing.assert_array_equal(ta.sma(table, 5), np.repeat(ta.sma(close, 5)[:, None], 20, axis=1))
