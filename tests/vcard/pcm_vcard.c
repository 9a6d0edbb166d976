/* A virtual sound card for tests: an ALSA ioplug that runs in the process which opens it.
 *
 * Paced in real time by CLOCK_MONOTONIC and a timerfd. Capture comes from a file (`infile`, raw s16; silence
 * where it ends, more as it grows), with steady noise (`noise`, amplitude) and the echo of what a playback
 * stream of the same process plays (`echo` in thousandths, `echo_ms` later; three reflections). Playback goes
 * to a file (`outfile`). A word in the file `ctl` injects a fault:
 *   unplug  state DISCONNECTED, every call -ENODEV, poll POLLERR|POLLNVAL: what the kernel does when USB goes
 *   stall   the hardware pointer freezes and nothing wakes up: a wedged hub
 *   xrun    one -EPIPE; the file is removed
 *   dead    nothing but zeros is captured
 *   crash   the process is killed by SIGSEGV, once; the file is removed
 * With `loop`, the file is heard from its beginning, over and over.
 * With `least`, it can be opened with fewer channels than the `channels` of its file: the first ones.
 * When a stream starts, its CLOCK_MONOTONIC nanoseconds are written to `began`.
 */
#define _GNU_SOURCE
#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define AIR_HZ 16000
#define AIR_SAMPLES (1 << 16) /* 4 s of what sounds in the room, by absolute time */

typedef struct {
    snd_pcm_ioplug_t io;
    int timer, data;
    char *ctl, *began;
    long long began_ns;
    snd_pcm_uframes_t avail_min, frozen;
    int running, unplugged, stalled, silent;
    long echo, echo_ms, noise, loop, wide; /* channels of the file */
} card_t;

static short air[AIR_SAMPLES];
static long long air_at[AIR_SAMPLES]; /* which sample is there: old ones are silence */

static long long now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void word_of(const char *ctl, char *word, int size) {
    word[0] = 0;
    int fd = ctl ? open(ctl, O_RDONLY) : -1;
    if (fd < 0) return;
    int got = read(fd, word, size - 1);
    close(fd);
    word[got < 0 ? 0 : got] = 0;
}

static void obey(card_t *card) {
    char word[32];
    word_of(card->ctl, word, sizeof word);
    if (!strncmp(word, "unplug", 6)) {
        card->unplugged = 1;
        snd_pcm_ioplug_set_state(&card->io, SND_PCM_STATE_DISCONNECTED);
    }
    if (!strncmp(word, "crash", 5)) {
        unlink(card->ctl);
        raise(SIGSEGV);
    }
    card->stalled = !strncmp(word, "stall", 5);
    card->silent = !strncmp(word, "dead", 4);
}

static void arm(card_t *card) {
    struct itimerspec every = {0};
    long long period = 1000000000LL * card->io.period_size / card->io.rate / 2;
    if (period < 1000000) period = 1000000;
    every.it_interval.tv_sec = period / 1000000000;
    every.it_interval.tv_nsec = period % 1000000000;
    every.it_value.tv_nsec = 1000;
    timerfd_settime(card->timer, 0, &every, 0);
}

static snd_pcm_uframes_t position(card_t *card) {
    if (!card->running) return 0;
    if (!card->stalled) card->frozen = (double)(now_ns() - card->began_ns) * card->io.rate / 1e9;
    return card->frozen;
}

static int card_start(snd_pcm_ioplug_t *io) {
    card_t *card = io->private_data;
    card->began_ns = now_ns();
    card->running = 1;
    FILE *began = card->began ? fopen(card->began, "w") : 0;
    if (began) {
        fprintf(began, "%lld\n", card->began_ns);
        fclose(began);
    }
    return 0;
}

static int card_stop(snd_pcm_ioplug_t *io) {
    ((card_t *)io->private_data)->running = 0;
    return 0;
}

static snd_pcm_sframes_t card_pointer(snd_pcm_ioplug_t *io) {
    card_t *card = io->private_data;
    char word[32];
    obey(card);
    if (card->unplugged) return io->hw_ptr % io->buffer_size;
    word_of(card->ctl, word, sizeof word);
    if (!strncmp(word, "xrun", 4)) {
        unlink(card->ctl);
        return -EPIPE;
    }
    snd_pcm_uframes_t at = position(card);
    snd_pcm_sframes_t ahead = at - io->appl_ptr;
    if (card->running && ahead > (io->stream == SND_PCM_STREAM_CAPTURE ? (snd_pcm_sframes_t)io->buffer_size : 0))
        return -EPIPE;
    return at % io->buffer_size;
}

