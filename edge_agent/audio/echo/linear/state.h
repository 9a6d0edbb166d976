/* All that a canceller remembers is one block of floats that Python owns, so that it may lie in shared memory, and be
 * saved as it is: Learned, Taps of each partition and regressor, Passing, `far`, `weight_before`.
 * `layout.py` has the same names for the same places. */
#ifndef STATE_H
#define STATE_H

#include "fft.h"

#define REGRESSORS 2
#define FILTERS 2 /* of the same echo: one adapts slowly, one quickly */
#define BANDS 20
#define FEATURES 64
#define SILENCE 4e-5f /* of full scale: just above one unit of 16 bits */

typedef struct {
    float re[PADDED], im[PADDED];
} Spectrum;

/* A response of FRAME samples: what becomes of a piece of the reference in the room. */
typedef struct {
    Spectrum weight[FILTERS];
    float variance[FILTERS][PADDED]; /* of the error of the weight */
} Taps;

/* What outlives the process that learned it. */
typedef struct {
    float error_power[FILTERS][PADDED];
    float drift; /* of the clocks: by how much of itself the echo comes later all the time */
    float frames, loudest, background[BANDS], usual[BANDS]; /* of the features */
    float suppressed_frames, leak[PADDED], noise[PADDED];   /* of the suppressor */
} Learned;

typedef struct {
    float newest, unsounded, constrained, behind, diverged[FILTERS];
    float far_before[REGRESSORS][FRAME];
    float observed, remembers; /* frames; whether there are weights from before them */
    float near_power, power[FILTERS], common_power;
    float residual_before[FRAME], estimate_before[FRAME], reverberant[BANDS];
    float echo_tail[PADDED], overlap[FRAME];
} Passing;

typedef struct {
    int count; /* partitions */
    float forgetting[FILTERS];
    Learned *learned;
    Taps *taps;
    Passing *passing;
    Spectrum *far;           /* a ring of partitions: `newest` is the first */
    Spectrum *weight_before; /* of each partition: the quick one's, of the reference itself */
} State;

/* A frame on its way through. */
typedef struct {
    float near[FRAME], far[FRAME];
    float residual[FRAME], estimate[FRAME];
    int clipped, broken, silent; /* the microphone; silent: it hears nothing at all, not even noise */
    float peak;                  /* of the reference */
} Frame;

void begin(const State *state);
/* Takes the echo of `far` out of `near`. */
void cancel(const State *state, Frame *frame);

/* Once for each frame that was learned from. */
void track_drift(const State *state);
/* Moves weights on by as much as the echo moves in `frames`. */
void follow_drift(const State *state, Spectra *weights, float frames);

extern float root_of_hann[WINDOW]; /* as window, and again on the way back, it adds up to 1 */
void bands_prepare(void);
/* FEATURES of a frame, and if `uplink` is not NULL, the frame before it with less of what is left of the echo. */
void observe(const State *state, const Frame *frame, float *features, float *uplink);
/* `residual`: which of the lanes. `learns`: whether the frame says something about the room. */
void suppress(const State *state, const Spectra *spectra, int residual, const float *echo_power, float *uplink,
              int learns);

#endif
