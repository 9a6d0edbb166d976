"""Releases that the owner of many devices has signed: fetched, tried and rolled back by root.

The device itself only wishes (`wish`). What runs as root believes nothing of what the device, or anybody else but root,
has written: it looks into the repository by itself (`fetch`), then lets apt install, and judges (`upgrade`).
"""
