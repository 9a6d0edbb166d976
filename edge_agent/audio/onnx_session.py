"""Opens a network for onnxruntime, on one thread, that neither spins nor reports."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


class ModelUnreadable(Exception):
    """onnxruntime does not take the file."""


def open_session(model: Path) -> Any:
    """An onnxruntime.InferenceSession. Raises ImportError without onnxruntime, and ModelUnreadable."""
    # it reports to its maker; once imported it cannot be stopped
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3  # errors; it warns of what does not matter here
    try:
        return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has a class of its own for each kind of failure
        raise ModelUnreadable(f"{model} cannot be loaded: {error}") from None
