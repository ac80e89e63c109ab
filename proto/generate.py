"""Make the Python code of ``proto/*.proto`` into ``pyrt/live/messages``: ``python proto/generate.py [DIRECTORY]``.

The Rust code is made by ``PYRT_REGENERATE=1 cargo test --test messages_generated``. Both are checked in, and tests make
them anew and compare.
"""

import re
import sys
from pathlib import Path

from grpc_tools import protoc

PROTO = Path(__file__).parent
HOME = PROTO.parent / "pyrt" / "live" / "messages"
FILES = ["commands.proto", "messages.proto", "trading.proto"]


def generate(directory: Path) -> None:
    """Write one ``_pb2.py`` and one ``_pb2.pyi`` a file, importing each other from their own package."""
    directory.mkdir(parents=True, exist_ok=True)
    status = protoc.main(["protoc", f"-I{PROTO}", f"--python_out={directory}", f"--pyi_out={directory}", *FILES])
    if status:
        raise SystemExit(f"protoc failed with status {status}")
    for path in directory.glob("*_pb2.py*"):
        path.write_text(re.sub(r"^import (\w+_pb2)", r"from . import \1", path.read_text(), flags=re.MULTILINE))


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else HOME)
