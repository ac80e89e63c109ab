"""How many bytes a run takes at most: in a process of its own, which tells at its end."""

import subprocess
import sys
from pathlib import Path

import pytest

TOLD = """
    status = Path("/proc/self/status").read_text()  # unlike ru_maxrss it knows nothing of the parent
    print(len(result.fills), int(re.search(r"VmHWM:\\s*(\\d+)", status)[1]) * 1024)
"""

needs_peak = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the system does not say how much memory was taken"
)


def fills_and_peak(folder, script, *arguments):
    """Run a script whose last block makes a `result`; how many fills it has, and the bytes that the process took."""
    path = folder / "script.py"
    path.write_text(f"import re\nfrom pathlib import Path\n{script.rstrip()}{TOLD}")
    done = subprocess.run(
        [sys.executable, str(path), *map(str, arguments)], capture_output=True, text=True, timeout=600, check=False,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PYRT_CACHE": str(folder / "cache")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return map(int, done.stdout.split())
