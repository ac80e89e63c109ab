"""Code of ``proto/*.proto``, made by ``proto/generate.py``: not to be edited."""
