"""A voice device agent: holds spoken conversations through the Azure OpenAI Realtime API."""

__version__ = "0.1.0"
