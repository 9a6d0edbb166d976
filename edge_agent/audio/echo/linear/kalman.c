/* Partitioned block frequency domain adaptive Kalman filter: Enzner and Vary, Frequency-domain adaptive Kalman filter
 * for acoustic echo control, Signal Processing 86 (2006); Kuech, Mabande and Enzner, State-space architecture of the
 * partitioned-block-based acoustic echo controller, ICASSP 2014. Two of them, one for rooms that stay as they are and
 * one for those that do not; what is taken out is the mixture of both that leaves least. */
#include "state.h"

#include <math.h>
#include <string.h>

#define LEAST 1e-12f
#define SPREAD 0.75f  /* of what is expected in a partition, against the one before it */
#define CUBED 8.0f    /* as loud as the reference itself at -9 dB of full scale */
#define KEPT 0.9f     /* of a power, from frame to frame */
#define TURNS 4       /* frames in which every weight is constrained once: ERLE as if in each, at half the cost */
#define FALLEN 2.0f   /* times the power that the quick filter leaves */
#define ADDED 2.0f    /* times the power of the microphone: then it is left as it is */
#define DIVERGED 2.0f /* times the power of the microphone */
#define PATIENCE 25   /* frames */

static void begin_filter(const State *state, int f)
{
    float variance = 1.0f;
    for (int s = 0; s < state->count * REGRESSORS; s++) {
        memset(&state->taps[s].weight[f], 0, sizeof(Spectrum));
        for (int k = 0; k < PADDED; k++)
            state->taps[s].variance[f][k] = variance;
        if (s % REGRESSORS == REGRESSORS - 1)
            variance *= SPREAD;
    }
    for (int k = 0; k < PADDED; k++)
        state->learned->error_power[f][k] = 1e-6f;
}

void begin(const State *state)
{
    memset(state->learned, 0, sizeof(Learned));
    memset(state->passing, 0, sizeof(Passing));
    memset(state->far, 0, sizeof(Spectrum) * (size_t)(state->count * REGRESSORS));
    for (int f = 0; f < FILTERS; f++)
        begin_filter(state, f);
    for (int b = 0; b < BANDS; b++)
        state->learned->usual[b] = -1.5f;
    for (int k = 0; k < PADDED; k++)
        state->learned->leak[k] = 0.1f;
    state->passing->unsounded = (float)state->count + 1;
}

/* The reference moves on by a frame: itself, and its cube for what a loudspeaker does to it. */
static void advance(const State *state, const float *far)
{
    Passing *passing = state->passing;
    Samples window;
    Spectra spectra;
    int newest = ((int)passing->newest + state->count - 1) % state->count;
    for (int n = 0; n < FRAME; n++) {
        float regressors[LANES] = {far[n], CUBED * far[n] * far[n] * far[n]};
        for (int l = 0; l < LANES; l++) {
            window[n][l] = l < REGRESSORS ? passing->far_before[l][n] : 0.0f;
            window[FRAME + n][l] = regressors[l];
        }
        for (int r = 0; r < REGRESSORS; r++)
            passing->far_before[r][n] = regressors[r];
    }
    fft_forward(window, &spectra);
    for (int r = 0; r < REGRESSORS; r++) {
        Spectrum *spectrum = &state->far[newest * REGRESSORS + r];
        for (int k = 0; k < BINS; k++) {
            spectrum->re[k] = spectra.re[k][r];
            spectrum->im[k] = spectra.im[k][r];
        }
    }
    passing->newest = (float)newest;
}

static const Spectrum *far_of(const State *state, int slot)
{
    int at = ((int)state->passing->newest + slot / REGRESSORS) % state->count;
    return &state->far[at * REGRESSORS + slot % REGRESSORS];
}

