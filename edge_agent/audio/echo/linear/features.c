/* What a detector of voices over the answer is told of a frame. `layout.py` has the order. */
#include "state.h"

#include <math.h>
#include <string.h>

#define LOWEST_HZ 120.0
#define HIGHEST_HZ 7600.0
#define RATE_HZ 16000.0
#define SMALLEST 1e-9f
#define DECAY 0.2f        /* of an echo, in ln of power a frame: 43 dB a second, as in a hall */
#define LOUD 1.5f         /* ln of power over the background */
#define SETTLED 150.0f    /* frames */

float root_of_hann[WINDOW];
static float window[WINDOW];
static float weights[BANDS][PADDED];
static int first[BANDS], last[BANDS];

static double mel(double hz) { return 2595.0 * log10(1.0 + hz / 700.0); }
static double hz(double mels) { return 700.0 * (pow(10.0, mels / 2595.0) - 1.0); }

void bands_prepare(void)
{
    for (int n = 0; n < WINDOW; n++) {
        double hann = 0.5 - 0.5 * cos(2 * 3.14159265358979323846 * n / WINDOW);
        window[n] = (float)hann;
        root_of_hann[n] = (float)sqrt(hann);
    }
    double low = mel(LOWEST_HZ), step = (mel(HIGHEST_HZ) - low) / (BANDS + 1);
    for (int b = 0; b < BANDS; b++) {
        double from = hz(low + b * step), top = hz(low + (b + 1) * step), to = hz(low + (b + 2) * step), sum = 0;
        first[b] = BINS;
        for (int k = 0; k < BINS; k++) {
            double f = k * RATE_HZ / WINDOW, up = (f - from) / (top - from), down = (to - f) / (to - top);
            double weight = fmax(0.0, fmin(up, down));
            weights[b][k] = (float)weight;
            sum += weight;
            if (weight > 0) {
                first[b] = first[b] < k ? first[b] : k;
                last[b] = k;
            }
        }
        for (int k = 0; k < BINS; k++)
            weights[b][k] = (float)(weights[b][k] / sum);
    }
}

static float clip(float value, float low, float high) { return value < low ? low : value > high ? high : value; }

static float in_band(const float *power, int b)
{
    float sum = 0;
    for (int k = first[b]; k <= last[b]; k++)
        sum += weights[b][k] * power[k];
    return logf(sum + SMALLEST);
}

static float background(const Learned *learned, int b, float residual)
{
    float before = learned->background[b];
    if (learned->frames == 0)
        return residual;
    return residual < before ? before + 0.3f * (residual - before) : before + 0.004f;
}

/* A silent microphone is switched off: what it delivers is not the background. */
static void describe(const State *state, const Frame *frame, const float *left, const float *echo, float *features)
{
    Learned *learned = state->learned;
    Passing *passing = state->passing;
    float rise = learned->frames < SETTLED ? 0.15f : 0.03f;
    for (int b = 0; b < BANDS; b++) {
        float residual = in_band(left, b), estimate = in_band(echo, b);
        float reverberant = passing->reverberant[b] - DECAY;
        passing->reverberant[b] = reverberant = reverberant > estimate ? reverberant : estimate;
        if (!frame->silent)
            learned->background[b] = background(learned, b, residual);
        float over = clip(residual - learned->background[b], 0, 8), excess = over;
        float echo_over = reverberant - learned->background[b], share = residual - reverberant;
        if (echo_over > LOUD) {
            if (!frame->silent)
                learned->usual[b] += share > learned->usual[b] ? rise : -rise;
            excess = clip(share - learned->usual[b], -5, 8);
        }
        features[b] = over;
        features[BANDS + b] = clip(echo_over, -2, 10);
        features[2 * BANDS + b] = excess;
    }
    if (!frame->silent)
        learned->frames = fminf(learned->frames + 1, SETTLED);
    learned->loudest *= 0.998f;
    learned->loudest = frame->peak > learned->loudest ? frame->peak : learned->loudest;
    features[3 * BANDS] = logf(frame->peak + 1e-3f);
    features[3 * BANDS + 1] = logf(learned->loudest + 1e-3f);
    features[3 * BANDS + 2] = 3 * frame->peak;
    features[3 * BANDS + 3] = (float)frame->clipped;
}

void observe(const State *state, const Frame *frame, float *features, float *uplink)
{
    Passing *passing = state->passing;
    Samples both;
    Spectra spectra;
    float left[PADDED] = {0}, echo[PADDED] = {0};
    for (int n = 0; n < WINDOW; n++) {
        int now = n - FRAME;
        float residual = now < 0 ? passing->residual_before[n] : frame->residual[now];
        float estimate = now < 0 ? passing->estimate_before[n] : frame->estimate[now];
        both[n][0] = window[n] * residual;
        both[n][1] = window[n] * estimate;
        both[n][2] = root_of_hann[n] * residual;
        both[n][3] = root_of_hann[n] * estimate;
    }
    memcpy(passing->residual_before, frame->residual, sizeof passing->residual_before);
    memcpy(passing->estimate_before, frame->estimate, sizeof passing->estimate_before);
    fft_forward(both, &spectra);
    for (int k = 0; k < BINS; k++) {
        left[k] = spectra.re[k][0] * spectra.re[k][0] + spectra.im[k][0] * spectra.im[k][0];
        echo[k] = spectra.re[k][1] * spectra.re[k][1] + spectra.im[k][1] * spectra.im[k][1];
    }
    describe(state, frame, left, echo, features);
    if (!uplink)
        return;
    for (int k = 0; k < BINS; k++)
        echo[k] = spectra.re[k][3] * spectra.re[k][3] + spectra.im[k][3] * spectra.im[k][3];
    suppress(state, &spectra, 2, echo, uplink, !frame->silent);
}
