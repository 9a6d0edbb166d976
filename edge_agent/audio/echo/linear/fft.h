/* Discrete Fourier transforms of WINDOW real samples, LANES signals at a time: their samples stand side by side, so
 * that a compiler makes vectors of them on any machine. */
#ifndef FFT_H
#define FFT_H

#define FRAME 320
#define WINDOW 640
#define BINS 321
#define PADDED 324 /* bins, as whole vectors */
#define LANES 4

typedef float Samples[WINDOW][LANES];
typedef struct {
    float re[BINS][LANES], im[BINS][LANES];
} Spectra;

/* Once, before any other. */
void fft_prepare(void);
void fft_forward(Samples in, Spectra *out);
/* Scaled, so that it takes back what `fft_forward` did. */
void fft_inverse(const Spectra *in, Samples out);

#endif