static void predict(const State *state, Samples echo)
{
    Spectrum sum[FILTERS];
    Spectra spectra;
    memset(sum, 0, sizeof sum);
    memset(&spectra, 0, sizeof spectra);
    for (int s = 0; s < state->count * REGRESSORS; s++)
        for (int f = 0; f < FILTERS; f++) {
            const Spectrum *restrict far = far_of(state, s), *restrict weight = &state->taps[s].weight[f];
            for (int k = 0; k < PADDED; k++) {
                sum[f].re[k] += far->re[k] * weight->re[k] - far->im[k] * weight->im[k];
                sum[f].im[k] += far->re[k] * weight->im[k] + far->im[k] * weight->re[k];
            }
        }
    for (int k = 0; k < BINS; k++)
        for (int f = 0; f < FILTERS; f++) {
            spectra.re[k][f] = sum[f].re[k];
            spectra.im[k][f] = sum[f].im[k];
        }
    fft_inverse(&spectra, echo);
}

static void adapt(const State *state, const Spectra *errors, int f)
{
    float er[PADDED] = {0}, ei[PADDED] = {0}, gain[PADDED] = {0};
    float kept = state->forgetting[f] * state->forgetting[f], drift = 1.0f - kept;
    float *power = state->learned->error_power[f];
    for (int s = 0; s < state->count * REGRESSORS; s++) {
        const Spectrum *restrict far = far_of(state, s);
        const float *restrict variance = state->taps[s].variance[f];
        for (int k = 0; k < PADDED; k++)
            gain[k] += variance[k] * (far->re[k] * far->re[k] + far->im[k] * far->im[k]);
    }
    for (int k = 0; k < BINS; k++) {
        er[k] = errors->re[k][f];
        ei[k] = errors->im[k][f];
        power[k] = 0.5f * power[k] + 0.5f * (er[k] * er[k] + ei[k] * ei[k]) + LEAST;
        gain[k] = 1.0f / (gain[k] + power[k] + 1e-9f);
    }
    for (int s = 0; s < state->count * REGRESSORS; s++) {
        const Spectrum *restrict far = far_of(state, s);
        Spectrum *restrict weight = &state->taps[s].weight[f];
        float *restrict variance = state->taps[s].variance[f];
        for (int k = 0; k < PADDED; k++) {
            float step = variance[k] * gain[k];
            float heard = far->re[k] * far->re[k] + far->im[k] * far->im[k];
            float re = weight->re[k] + step * (far->re[k] * er[k] + far->im[k] * ei[k]);
            float im = weight->im[k] + step * (far->re[k] * ei[k] - far->im[k] * er[k]);
            weight->re[k] = re;
            weight->im[k] = im;
            variance[k] = kept * (1.0f - 0.5f * step * heard) * variance[k] + drift * (re * re + im * im) + LEAST;
        }
    }
}

/* A weight is to be a response of FRAME samples: what is longer comes from the transform's being circular. LANES
 * weights at a time. */
static void constrain(const State *state)
{
    int total = state->count * REGRESSORS * FILTERS, at = (int)state->passing->constrained;
    int batches = (total / LANES + TURNS - 1) / TURNS;
    float turn = (float)total / (float)(LANES * batches); /* frames until it is this weight's turn again */
    for (; batches > 0; batches--) {
        Spectra spectra;
        Samples response;
        Spectrum *weights[LANES];
        for (int l = 0; l < LANES; l++, at = (at + 1) % total) {
            weights[l] = &state->taps[at / FILTERS].weight[at % FILTERS];
            for (int k = 0; k < BINS; k++) {
                spectra.re[k][l] = weights[l]->re[k];
                spectra.im[k][l] = weights[l]->im[k];
            }
        }
        follow_drift(state, &spectra, turn);
        fft_inverse(&spectra, response);
        memset(response[FRAME], 0, sizeof response / 2);
        fft_forward(response, &spectra);
        for (int l = 0; l < LANES; l++)
            for (int k = 0; k < BINS; k++) {
                weights[l]->re[k] = spectra.re[k][l];
                weights[l]->im[k] = spectra.im[k][l];
            }
    }
    state->passing->constrained = (float)at;
}

/* How much of the second filter leaves least, where the rest is of the first. The powers are of differences from
 * sample to sample: else the low tones, of which there is most, would decide. */
