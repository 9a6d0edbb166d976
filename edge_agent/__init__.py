"""A voice device agent: holds spoken conversations through the Azure OpenAI Realtime API."""

import os

# The matrices here are small: a second thread of OpenBLAS only spins, at twice the CPU.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.2.0"
