/* edge_agent.audio.echo.linear._linear: see _linear.pyi. What is remembered belongs to Python. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "state.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define LOUDEST 0.999f /* of full scale: the converter had no more */
#define AT_LIMIT 2     /* such samples make a clipped frame */
#define MOST_PARTITIONS 100

enum { STATE, NEAR, FAR, RESIDUAL, ESTIMATE, FEATURE, UPLINK, BUFFERS };

static const char *const names[BUFFERS] = {"state", "near", "far", "residual", "estimate", "features", "uplink"};

static int find(const Py_buffer *buffer, State *state)
{
    Py_ssize_t one = (Py_ssize_t)((sizeof(Taps) + sizeof(Spectrum)) * REGRESSORS + sizeof(Spectrum));
    Py_ssize_t rest = buffer->len - (Py_ssize_t)(sizeof(Learned) + sizeof(Passing));
    if ((uintptr_t)buffer->buf % sizeof(float) || rest <= 0 || rest % one || rest / one > MOST_PARTITIONS) {
        PyErr_SetString(PyExc_ValueError, "state has the wrong size, or is not aligned");
        return 0;
    }
    state->count = (int)(rest / one);
    state->learned = buffer->buf;
    state->taps = (Taps *)(state->learned + 1);
    state->passing = (Passing *)(state->taps + state->count * REGRESSORS);
    state->far = (Spectrum *)(state->passing + 1);
    state->weight_before = state->far + state->count * REGRESSORS;
    return 1;
}

static int fits(const Py_buffer *buffers)
{
    Py_ssize_t frame = FRAME * sizeof(float), frames = buffers[NEAR].len / frame;
    Py_ssize_t lengths[BUFFERS] = {buffers[STATE].len, frames * frame, frames * frame, frames * frame, frames * frame,
                                   frames * FEATURES * (Py_ssize_t)sizeof(float), frames * frame};
    for (int b = NEAR; b < BUFFERS; b++)
        if (buffers[b].len != lengths[b] && !(b == UPLINK && buffers[b].len == 0)) {
            PyErr_Format(PyExc_ValueError, "%s has %zd bytes, where %zd whole frames take %zd", names[b],
                         buffers[b].len, frames, lengths[b]);
            return 0;
        }
    return 1;
}

static float checked(float sample, int *broken)
{
    if (isfinite(sample))
        return sample < -1.0f ? -1.0f : sample > 1.0f ? 1.0f : sample;
    *broken = 1;
    return 0.0f;
}

static void load(const float *near, const float *far, Frame *frame)
{
    int at_limit = 0;
    float loudest = 0;
    frame->broken = 0;
    frame->peak = 0;
    for (int n = 0; n < FRAME; n++) {
        frame->near[n] = checked(near[n], &frame->broken);
        frame->far[n] = checked(far[n], &frame->broken);
        at_limit += fabsf(frame->near[n]) >= LOUDEST;
        loudest = fmaxf(loudest, fabsf(frame->near[n]));
        frame->peak = fmaxf(frame->peak, fabsf(frame->far[n]));
    }
    frame->silent = loudest <= SILENCE;
    frame->clipped = at_limit >= AT_LIMIT;
}

static int is_finite(const Frame *frame, const float *features, const float *uplink)
{
    float sum = 0;
    for (int n = 0; n < FRAME; n++)
        sum += frame->residual[n] + (uplink ? uplink[n] : 0.0f);
    for (int n = 0; n < FEATURES; n++)
        sum += features[n];
    return isfinite(sum);
}

/* What is shared may be broken. */
static int leads_astray(const State *state)
{
    float newest = state->passing->newest, constrained = state->passing->constrained;
    return !(newest >= 0 && newest < (float)state->count && constrained >= 0 &&
             constrained < (float)(state->count * REGRESSORS * FILTERS));
}

static void begin_again(const State *state, Frame *frame, float *features, float *uplink)
{
    begin(state);
    memcpy(frame->residual, frame->near, sizeof frame->residual);
    memset(frame->estimate, 0, sizeof frame->estimate);
    memset(features, 0, FEATURES * sizeof *features);
    if (uplink)
        memset(uplink, 0, sizeof frame->near);
}

static void run(const Py_buffer *buffers, const State *state)
{
    const float *near = buffers[NEAR].buf, *far = buffers[FAR].buf;
    float *residual = buffers[RESIDUAL].buf, *estimate = buffers[ESTIMATE].buf, *features = buffers[FEATURE].buf;
    float *uplink = buffers[UPLINK].len ? buffers[UPLINK].buf : NULL;
    Py_ssize_t frames = buffers[NEAR].len / (Py_ssize_t)(FRAME * sizeof(float));
    if (leads_astray(state))
        begin(state);
    for (Py_ssize_t i = 0; i < frames; i++) {
        Frame frame;
        load(near + i * FRAME, far + i * FRAME, &frame);
        float *described = features + i * FEATURES, *sent = uplink ? uplink + i * FRAME : NULL;
        cancel(state, &frame);
        observe(state, &frame, described, sent);
        if (!is_finite(&frame, described, sent))
            begin_again(state, &frame, described, sent);
        memcpy(residual + i * FRAME, frame.residual, sizeof frame.residual);
        memcpy(estimate + i * FRAME, frame.estimate, sizeof frame.estimate);
    }
}

static PyObject *process(PyObject *module, PyObject *arguments)
{
    PyObject *objects[BUFFERS];
    Py_buffer buffers[BUFFERS];
    State state;
    int got = 0;
    PyObject *result = NULL;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "OOOOOOOff:process", &objects[STATE], &objects[NEAR], &objects[FAR],
                          &objects[RESIDUAL], &objects[ESTIMATE], &objects[FEATURE], &objects[UPLINK],
                          &state.forgetting[0], &state.forgetting[1]))
        return NULL;
    for (; got < BUFFERS; got++) {
        int writable = got == NEAR || got == FAR ? PyBUF_SIMPLE : PyBUF_WRITABLE;
        if (PyObject_GetBuffer(objects[got], &buffers[got], writable) < 0)
            goto done;
        if (got != STATE && (uintptr_t)buffers[got].buf % sizeof(float)) {
            PyErr_Format(PyExc_ValueError, "%s is not aligned", names[got++]);
            goto done;
        }
    }
    if (!find(&buffers[STATE], &state) || !fits(buffers))
        goto done;
    Py_BEGIN_ALLOW_THREADS
    run(buffers, &state);
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
done:
    while (got > 0)
        PyBuffer_Release(&buffers[--got]);
    return result;
}

static PyObject *begin_state(PyObject *module, PyObject *object)
{
    Py_buffer buffer;
    State state;
    int found;
    (void)module;
    if (PyObject_GetBuffer(object, &buffer, PyBUF_WRITABLE) < 0)
        return NULL;
    found = find(&buffer, &state);
    if (found)
        begin(&state);
    PyBuffer_Release(&buffer);
    return found ? Py_NewRef(Py_None) : NULL;
}

static PyMethodDef methods[] = {
    {"begin", begin_state, METH_O, NULL},
    {"process", process, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static int prepare_tables(PyObject *module)
{
    fft_prepare();
    bands_prepare();
    (void)module;
    return 0;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, prepare_tables}, {0, NULL}};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "_linear",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__linear(void) { return PyModuleDef_Init(&definition); }