static long long air_time(card_t *card, snd_pcm_uframes_t frame) {
    long long began = card->running ? card->began_ns : now_ns();
    return (began / 1000 + (long long)frame * 1000000 / card->io.rate) * AIR_HZ / 1000000;
}

static long heard(long long at, long echo) {
    return at >= 0 && air_at[at % AIR_SAMPLES] == at ? air[at % AIR_SAMPLES] * echo / 1000 : 0;
}

static void capture(card_t *card, short *pcm, snd_pcm_uframes_t frames) {
    unsigned channels = card->io.channels, wide = card->wide ? card->wide : channels;
    short *file = calloc(frames * wide, 2);
    ssize_t size = frames * wide * 2, got = card->data >= 0 ? read(card->data, file, size) : size;
    if (card->loop && got >= 0 && got < size && lseek(card->data, 0, SEEK_SET) == 0)
        got += read(card->data, (char *)file + got, size - got);
    for (snd_pcm_uframes_t i = 0; i < frames; i++)
        memcpy(pcm + i * channels, file + i * wide, channels * 2);
    free(file);
    if (card->silent) memset(pcm, 0, frames * channels * 2);
    for (snd_pcm_uframes_t i = 0; i < frames && !card->silent; i++) {
        long long at = air_time(card, card->io.appl_ptr + i) - card->echo_ms * AIR_HZ / 1000;
        long more = heard(at, card->echo) + heard(at - 112, card->echo / 2) + heard(at - 304, card->echo / 4);
        more += card->noise ? random() % (2 * card->noise + 1) - card->noise : 0;
        for (unsigned c = 0; c < channels; c++) {
            long sum = pcm[i * channels + c] + more;
            pcm[i * channels + c] = sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum;
        }
    }
}

static void play(card_t *card, const short *pcm, snd_pcm_uframes_t frames) {
    unsigned channels = card->io.channels;
    if (card->data >= 0 && write(card->data, pcm, frames * channels * 2) < 0) return;
    for (snd_pcm_uframes_t i = 0; i < frames; i++) {
        long long at = air_time(card, card->io.appl_ptr + i);
        air[at % AIR_SAMPLES] = pcm[i * channels];
        air_at[at % AIR_SAMPLES] = at;
    }
}

static snd_pcm_sframes_t card_transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *area,
                                       snd_pcm_uframes_t offset, snd_pcm_uframes_t frames) {
    card_t *card = io->private_data;
    obey(card);
    if (card->unplugged) return -ENODEV;
    short *pcm = (short *)((char *)area->addr + (area->first + area->step * offset) / 8);
    if (io->stream == SND_PCM_STREAM_CAPTURE)
        capture(card, pcm, frames);
    else
        play(card, pcm, frames);
    return frames;
}

static int card_prepare(snd_pcm_ioplug_t *io) {
    card_t *card = io->private_data;
    obey(card);
    if (card->unplugged) return -ENODEV;
    card->running = 0;
    arm(card);
    return 0;
}

static int card_hw_params(snd_pcm_ioplug_t *io, snd_pcm_hw_params_t *params) {
    (void)params;
    ((card_t *)io->private_data)->avail_min = io->period_size;
    return 0;
}

static int card_sw_params(snd_pcm_ioplug_t *io, snd_pcm_sw_params_t *params) {
    return snd_pcm_sw_params_get_avail_min(params, &((card_t *)io->private_data)->avail_min);
}

static void release(card_t *card) {
    if (card->timer >= 0) close(card->timer);
    if (card->data >= 0) close(card->data);
    free(card->ctl);
    free(card->began);
    free(card);
}

static int card_close(snd_pcm_ioplug_t *io) {
    release(io->private_data);
    return 0;
}

static int card_poll_count(snd_pcm_ioplug_t *io) {
    (void)io;
    return 1;
}

static int card_poll(snd_pcm_ioplug_t *io, struct pollfd *fds, unsigned space) {
    (void)space;
    fds->fd = ((card_t *)io->private_data)->timer;
    fds->events = POLLIN | POLLERR | POLLNVAL;
    return 1;
}

static int card_revents(snd_pcm_ioplug_t *io, struct pollfd *fds, unsigned count, unsigned short *revents) {
    (void)fds, (void)count;
    card_t *card = io->private_data;
    unsigned short ready = io->stream == SND_PCM_STREAM_CAPTURE ? POLLIN : POLLOUT;
    uint64_t ticks;
    *revents = 0;
    obey(card);
    if (card->unplugged) {
        *revents = POLLERR | POLLNVAL;
        return 0;
    }
    snd_pcm_sframes_t avail = card->stalled ? 0 : snd_pcm_avail_update(io->pcm);
    if (avail < 0)
        *revents = POLLERR | ready;
    else if (!card->stalled && (snd_pcm_uframes_t)avail >= card->avail_min)
        *revents = ready;
    else if (read(card->timer, &ticks, sizeof ticks) < 0)
        return 0;
    return 0;
}

