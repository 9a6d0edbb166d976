/* Microphone and speaker often have clocks of their own, and so the echo comes later and later, or sooner and sooner.
 * How much is seen in the quick filter: over half a second, its response moves. Both filters are then moved on as much.
 * What crosses the border of a partition so is lost, and has to be learned again. */
#include "state.h"

#include <math.h>
#include <string.h>

#define PI 3.14159265358979f
#define APART 16           /* bins between which phases are compared: 20 samples either way are told apart */
#define OBSERVED 25        /* frames */
#define TRUSTED 0.6f       /* of all phases, that they turn alike */
#define STEP 0.2f          /* of what is measured */
#define LARGEST 500e-6f    /* that a clock may be wrong */

/* Samples that the response moved; 0: it cannot be told. */
static float moved(const State *state)
{
    float re[BINS] = {0}, im[BINS] = {0}, cosine = 0, sine = 0, most = 0;
    for (int p = 0; p < state->count; p++) {
        const Spectrum *a = &state->taps[p * REGRESSORS].weight[1], *b = &state->weight_before[p];
        for (int k = 0; k < BINS; k++) {
            re[k] += a->re[k] * b->re[k] + a->im[k] * b->im[k];
            im[k] += a->im[k] * b->re[k] - a->re[k] * b->im[k];
        }
    }
    for (int k = APART; k < BINS; k++) {
        float turned_re = re[k] * re[k - APART] + im[k] * im[k - APART];
        float turned_im = im[k] * re[k - APART] - re[k] * im[k - APART];
        cosine += turned_re;
        sine += turned_im;
        most += hypotf(turned_re, turned_im);
    }
    if (hypotf(cosine, sine) <= TRUSTED * most)
        return 0;
    return -atan2f(sine, cosine) * WINDOW / (2 * PI * APART);
}

void track_drift(const State *state)
{
    Passing *passing = state->passing;
    if (passing->observed < OBSERVED)
        return;
    if (passing->remembers > 0) {
        float ratio = moved(state) / (passing->observed * FRAME);
        /* what else is heard moves the response too */
        float explained = fmaxf(1 - passing->power[1] / passing->near_power, 0);
        if (fabsf(ratio) <= LARGEST)
            state->learned->drift += STEP * explained * (ratio - state->learned->drift);
    }
    for (int p = 0; p < state->count; p++)
        state->weight_before[p] = state->taps[p * REGRESSORS].weight[1];
    passing->observed = 0;
    passing->remembers = 1;
}

void follow_drift(const State *state, Spectra *weights, float frames)
{
    float angle = -PI * state->learned->drift * frames;
    float step_re = cosf(angle), step_im = sinf(angle), re = 1, im = 0;
    for (int k = 0; k < BINS; k++) {
        for (int l = 0; l < LANES; l++) {
            float weight_re = weights->re[k][l], weight_im = weights->im[k][l];
            weights->re[k][l] = re * weight_re - im * weight_im;
            weights->im[k][l] = re * weight_im + im * weight_re;
        }
        float next = re * step_re - im * step_im;
        im = re * step_im + im * step_re;
        re = next;
    }
    memset(weights->im[BINS - 1], 0, sizeof weights->im[BINS - 1]); /* as in every spectrum of real samples */
}
