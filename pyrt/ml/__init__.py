"""Machine learning: from a trained model to a file that the engine trades.

===========  ============================================================================
``onnx``     a LightGBM model as an ONNX file, written only if it answers as LightGBM does
``gate``     the rows that both must answer alike, and the comparison
``trees``    what a LightGBM model says, read from its own text
===========  ============================================================================

Inference is :mod:`pyrt.strategy.model`.
"""

from . import onnx

__all__ = ["onnx"]