static int card_delay(snd_pcm_ioplug_t *io, snd_pcm_sframes_t *delay) {
    card_t *card = io->private_data;
    obey(card);
    if (card->unplugged) return -ENODEV;
    snd_pcm_sframes_t ahead = position(card) - io->appl_ptr;
    *delay = io->stream == SND_PCM_STREAM_CAPTURE ? ahead : -ahead;
    return 0;
}

static const snd_pcm_ioplug_callback_t callbacks = {
    .start = card_start,
    .stop = card_stop,
    .pointer = card_pointer,
    .transfer = card_transfer,
    .close = card_close,
    .hw_params = card_hw_params,
    .sw_params = card_sw_params,
    .prepare = card_prepare,
    .poll_descriptors_count = card_poll_count,
    .poll_descriptors = card_poll,
    .poll_revents = card_revents,
    .delay = card_delay,
};

static int offer(card_t *card, long rate, long least, long channels) {
    static const unsigned access[] = {SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_ACCESS_MMAP_INTERLEAVED};
    static const unsigned format[] = {SND_PCM_FORMAT_S16_LE};
    snd_pcm_ioplug_t *io = &card->io;
    snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, 2, access);
    snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT, 1, format);
    snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_CHANNELS, least ? least : channels ? channels : 1,
                                    channels ? channels : 2);
    snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_RATE, rate ? rate : 8000, rate ? rate : 48000);
    snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, 64, 65536);
    snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIODS, 2, 64);
    return snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_BUFFER_BYTES, 256, 1 << 20);
}

SND_PCM_PLUGIN_DEFINE_FUNC(vcard) {
    (void)root;
    snd_config_iterator_t i, next;
    const char *infile = 0, *outfile = 0, *ctl = 0, *began = 0;
    long rate = 0, channels = 0, least = 0, loop = 0, echo = 0, echo_ms = 0, noise = 0;
    struct { const char *name; long *value; } numbers[] = {{"rate", &rate}, {"channels", &channels},
        {"least", &least}, {"loop", &loop},
        {"echo", &echo}, {"echo_ms", &echo_ms}, {"noise", &noise}};
    snd_config_for_each(i, next, conf) {
        snd_config_t *entry = snd_config_iterator_entry(i);
        const char *id;
        if (snd_config_get_id(entry, &id) < 0) continue;
        if (!strcmp(id, "infile")) snd_config_get_string(entry, &infile);
        if (!strcmp(id, "outfile")) snd_config_get_string(entry, &outfile);
        if (!strcmp(id, "ctl")) snd_config_get_string(entry, &ctl);
        if (!strcmp(id, "began")) snd_config_get_string(entry, &began);
        for (unsigned n = 0; n < sizeof numbers / sizeof *numbers; n++)
            if (!strcmp(id, numbers[n].name)) snd_config_get_integer(entry, numbers[n].value);
    }
    char word[32];
    word_of(ctl, word, sizeof word);
    if (!strncmp(word, "unplug", 6)) return -ENODEV;
    int capturing = stream == SND_PCM_STREAM_CAPTURE;
    const char *file = capturing ? infile : outfile;
    if (!file) return -ENOENT;
    card_t *card = calloc(1, sizeof *card);
    card->ctl = ctl ? strdup(ctl) : 0;
    card->began = began ? strdup(began) : 0;
    card->echo = echo, card->echo_ms = echo_ms, card->noise = noise;
    card->loop = loop, card->wide = least ? channels : 0;
    card->data = capturing ? open(file, O_RDONLY | O_CLOEXEC)
                           : open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (capturing && !loop && card->data >= 0) lseek(card->data, 0, SEEK_END); /* hear what is said from now on */
    card->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    card->io.version = SND_PCM_IOPLUG_VERSION;
    card->io.name = "virtual card";
    card->io.callback = &callbacks;
    card->io.private_data = card;
    card->io.poll_fd = card->timer;
    card->io.poll_events = POLLIN;
    card->io.flags = SND_PCM_IOPLUG_FLAG_MONOTONIC;
    int error = snd_pcm_ioplug_create(&card->io, name, stream, mode);
    if (error < 0) {
        release(card);
        return error;
    }
    error = offer(card, rate, least, channels);
    if (error < 0) return error;
    *pcmp = card->io.pcm;
    return 0;
}
SND_PCM_PLUGIN_SYMBOL(vcard);
