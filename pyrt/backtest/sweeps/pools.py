"""Sets of a sweep in other processes and on other machines, by joblib."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from typing import Any

from ..._validate import integer
from ...errors import InputError, MissingPiece
from .grid import Parameters
from .job import Job
from .log import Row

__all__ = ["rows_from"]

EACH = 4
"""Sets for each worker that are asked for at once where a backend gives nothing back before all are done."""


class _InRay:
    """A job that lies in the memory of Ray's machines: it is sent to each once, not with every set."""

    def __init__(self, job: Job) -> None:
        import ray

        self.place = ray.put(job)

    def row(self, parameters: Parameters) -> Row:
        import ray

        job: Job = ray.get(self.place)
        return job.row(parameters)


def rows_from(
    job: Job, sets: Sequence[Parameters], missing: Sequence[int], backend: str, workers: int | None
) -> Iterator[tuple[int, Row]]:
    """Yield rows as they are done, in any order.

    Raises
    ------
    MissingPiece
        If Dask or Ray is not installed; says how it comes here.
    InputError
        For a backend that joblib does not know, and for Dask without a client.
    """
    if workers is not None:
        integer(workers, "workers")
    pool, sent, count = _pool(job, backend, workers)
    if pool.return_generator:
        yield from pool(_tasks(sent, sets, missing))
        return
    step = EACH * count
    for first in range(0, len(missing), step):
        yield from pool(_tasks(sent, sets, missing[first : first + step]))


def _pool(job: Job, backend: str, workers: int | None) -> tuple[Any, Any, int]:
    """Return a pool, the job as it is sent to it, and how many workers it has."""
    import joblib

    options: dict[str, Any] = {"scatter": [job]} if backend == "dask" else {}
    try:
        if backend == "dask":
            importlib.import_module("distributed")  # to joblib what is not there is a ValueError, as what is wrong
        if backend == "ray":
            from ray.util.joblib import register_ray

            register_ray()
        with joblib.parallel_config(backend, n_jobs=workers or -1, **options):
            count = joblib.effective_n_jobs(workers or -1)
            try:
                pool = joblib.Parallel(return_as="generator_unordered")
            except ValueError:  # as of a pool of multiprocessing: it gives lists alone
                pool = joblib.Parallel()
    except ImportError as error:
        raise MissingPiece(f"backend: {backend!r} is not installed: pip install 'pyrt[{backend}]'") from error
    except ValueError as error:
        raise InputError(f"backend: {error}") from None
    return pool, _InRay(job) if backend == "ray" else job, count


def _tasks(job: Any, sets: Sequence[Parameters], places: Sequence[int]) -> Iterator[Any]:
    import joblib

    return (joblib.delayed(_one)(job, at, sets[at]) for at in places)


def _one(job: Job | _InRay, at: int, parameters: Parameters) -> tuple[int, Row]:
    return at, job.row(parameters)
