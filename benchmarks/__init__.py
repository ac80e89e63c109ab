"""The asv suite: ``bench_<room>.py`` a room, and ``peers/``, programs that measure pyrt and others in one run."""
