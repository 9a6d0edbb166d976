"""Installs edge-agent as a service, from a checkout or from the Debian package, and rolls back what does not run.

It runs before any package of PyPI is there: it imports only the standard library, and of the rooms below those that do
the same (`tests/install/test_alone.py`).
"""
