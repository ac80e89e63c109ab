"""``python -m pyrt`` is the ``pyrt`` command."""

from pyrt.cli import main

main()
