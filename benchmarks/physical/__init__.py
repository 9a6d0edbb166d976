"""Rooms of image sources (pyroomacoustics): to train the detector of voices over the answer, and to judge it."""
