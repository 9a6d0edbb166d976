"""Configuration: defaults < TOML file < environment < flags, into one frozen `Config` or every error at once."""

from .document import Problem
from .load import load
from .model import Config

__all__ = ["Config", "Problem", "load"]
