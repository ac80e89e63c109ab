"""Build of the Cython extensions: one per ``.pyx`` below ``pyrt_ext`` and per ``.py`` there with a ``.pxd`` beside it.

Everything else about the package is in ``pyproject.toml``.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).parent
EXT = ROOT / "pyrt_ext"

# -ffp-contract=off: no fused multiply-add, so that Cython, Numba and Rust give equal bits on every CPU.
# The CPU is chosen at run time, function by function (target_clones in pyrt_ext/dispatch.h), never by -march=native.
COMPILE_ARGS = [
    "-O3",
    "-ffp-contract=off",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-g0",
    "-Wno-unreachable-code",
    "-Wno-psabi",
    "-Wno-unused-function",  # a family uses some of what headers share
]
# For CPUs with AVX2 alone: vectors of eight doubles go to memory and back in the same pieces. GCC 12 and later, x86-64.
WIDE_MOVES = ["-mmove-max=256", "-mstore-max=256"]
DIRECTIVES = {
    "language_level": 3,
    "boundscheck": False,
    "wraparound": False,
    "cdivision": True,
    "initializedcheck": False,
    "embedsignature": True,
    "freethreading_compatible": True,
}

SHARED = {"batch", "call", "dispatch", "stream", "tables"}
"""What indicators and streams have in common with the rest: a change of matching does not compile them anew."""


def extension_sources() -> list[Path]:
    """List the sources to compile: kernels, and streaming formulas (a ``.py`` whose ``.pxd`` types it)."""
    formulas = [p for p in sorted(EXT.rglob("*.py")) if p.with_suffix(".pxd").exists() and p.stem != "__init__"]
    return sorted(EXT.rglob("*.pyx")) + formulas


def dependencies(source: Path) -> list[Path]:
    """List what a source is compiled anew for: all contracts and headers, but of the indicators its own family's.

    What is no family's own is shared: by the families of its folder and of those below.
    """
    found = [*EXT.rglob("*.pxd"), *EXT.rglob("*.h")]
    families = {p.relative_to(EXT / "indicators").with_suffix("") for p in EXT.glob("indicators/**/*.pyx")}

    def place(path: Path) -> tuple[str, Path]:
        folder, *rest = path.relative_to(EXT).with_suffix("").parts
        return folder, Path(*rest)

    (room, family), rooms = place(source), ("indicators", "streams")

    def needed(path: Path) -> bool:
        other_room, other = place(path)
        if other_room not in rooms:
            return room not in rooms or other_room in SHARED
        if room not in rooms:
            return False
        return other == family or (other not in families and other.parent in family.parents)

    return [p for p in found if needed(p)]


def extensions() -> list[Extension]:
    """Describe one extension module per source."""
    return [
        Extension(
            ".".join(source.relative_to(ROOT).with_suffix("").parts),
            [str(source.relative_to(ROOT))],
            include_dirs=[np.get_include(), "pyrt_ext"],
            define_macros=[("NPY_NO_DEPRECATED_API", "NPY_2_0_API_VERSION")],
            extra_compile_args=COMPILE_ARGS,
            depends=[str(p.relative_to(ROOT)) for p in dependencies(source)],
        )
        for source in extension_sources()
    ]


class Build(build_ext):
    """The build, with the flags that this compiler knows."""

    def build_extensions(self) -> None:
        """Compile; a compiler that does not know `WIDE_MOVES` goes without, and dispatch.h without clones for AVX2."""
        if self.takes(WIDE_MOVES):
            for extension in self.extensions:
                extension.extra_compile_args = [*COMPILE_ARGS, *WIDE_MOVES, "-DPYRT_WIDE_MOVES"]
        super().build_extensions()

    def takes(self, flags: list[str]) -> bool:
        """Say whether the compiler accepts these flags; one that is not called as Unix compilers are does not."""
        called = getattr(self.compiler, "compiler_so", [])
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, "empty.c")
            source.write_text("")
            command = [*called, "-Werror", *flags, "-c", str(source), "-o", str(Path(folder, "empty.o"))]
            return bool(called) and subprocess.run(command, check=False, capture_output=True).returncode == 0


if __name__ == "__main__":
    os.chdir(ROOT)
    jobs = os.cpu_count() or 1
    setup(
        ext_modules=cythonize(
            extensions(),
            compiler_directives=DIRECTIVES,
            nthreads=jobs,
            build_dir="build/cython",
        ),
        cmdclass={"build_ext": Build},
        options={"build_ext": {"parallel": jobs}},
    )