static float mixture(Passing *passing, const float *near, Samples errors)
{
    float near_sum = 0, sums[FILTERS] = {0}, common = 0;
    for (int n = 1; n < FRAME; n++) {
        const float *now = errors[FRAME + n], *before = errors[FRAME + n - 1];
        float heard = near[n] - 0.9f * near[n - 1];
        float slow = now[0] - 0.9f * before[0], quick = now[1] - 0.9f * before[1];
        near_sum += heard * heard;
        sums[0] += slow * slow;
        sums[1] += quick * quick;
        common += slow * quick;
    }
    passing->near_power = KEPT * passing->near_power + near_sum + LEAST;
    passing->common_power = KEPT * passing->common_power + common;
    for (int f = 0; f < FILTERS; f++)
        passing->power[f] = KEPT * passing->power[f] + sums[f] + LEAST;
    float apart = passing->power[0] + passing->power[1] - 2 * passing->common_power;
    float share = apart > LEAST ? (passing->power[0] - passing->common_power) / apart : 0.0f;
    return share < 0 ? 0.0f : share > 1 ? 1.0f : share;
}

/* Whether the mixture has more power than the microphone: then the echo is not what it was. */
static int adds(const Passing *passing, float quick)
{
    float slow = 1 - quick;
    float mixed = slow * slow * passing->power[0] + quick * quick * passing->power[1];
    return mixed + 2 * slow * quick * passing->common_power > ADDED * passing->near_power;
}

static float in_a_row(float frames, int again) { return again ? frames + 1 : 0; }

/* The slow filter takes over from the quick one where it has fallen behind: something has moved. One that adds more
 * than it takes out begins again. */
static void watch(const State *state)
{
    Passing *passing = state->passing;
    passing->behind = in_a_row(passing->behind, passing->power[0] > FALLEN * passing->power[1]);
    if (passing->behind >= PATIENCE) {
        for (int s = 0; s < state->count * REGRESSORS; s++) {
            Taps *taps = &state->taps[s];
            taps->weight[0] = taps->weight[1];
            memcpy(taps->variance[0], taps->variance[1], sizeof taps->variance[0]);
        }
        memcpy(state->learned->error_power[0], state->learned->error_power[1], sizeof(float[PADDED]));
        passing->behind = 0;
    }
    for (int f = 0; f < FILTERS; f++) {
        passing->diverged[f] = in_a_row(passing->diverged[f], passing->power[f] > DIVERGED * passing->near_power);
        if (passing->diverged[f] >= PATIENCE) {
            begin_filter(state, f);
            passing->diverged[f] = 0;
        }
    }
}

void cancel(const State *state, Frame *frame)
{
    Passing *passing = state->passing;
    Samples errors;
    Spectra spectra;
    passing->unsounded = in_a_row(passing->unsounded, frame->peak <= SILENCE);
    if (passing->unsounded > (float)state->count) { /* its last sound has left the last partition */
        passing->unsounded = (float)state->count + 1;
        passing->observed = passing->remembers = 0;
        memcpy(frame->residual, frame->near, sizeof frame->residual);
        memset(frame->estimate, 0, sizeof frame->estimate);
        return;
    }
    passing->observed += 1;
    advance(state, frame->far);
    predict(state, errors);
    for (int n = 0; n < FRAME; n++)
        for (int l = 0; l < LANES; l++) {
            errors[n][l] = 0.0f;
            errors[FRAME + n][l] = l < FILTERS ? frame->near[n] - errors[FRAME + n][l] : 0.0f;
        }
    float quick = mixture(passing, frame->near, errors);
    int useless = frame->silent || adds(passing, quick);
    for (int n = 0; n < FRAME; n++) {
        float mixed = (1 - quick) * errors[FRAME + n][0] + quick * errors[FRAME + n][1];
        frame->residual[n] = useless ? frame->near[n] : mixed;
        frame->estimate[n] = frame->near[n] - frame->residual[n];
    }
    if (frame->clipped || frame->broken || frame->silent)
        return;
    fft_forward(errors, &spectra);
    for (int f = 0; f < FILTERS; f++)
        adapt(state, &spectra, f);
    constrain(state);
    watch(state);
    track_drift(state);
}
