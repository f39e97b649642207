/* Lets tests use spandsp: spandsp WHAT [ARGUMENTS] reads raw samples (16 bits, as the
   machine has them) or codes from the standard input and writes raw ones to the
   standard output. It is compiled by the test. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <spandsp.h>

enum { block = 102, frame = 160 };

static uint8_t *input;
static size_t size;

static void fail(const char *what) {
    fprintf(stderr, "spandsp: %s\n", what);
    exit(1);
}

static void *reserve(size_t n) {
    void *p = calloc(n + 1, 1);
    if (p == NULL)
        fail("no memory");
    return p;
}

static void read_all(void) {
    size_t room = 0, n;
    do {
        if (size == room) {
            room = 2 * room + 65536;
            if ((input = realloc(input, room)) == NULL)
                fail("no memory");
        }
        n = fread(input + size, 1, room - size, stdin);
        size += n;
    } while (n > 0);
}

static void put(const void *p, size_t n) {
    if (fwrite(p, 1, n, stdout) != n)
        fail("cannot write");
}

static void g722_out(void) {
    g722_encode_state_t *s = g722_encode_init(NULL, 64000, 0);
    uint8_t *out = reserve(size);
    put(out, g722_encode(s, out, (int16_t *) input, size / 2));
}

static void g722_in(void) {
    g722_decode_state_t *s = g722_decode_init(NULL, 64000, 0);
    int16_t *out = reserve(4 * size);
    put(out, 2 * g722_decode(s, out, input, size));
}

/* g711 does one of the six things that can be done to a sample or a code. */
static void g711(const char *what) {
    const int16_t *pcm = (int16_t *) input;
    int to = strncmp(what, "to-", 3) == 0;
    for (size_t i = 0; i < (to ? size / 2 : size); i++) {
        int16_t sample;
        uint8_t code;
        if (strcmp(what, "from-ulaw") == 0 || strcmp(what, "from-alaw") == 0) {
            sample = what[5] == 'u' ? ulaw_to_linear(input[i]) : alaw_to_linear(input[i]);
            put(&sample, 2);
            continue;
        }
        if (to)
            code = what[3] == 'u' ? linear_to_ulaw(pcm[i]) : linear_to_alaw(pcm[i]);
        else
            code = what[0] == 'u' ? ulaw_to_alaw(input[i]) : alaw_to_ulaw(input[i]);
        put(&code, 1);
    }
}

static size_t at; /* samples that the receiver has had */

/* heard writes a line: the digit, or - for its end, its level in dBm0, and where. */
static void heard(void *user, int code, int level, int delay) {
    (void) user;
    (void) delay;
    printf("%c %d %zu\n", code == 0 ? '-' : code, level, at);
}

static void digits_in(void) {
    dtmf_rx_state_t *s = dtmf_rx_init(NULL, NULL, NULL);
    const int16_t *pcm = (int16_t *) input;
    dtmf_rx_set_realtime_callback(s, heard, NULL);
    while (at + block <= size / 2) {
        at += block;
        dtmf_rx(s, pcm + at - block, block);
    }
}

/* digits_out DIGITS LEVEL TWIST ON OFF NOISE: level of the low tone and of the noise
   in dBm0, times in ms; a noise of 0 is none. */
static void digits_out(char **arguments) {
    dtmf_tx_state_t *s = dtmf_tx_init(NULL);
    int level = atoi(arguments[1]), twist = atoi(arguments[2]);
    int on = atoi(arguments[3]), off = atoi(arguments[4]), noise = atoi(arguments[5]);
    size_t length = 8 * (strlen(arguments[0]) * (on + off) + 400), from = 8 * 200;
    int16_t *out = reserve(2 * length);
    dtmf_tx_set_level(s, level, twist);
    dtmf_tx_set_timing(s, on, off);
    dtmf_tx_put(s, arguments[0], -1);
    dtmf_tx(s, out + from, length - from);
    if (noise != 0) {
        awgn_state_t *w = awgn_init_dbm0(NULL, 1234567, noise);
        for (size_t i = 0; i < length; i++) {
            int v = out[i] + awgn(w);
            out[i] = v > 32767 ? 32767 : v < -32768 ? -32768 : v;
        }
    }
    put(out, 2 * length);
}

/* conceal EVERY: one frame of 20 ms in EVERY is lost. */
static void conceal(int every) {
    plc_state_t *s = plc_init(NULL);
    int16_t *pcm = (int16_t *) input;
    for (size_t i = 0; i < size / 2 / frame; i++) {
        if ((int) (i % every) == every - 1)
            plc_fillin(s, pcm + i * frame, frame);
        else
            plc_rx(s, pcm + i * frame, frame);
    }
    put(pcm, size / 2 / frame * frame * 2);
}

int main(int n, char **arguments) {
    if (n < 2)
        fail("what?");
    const char *what = arguments[1];
    if (strcmp(what, "digits-out") == 0 && n == 8) {
        digits_out(arguments + 2);
        return 0;
    }
    read_all();
    if (strcmp(what, "g722-out") == 0)
        g722_out();
    else if (strcmp(what, "g722-in") == 0)
        g722_in();
    else if (strcmp(what, "digits-in") == 0)
        digits_in();
    else if (strcmp(what, "conceal") == 0 && n == 3)
        conceal(atoi(arguments[2]));
    else if (strstr(what, "law") != NULL)
        g711(what);
    else
        fail("that cannot be done");
    return fflush(stdout) == 0 ? 0 : 1;
}
