"""``python -m pyrt`` is the ``pyrt`` command."""

from .cli import main

main()
