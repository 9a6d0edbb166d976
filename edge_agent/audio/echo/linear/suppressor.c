/* A mild Wiener filter on what is left of the echo. Its power in a bin is that of the estimate, as long as the room
 * goes on sounding, times a leak that is learned: a low quantile of what was left, so a voice does not count as one. */
#include "state.h"

#include <math.h>

#define TAKEN 2.0f  /* times what is expected to be left */
#define FLOOR 0.05f /* of the gain */
#define SETTLED 100.0f

void suppress(const State *state, const Spectra *spectra, int residual, const float *echo_power, float *uplink,
              int learns)
{
    Learned *learned = state->learned;
    Passing *passing = state->passing;
    float leak[PADDED + 4] = {0}, gain[PADDED + 2], power[PADDED];
    int settled = learned->suppressed_frames >= SETTLED;
    float up = settled ? 1.02f : 1.1f;
    for (int k = 0; k < BINS; k++) {
        float re = spectra->re[k][residual], im = spectra->im[k][residual];
        float tail = 0.6f * passing->echo_tail[k] + 0.4f * echo_power[k] + 1e-20f;
        float noise = learned->noise[k];
        power[k] = re * re + im * im;
        passing->echo_tail[k] = tail = tail > echo_power[k] ? tail : echo_power[k];
        if (learned->suppressed_frames == 0)
            noise = power[k];
        else
            noise = fminf(noise * 1.005f + 1e-12f, 0.9f * noise + 0.1f * power[k]);
        if (learns)
            learned->noise[k] = noise + 1e-20f;
        if (learns && tail > 4 * noise) {
            float next = learned->leak[k] * (power[k] / (tail + 1e-9f) > learned->leak[k] ? up : 0.94f);
            learned->leak[k] = next < 1e-5f ? 1e-5f : next > 1.0f ? 1.0f : next;
        }
        leak[k + 2] = learned->leak[k];
    }
    gain[0] = gain[BINS + 1] = 0;
    for (int k = 0; k < BINS; k++) {
        float around = (leak[k] + leak[k + 1] + leak[k + 2] + leak[k + 3] + leak[k + 4]) / 5;
        gain[k + 1] = fmaxf(1 - TAKEN * around * passing->echo_tail[k] / (power[k] + 1e-12f), FLOOR);
    }
    Spectra shaped = {0};
    Samples out;
    for (int k = 0; k < BINS; k++) {
        int low = k > 0 ? k : 1, high = k + 2 <= BINS ? k + 2 : BINS; /* the outermost stand for what is beyond */
        float smooth = (gain[low] + gain[k + 1] + gain[high]) / 3;
        shaped.re[k][0] = smooth * spectra->re[k][residual];
        shaped.im[k][0] = smooth * spectra->im[k][residual];
    }
    fft_inverse(&shaped, out);
    for (int n = 0; n < FRAME; n++) {
        uplink[n] = passing->overlap[n] + out[n][0] * root_of_hann[n];
        passing->overlap[n] = out[FRAME + n][0] * root_of_hann[FRAME + n];
    }
    if (learns)
        learned->suppressed_frames = fminf(learned->suppressed_frames + 1, SETTLED);
}
