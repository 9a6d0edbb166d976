"""The tools of the device's owner: programs, and requests over HTTP."""
