"""Object code is brought into memory in one piece, however crowded the address space is."""

import subprocess
import sys
import textwrap

import pytest

CROWDED = """
    import ctypes

    from pyrt.strategy.compiler.native import load_object
    from pyrt.strategy.program import compile_strategy
    from given import S

    PAGE = 4096
    libc = ctypes.CDLL(None)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
    libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]


    def reserve(size):
        at = libc.mmap(None, size, 0, 0x4022, -1, 0)  # nobody's: private, anonymous, nothing kept for it
        assert at != ctypes.c_void_p(-1).value
        return at


    code = compile_strategy(S)
    load_object(code.object_code)  # all that is needed is imported
    small = [reserve(PAGE) for _ in range(3000)]  # no small gap is left
    large = reserve(6 << 30)
    for size in (1 << 20, 1 << 16, PAGE):
        while reserve(size) > large:  # and none above six gigabytes
            pass
    libc.munmap(small[1500], PAGE)  # but one page
    assert load_object(code.object_code).address("pyrt_on_trade")
    print("loaded")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the system's numbers of mmap are Linux's")
def test_code_and_constants_are_near_each_other(tmp_path):
    """Code reaches its constants by 32 bits; apart, LLVM ends the process."""
    (tmp_path / "given.py").write_text(
        textwrap.dedent("""
            import math

            from pyrt.strategy import Strategy


            class S(Strategy):
                def on_trade(self, ctx, trade):
                    ctx.signal(math.exp(trade.price * 0.123), 4.56)
        """)
    )
    (tmp_path / "crowded.py").write_text(textwrap.dedent(CROWDED))
    done = subprocess.run([sys.executable, "crowded.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "loaded\n", done.stderr
