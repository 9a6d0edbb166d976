/* Two real samples make a complex one; those 320 are transformed by Stockham's algorithm, which sorts by itself, in
 * passes of radix 4, 4, 4 and 5 (Van Loan, Computational Frameworks for the Fast Fourier Transform, 1.7). */
#include "fft.h"

#include <math.h>

#define HALF FRAME
#define RESTRICT restrict

typedef struct {
    float re[HALF * LANES], im[HALF * LANES];
} Packed;

static float turn_re[WINDOW], turn_im[WINDOW]; /* exp(-2 pi i n / WINDOW) */

void fft_prepare(void)
{
    for (int n = 0; n < WINDOW; n++) {
        double angle = -2.0 * 3.14159265358979323846 * n / WINDOW;
        turn_re[n] = (float)cos(angle);
        turn_im[n] = (float)sin(angle);
    }
}

/* One pass of radix 4: `length` points are left to transform, in `stride` / LANES groups. */
static inline void pass_4(const Packed *RESTRICT from, Packed *RESTRICT to, int length, int stride)
{
    int quarter = length / 4;
    for (int p = 0; p < quarter; p++) {
        int step = WINDOW / length * p;
        float w1r = turn_re[step], w1i = turn_im[step], w2r = turn_re[2 * step], w2i = turn_im[2 * step];
        float w3r = turn_re[3 * step], w3i = turn_im[3 * step];
        const float *ar = from->re + stride * p, *ai = from->im + stride * p;
        float *yr = to->re + 4 * stride * p, *yi = to->im + 4 * stride * p;
        int b = stride * quarter, c = 2 * b, d = 3 * b;
        for (int q = 0; q < stride; q++) {
            float sum_r = ar[q] + ar[q + c], sum_i = ai[q] + ai[q + c];
            float dif_r = ar[q] - ar[q + c], dif_i = ai[q] - ai[q + c];
            float odd_r = ar[q + b] + ar[q + d], odd_i = ai[q + b] + ai[q + d];
            float rot_r = ai[q + b] - ai[q + d], rot_i = ar[q + d] - ar[q + b];
            float one_r = dif_r + rot_r, one_i = dif_i + rot_i;
            float two_r = sum_r - odd_r, two_i = sum_i - odd_i;
            float three_r = dif_r - rot_r, three_i = dif_i - rot_i;
            yr[q] = sum_r + odd_r;
            yi[q] = sum_i + odd_i;
            yr[q + stride] = one_r * w1r - one_i * w1i;
            yi[q + stride] = one_r * w1i + one_i * w1r;
            yr[q + 2 * stride] = two_r * w2r - two_i * w2i;
            yi[q + 2 * stride] = two_r * w2i + two_i * w2r;
            yr[q + 3 * stride] = three_r * w3r - three_i * w3i;
            yi[q + 3 * stride] = three_r * w3i + three_i * w3r;
        }
    }
}

/* The last pass: five points are left, so nothing has to be turned. */
static inline void pass_5(const Packed *RESTRICT from, Packed *RESTRICT to)
{
    const float c1 = 0.30901699437f, c2 = -0.80901699437f, s1 = 0.95105651629f, s2 = 0.58778525229f;
    const int stride = HALF / 5 * LANES;
    const float *ar = from->re, *ai = from->im;
    float *yr = to->re, *yi = to->im;
    for (int q = 0; q < stride; q++) {
        float sr1 = ar[q + stride] + ar[q + 4 * stride], si1 = ai[q + stride] + ai[q + 4 * stride];
        float dr1 = ar[q + stride] - ar[q + 4 * stride], di1 = ai[q + stride] - ai[q + 4 * stride];
        float sr2 = ar[q + 2 * stride] + ar[q + 3 * stride], si2 = ai[q + 2 * stride] + ai[q + 3 * stride];
        float dr2 = ar[q + 2 * stride] - ar[q + 3 * stride], di2 = ai[q + 2 * stride] - ai[q + 3 * stride];
        float er1 = ar[q] + c1 * sr1 + c2 * sr2, ei1 = ai[q] + c1 * si1 + c2 * si2;
        float er2 = ar[q] + c2 * sr1 + c1 * sr2, ei2 = ai[q] + c2 * si1 + c1 * si2;
        float or1 = s1 * di1 + s2 * di2, oi1 = s1 * dr1 + s2 * dr2;
        float or2 = s2 * di1 - s1 * di2, oi2 = s2 * dr1 - s1 * dr2;
        yr[q] = ar[q] + sr1 + sr2;
        yi[q] = ai[q] + si1 + si2;
        yr[q + stride] = er1 + or1;
        yi[q + stride] = ei1 - oi1;
        yr[q + 2 * stride] = er2 + or2;
        yi[q + 2 * stride] = ei2 - oi2;
        yr[q + 3 * stride] = er2 - or2;
        yi[q + 3 * stride] = ei2 + oi2;
        yr[q + 4 * stride] = er1 - or1;
        yi[q + 4 * stride] = ei1 + oi1;
    }
}

static void transform(Packed *a)
{
    Packed b;
    pass_4(a, &b, 320, LANES);
    pass_4(&b, a, 80, 4 * LANES);
    pass_4(a, &b, 20, 16 * LANES);
    pass_5(&b, a);
}

void fft_forward(Samples in, Spectra *out)
{
    Packed z;
    for (int n = 0; n < HALF; n++)
        for (int l = 0; l < LANES; l++) {
            z.re[n * LANES + l] = in[2 * n][l];
            z.im[n * LANES + l] = in[2 * n + 1][l];
        }
    transform(&z);
    for (int k = 0; k <= HALF; k++) {
        const float *ar = z.re + k % HALF * LANES, *ai = z.im + k % HALF * LANES;
        const float *br = z.re + (HALF - k) % HALF * LANES, *bi = z.im + (HALF - k) % HALF * LANES;
        float wr = turn_re[k], wi = turn_im[k];
        for (int l = 0; l < LANES; l++) {
            float even_r = 0.5f * (ar[l] + br[l]), even_i = 0.5f * (ai[l] - bi[l]);
            float odd_r = 0.5f * (ai[l] + bi[l]), odd_i = 0.5f * (br[l] - ar[l]);
            out->re[k][l] = even_r + wr * odd_r - wi * odd_i;
            out->im[k][l] = even_i + wr * odd_i + wi * odd_r;
        }
    }
}

void fft_inverse(const Spectra *in, Samples out)
{
    Packed z; /* real and imaginary part change places: so a forward transform goes back */
    const float scale = 0.5f / HALF;
    for (int k = 0; k < HALF; k++) {
        const float *ar = in->re[k], *ai = in->im[k], *br = in->re[HALF - k], *bi = in->im[HALF - k];
        float wr = turn_re[k], wi = turn_im[k];
        for (int l = 0; l < LANES; l++) {
            float even_r = ar[l] + br[l], even_i = ai[l] - bi[l];
            float dif_r = ar[l] - br[l], dif_i = ai[l] + bi[l];
            float odd_r = dif_r * wr + dif_i * wi, odd_i = dif_i * wr - dif_r * wi;
            z.im[k * LANES + l] = scale * (even_r - odd_i);
            z.re[k * LANES + l] = scale * (even_i + odd_r);
        }
    }
    transform(&z);
    for (int n = 0; n < HALF; n++)
        for (int l = 0; l < LANES; l++) {
            out[2 * n][l] = z.im[n * LANES + l];
            out[2 * n + 1][l] = z.re[n * LANES + l];
        }
}
