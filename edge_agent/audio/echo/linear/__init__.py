"""Takes the speaker out of what the microphone hears without bending the voice over it, and says whether there is one.

`linear_canceller` is the filter, `detector` judges what it leaves. The filter is in C (`_linear`: module.c with fft.c,
kalman.c, features.c and suppressor.c), and in numpy for a device where that was not built (`fallback`); both work on
the same block of memory (`layout`).
"""
