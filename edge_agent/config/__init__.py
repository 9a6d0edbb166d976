"""Configuration: defaults < TOML file < environment < flags, into one frozen `Config` or every error at once."""

from .load import Problem, load
from .model import Config

__all__ = ["Config", "Problem", "load"]
