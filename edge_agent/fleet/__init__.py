"""Settings that the owner of many devices has signed: The Update Framework, on static files.

Only the commands of the owner (`publish`) and processes of their own (`child`, `quick_checks`) import tuf and the
doctor; the device does not.
"""
