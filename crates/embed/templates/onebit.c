/* The forward pass of a network with one bit per weight, in integers alone.
 *
 * What is computed is specified, to the last bit, by the module `integer` of Onebit's crate `runtime`. How:
 *
 * A convolution with weights of +1 and -1 needs 2P - T for each output, where T is the sum of all inputs that the
 * kernel covers and P that of the inputs whose weight is +1. Four inputs have 16 sums of subsets. They are computed
 * once, for two pixels at a time in the halves of a 32-bit word, and each output adds one of them, chosen by four of
 * its bits, in place of eight multiply-adds. Inputs are 0 to 255, so the halves stay apart for up to 257 of them.
 *
 * Maps lie as [row][channel][column]. A convolution reads its input from a ring of padded rows and gives two rows at a
 * time, so both convolutions of a block run side by side and their output replaces the block's input in place.
 *
 * Nothing here allocates, needs a library besides memcpy and memset, or knows floating point.
 */
#include "onebit.h"

#include <string.h>

/* The numbers of a negative integer's division by a power of two: every compiler that is used for such devices
 * shifts arithmetically, which C99 leaves open. */
typedef char onebit_shifts_arithmetically[(-3 >> 1) == -2 ? 1 : -1];

/* Inner loops are functions of their own, so that all registers are theirs, with constant strides inside of them. */
#if defined(__GNUC__)
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define OF_ITS_OWN static __attribute__((noinline))
#else
#define ALWAYS_INLINE static inline
#define OF_ITS_OWN static
#endif

#if defined(__ARM_FEATURE_DSP) && !defined(ONEBIT_PORTABLE)
#include <arm_acle.h>
#define EVEN_BYTES(x) ((uint32_t)__uxtb16(x))
#define SATURATED_8(x) ((int32_t)__usat((x), 8))
#define SATURATED_16(x) ((int32_t)__ssat((x), 16))
#else
#define EVEN_BYTES(x) ((x) & 0x00ff00ffu)
#define SATURATED_8(x) ((x) < 0 ? 0 : (x) > 255 ? 255 : (x))
#define SATURATED_16(x) ((x) < -32768 ? -32768 : (x) > 32767 ? 32767 : (x))
#endif

enum {
    BLOCK = 8,    /* columns that are computed together */
    ENTRIES = 16, /* sums of subsets of four inputs */
    MAX_KERNEL = 15,
    HALF = 2048 /* one half, where a line has no offsets of its own */
};

/* y = (m * x + o * 2^(s - 12)) / 2^s, rounded down: for each channel, m, o and s. */
struct lines {
    const int32_t *multipliers;
    const int32_t *offsets; /* none: a half each */
    const uint8_t *shifts;
};

/* A convolution. */
struct layer {
    uint16_t inputs, height, width;
    uint16_t outputs, rows, columns;
    uint8_t kernel, stride, top, left; /* padding before the image */
    uint8_t zero, lowest;               /* the input that stands for 0, and the lowest one */
    uint8_t form;                      /* WHOLE: groups are of four channels, each with nine taps; else of four taps */
    uint16_t groups, chunk;            /* groups of four inputs; how many of them at a time */
    uint16_t padded, channels;         /* columns, and channels, of a row in the ring */
    struct lines input;                /* from the image or the map; none where a convolution gives the input */
    struct lines sums;
    const int32_t *biases; /* added to each sum, where `zero` is not 0 */
    const uint8_t *bits;
};

#include "onebit_model.h"

/* What only some networks need. */
#ifndef ONEBIT_TERNARY
#define ONEBIT_TERNARY 0
#endif
#ifndef ONEBIT_INT8
#define ONEBIT_INT8 0
#endif
#ifndef ONEBIT_GROWS
#define ONEBIT_GROWS 0
#endif

/* The form of a layer's weights. */
enum {
    WHOLE = 1,
    TERNARY = 2, /* two planes of bits: of the weights from 0 on, and of those above */
    INTEGERS = 4 /* integers of 8 bits */
};
#if ONEBIT_TERNARY || ONEBIT_INT8
#define IS_WHOLE(layer) (((layer)->form & WHOLE) != 0)
#else
#define IS_WHOLE(layer) ((layer)->form)
#endif

static uint32_t tables[ONEBIT_TABLE_WORDS];
static int32_t parts[ONEBIT_PARTS];
static uint8_t first_ring[ONEBIT_FIRST_RING];
#if ONEBIT_RESIDUAL && ONEBIT_LAYERS > 2
static uint8_t second_ring[ONEBIT_SECOND_RING];
#endif
#if ONEBIT_RESIDUAL
static int16_t map[ONEBIT_MAP]; /* what the skip connections add to */
#else
static uint8_t map[ONEBIT_MAP];
#endif

/* Rows of a convolution's input in their padding, [column][channel]. Row 0 of the memory is padding only. */
struct ring {
    uint8_t *memory;
    size_t row;
    unsigned slots;
    unsigned loaded; /* rows of the image so far */
};

/* Where results go. */
struct sink {
    const struct ring *ring; /* the next convolution's; none: the map */
    const struct layer *next;
    int add;
};

struct line {
    int64_t offset;
    int32_t multiplier;
    unsigned shift;
};

static struct line line_of(const struct lines *lines, unsigned channel)
{
    struct line line;
    const int32_t offset = lines->offsets != NULL ? lines->offsets[channel] : HALF;
    line.shift = lines->shifts[channel];
    line.multiplier = lines->multipliers[channel];
    line.offset = (int64_t)offset * ((int64_t)1 << (line.shift - 12));
    return line;
}

/* `high`, a constant: whether the shift is by 32 or more, which leaves one register of two. */
ALWAYS_INLINE int32_t at(struct line line, int32_t x, int high)
{
    const int64_t y = (int64_t)line.multiplier * x + line.offset;
    return high ? (int32_t)(y >> 32) >> (line.shift - 32) : (int32_t)(y >> line.shift);
}

static int32_t any_at(struct line line, int32_t x)
{
    return line.shift >= 32 ? at(line, x, 1) : at(line, x, 0);
}

ALWAYS_INLINE uint8_t input_of(int32_t y, int32_t lowest)
{
    return (uint8_t)SATURATED_8(y < lowest ? lowest : y);
}

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* ---- The ring of input rows ---- */

static void ring_start(struct ring *ring, uint8_t *memory, const struct layer *layer, unsigned slots)
{
    uint8_t *pixel = memory;
    unsigned n = (slots + 1) * layer->padded;
    ring->memory = memory;
    ring->row = (size_t)layer->padded * layer->channels;
    ring->slots = slots;
    ring->loaded = 0;
    for (; n > 0; n--) {
        memset(pixel, layer->zero, layer->inputs);
        /* Channels that fill up a group add nothing, not even padding. */
        memset(pixel + layer->inputs, 0, (size_t)(layer->channels - layer->inputs));
        pixel += layer->channels;
    }
}

static uint8_t *ring_row(const struct ring *ring, unsigned row)
{
    return ring->memory + (1 + row % ring->slots) * ring->row;
}

/* The rows of the input that two rows of the output read, from `row` on. */
static void ring_rows(const struct ring *ring, const struct layer *layer, unsigned row, const uint8_t **rows)
{
    const unsigned count = (unsigned)layer->kernel + layer->stride;
    unsigned k;
    for (k = 0; k < count; k++) {
        const unsigned below = row * layer->stride + k;
        const int inside = below >= layer->top && below - layer->top < layer->height;
        rows[k] = inside ? ring_row(ring, below - layer->top) : ring->memory;
    }
}

/* How many rows of the input the rows of the output before `end` need. */
static unsigned needed(const struct layer *layer, unsigned end)
{
    const unsigned last = (end - 1) * layer->stride + layer->kernel;
    return last <= layer->top ? 0 : smaller(last - layer->top, layer->height);
}

/* Inputs of a channel, `step` bytes apart, from 16-bit or 8-bit numbers. */
ALWAYS_INLINE void inputs_of(struct line line, int32_t lowest, const int16_t *numbers, const uint8_t *bytes, unsigned count,
                             uint8_t *to, size_t step, int high)
{
    unsigned x;
    for (x = 0; x < count; x++, to += step) {
        *to = input_of(at(line, numbers != NULL ? numbers[x] : bytes[x], high), lowest);
    }
}

static void load_image(struct ring *ring, const struct layer *layer, const uint8_t *image, unsigned end)
{
    for (; ring->loaded < end; ring->loaded++) {
        uint8_t *row = ring_row(ring, ring->loaded) + (size_t)layer->left * layer->channels;
        unsigned c;
        for (c = 0; c < layer->inputs; c++) {
            const struct line line = line_of(&layer->input, c);
            const uint8_t *from = image + ((size_t)c * layer->height + ring->loaded) * layer->width;
            if (line.shift >= 32) {
                inputs_of(line, layer->lowest, NULL, from, layer->width, row + c, layer->channels, 1);
            } else {
                inputs_of(line, layer->lowest, NULL, from, layer->width, row + c, layer->channels, 0);
            }
        }
    }
}

#if ONEBIT_LAYERS > 2
static void load_map(struct ring *ring, const struct layer *layer, unsigned end)
{
    for (; ring->loaded < end; ring->loaded++) {
        uint8_t *row = ring_row(ring, ring->loaded) + (size_t)layer->left * layer->channels;
        unsigned c;
        for (c = 0; c < layer->inputs; c++) {
#if ONEBIT_RESIDUAL
            const struct line line = line_of(&layer->input, c);
            const int16_t *from = map + (size_t)ring->loaded * ONEBIT_PITCH + (size_t)c * layer->width;
            if (line.shift >= 32) {
                inputs_of(line, layer->lowest, from, NULL, layer->width, row + c, layer->channels, 1);
            } else {
                inputs_of(line, layer->lowest, from, NULL, layer->width, row + c, layer->channels, 0);
            }
#else
            const uint8_t *from = map + (size_t)ring->loaded * ONEBIT_PITCH + (size_t)c * layer->width;
            uint8_t *to = row + c;
            unsigned x;
            for (x = 0; x < layer->width; x++, to += layer->channels) {
                *to = from[x];
            }
#endif
        }
    }
}
#endif

/* ---- Tables ---- */

/* The sums of all subsets of four numbers, `step` words apart. */
ALWAYS_INLINE void subsets(uint32_t *table, size_t step, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    const uint32_t ab = a + b, cd = c + d;
    table[0] = 0;
    table[step] = a;
    table[2 * step] = b;
    table[3 * step] = ab;
    table[4 * step] = c;
    table[5 * step] = c + a;
    table[6 * step] = c + b;
    table[7 * step] = c + ab;
    table[8 * step] = d;
    table[9 * step] = d + a;
    table[10 * step] = d + b;
    table[11 * step] = d + ab;
    table[12 * step] = cd;
    table[13 * step] = cd + a;
    table[14 * step] = cd + b;
    table[15 * step] = cd + ab;
}

ALWAYS_INLINE uint32_t load(const uint8_t *bytes)
{
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
#if defined(__BYTE_ORDER__) && defined(__ORDER_BIG_ENDIAN__)
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = word >> 24 | (word >> 8 & 0xff00u) | (word << 8 & 0xff0000u) | word << 24;
#endif
#endif
    return word;
}

/* Tables of groups of four channels: for each group and row of the kernel, [entry][column]. */
ALWAYS_INLINE void fill(const uint8_t *const *rows, size_t channels, size_t start, unsigned count, size_t stride)
{
    const size_t columns = (BLOCK - 1) * stride + 3;
    uint32_t *table = tables;
    for (; count > 0; count--, start += 4) {
        size_t k;
        for (k = 0; k < 3; k++, table += (ENTRIES - 1) * columns) {
            const uint8_t *upper = rows[k] + start, *lower = rows[k + stride] + start;
            const uint32_t *end = table + columns;
            for (; table != end; table++, upper += channels, lower += channels) {
                const uint32_t u = load(upper), l = load(lower);
                const uint32_t even = EVEN_BYTES(u), odd = EVEN_BYTES(u >> 8);
                const uint32_t below = EVEN_BYTES(l), odd_below = EVEN_BYTES(l >> 8);
                subsets(table, columns, (even & 0xffffu) | below << 16, (odd & 0xffffu) | odd_below << 16,
                        even >> 16 | (below & 0xffff0000u), odd >> 16 | (odd_below & 0xffff0000u));
            }
        }
    }
}

OF_ITS_OWN void fill_channels_1(const uint8_t *const *rows, size_t channels, size_t start, unsigned count)
{
    fill(rows, channels, start, count, 1);
}

OF_ITS_OWN void fill_channels_2(const uint8_t *const *rows, size_t channels, size_t start, unsigned count)
{
    fill(rows, channels, start, count, 2);
}

/* Tables of groups of four taps, of whatever channels: for each group, [entry][column]. */
OF_ITS_OWN void fill_taps(const struct layer *layer, const uint8_t *const *rows, unsigned column, unsigned group,
                      unsigned count)
{
    static const uint8_t nothing[1] = {0};
    const unsigned kernel = layer->kernel, area = kernel * kernel;
    const size_t pixel = (size_t)layer->channels * layer->stride;
    uint32_t *table = tables;
    for (; count > 0; count--, group++, table += ENTRIES * BLOCK) {
        const uint8_t *upper[4], *lower[4];
        size_t steps[4];
        unsigned i, x;
        for (i = 0; i < 4; i++) {
            const unsigned channel = (4 * group + i) / area, tap = (4 * group + i) % area;
            const unsigned k = tap / kernel;
            const size_t start = (size_t)column * pixel + (size_t)(tap % kernel) * layer->channels + channel;
            const int inside = channel < layer->inputs;
            upper[i] = inside ? rows[k] + start : nothing;
            lower[i] = inside ? rows[k + layer->stride] + start : nothing;
            steps[i] = inside ? pixel : 0;
        }
        for (x = 0; x < BLOCK; x++) {
            uint32_t words[4];
            for (i = 0; i < 4; i++) {
                words[i] = upper[i][x * steps[i]] | (uint32_t)lower[i][x * steps[i]] << 16;
            }
            subsets(table + x, BLOCK, words[0], words[1], words[2], words[3]);
        }
    }
}

/* Adds an entry's words, `step` (1 or 2) apart, to eight sums. On Cortex-M two words are loaded at once, and the sums
 * stay in registers, which compilers do not manage by themselves. */
#if defined(__GNUC__) && defined(__thumb2__) && defined(__ARM_FEATURE_DSP) && !defined(ONEBIT_PORTABLE)
#define ADD(entry, step)                                                                         \
    do {                                                                                         \
        const uint32_t *e_ = (entry);                                                            \
        uint32_t s_, t_;                                                                         \
        if ((step) == 1) {                                                                       \
            __asm__("ldrd %8, %9, [%10]\n\tadd %0, %8\n\tadd %1, %9\n\t"                         \
                    "ldrd %8, %9, [%10, #8]\n\tadd %2, %8\n\tadd %3, %9\n\t"                     \
                    "ldrd %8, %9, [%10, #16]\n\tadd %4, %8\n\tadd %5, %9\n\t"                    \
                    "ldrd %8, %9, [%10, #24]\n\tadd %6, %8\n\tadd %7, %9"                        \
                    : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f), "+r"(g), "+r"(h),    \
                      "=&r"(s_), "=&r"(t_)                                                       \
                    : "r"(e_)                                                                    \
                    : "memory");                                                                 \
        } else {                                                                                 \
            __asm__("ldr %8, [%10]\n\tldr %9, [%10, #8]\n\tadd %0, %8\n\tadd %1, %9\n\t"         \
                    "ldr %8, [%10, #16]\n\tldr %9, [%10, #24]\n\tadd %2, %8\n\tadd %3, %9\n\t"   \
                    "ldr %8, [%10, #32]\n\tldr %9, [%10, #40]\n\tadd %4, %8\n\tadd %5, %9\n\t"   \
                    "ldr %8, [%10, #48]\n\tldr %9, [%10, #56]\n\tadd %6, %8\n\tadd %7, %9"       \
                    : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f), "+r"(g), "+r"(h),    \
                      "=&r"(s_), "=&r"(t_)                                                       \
                    : "r"(e_)                                                                    \
                    : "memory");                                                                 \
        }                                                                                        \
    } while (0)
#else
#define ADD(entry, step)              \
    do {                              \
        const uint32_t *e_ = (entry); \
        a += e_[0];                   \
        b += e_[1 * (step)];          \
        c += e_[2 * (step)];          \
        d += e_[3 * (step)];          \
        e += e_[4 * (step)];          \
        f += e_[5 * (step)];          \
        g += e_[6 * (step)];          \
        h += e_[7 * (step)];          \
    } while (0)
#endif

/* Takes eight sums apart: the upper row's, then the lower row's; set, or added to what is there. */
#define TAKE_APART(sums, add)                            \
    do {                                                 \
        const uint32_t words_[BLOCK] = {a, b, c, d, e, f, g, h}; \
        int i_;                                          \
        if (add) {                                       \
            for (i_ = 0; i_ < BLOCK; i_++) {             \
                (sums)[i_] += (int32_t)(words_[i_] & 0xffffu);  \
                (sums)[BLOCK + i_] += (int32_t)(words_[i_] >> 16); \
            }                                            \
        } else {                                         \
            for (i_ = 0; i_ < BLOCK; i_++) {             \
                (sums)[i_] = (int32_t)(words_[i_] & 0xffffu);   \
                (sums)[BLOCK + i_] = (int32_t)(words_[i_] >> 16);  \
            }                                            \
        }                                                \
    } while (0)

/* The sums that an output's bits choose: three taps for each row of the kernel, two rows in three bytes. */
ALWAYS_INLINE void choose(const uint8_t *bits, unsigned bytes, int32_t *sums, int add, size_t stride)
{
    const size_t columns = (BLOCK - 1) * stride + 3;
    const uint32_t *table = tables;
    const uint8_t *end = bits + bytes;
    uint32_t a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0;
    do {
        unsigned byte = bits[0];
        ADD(table + (byte & 15) * columns, stride);
        ADD(table + (byte >> 4) * columns + 1, stride);
        byte = bits[1];
        ADD(table + (byte & 15) * columns + 2, stride);
        table += ENTRIES * columns;
        ADD(table + (byte >> 4) * columns, stride);
        byte = bits[2];
        ADD(table + (byte & 15) * columns + 1, stride);
        ADD(table + (byte >> 4) * columns + 2, stride);
        table += ENTRIES * columns;
        bits += 3;
    } while (bits != end);
    TAKE_APART(sums, add);
}

OF_ITS_OWN void choose_channels_1(const uint8_t *bits, unsigned bytes, int32_t *sums, int add)
{
    choose(bits, bytes, sums, add, 1);
}

OF_ITS_OWN void choose_channels_2(const uint8_t *bits, unsigned bytes, int32_t *sums, int add)
{
    choose(bits, bytes, sums, add, 2);
}

/* The same with one tap for each group, two groups in a byte. */
OF_ITS_OWN void choose_taps(const uint8_t *bits, unsigned bytes, int32_t *sums, int add)
{
    const uint32_t *table = tables;
    const uint8_t *end = bits + bytes;
    uint32_t a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0;
    do {
        const unsigned byte = *bits++;
        ADD(table + (byte & 15) * BLOCK, 1);
        table += ENTRIES * BLOCK;
        ADD(table + (byte >> 4) * BLOCK, 1);
        table += ENTRIES * BLOCK;
    } while (bits != end);
    TAKE_APART(sums, add);
}

/* ---- A convolution ---- */

/* Eight sums, or fewer, as inputs of the next convolution, `step` bytes apart. */
ALWAYS_INLINE void sums_to_inputs(struct line line, int32_t lowest, const int32_t *chosen, const int32_t *totals,
                                  unsigned count, uint8_t *to, size_t step, int high)
{
    unsigned x;
    for (x = 0; x < count; x++, to += step) {
        *to = input_of(at(line, 2 * chosen[x] - totals[x], high), lowest);
    }
}

#if ONEBIT_RESIDUAL
/* The same, set as numbers of the map, or added to them. */
ALWAYS_INLINE void sums_to_map(struct line line, int add, const int32_t *chosen, const int32_t *totals, unsigned count,
                               int16_t *to, int high)
{
    unsigned x;
    for (x = 0; x < count; x++) {
        const int32_t y = at(line, 2 * chosen[x] - totals[x], high) + (add ? to[x] : 0);
        to[x] = (int16_t)SATURATED_16(y);
    }
}
#endif

/* What becomes of an output's chosen sums in two rows of eight pixels, `row` and `column` being the first. */
OF_ITS_OWN void finish(const struct layer *layer, const struct sink *sink, unsigned output, unsigned row, unsigned column,
                       const int32_t *chosen, const int32_t *totals)
{
    struct line line = line_of(&layer->sums, output);
    const unsigned count = smaller(BLOCK, layer->columns - column), rows = smaller(2, layer->rows - row);
    unsigned i;
    if (layer->biases != NULL) {
        line.offset += (int64_t)line.multiplier * layer->biases[output];
    }
    for (i = 0; i < rows; i++, chosen += BLOCK, totals += BLOCK) {
#if ONEBIT_RESIDUAL
        if (sink->ring != NULL) {
            const size_t step = sink->next->channels;
            uint8_t *to = ring_row(sink->ring, row + i) + (sink->next->left + column) * step + output;
#else
        {
            const size_t step = 1;
            uint8_t *to = map + (size_t)(row + i) * ONEBIT_PITCH + (size_t)output * layer->columns + column;
#endif
            if (line.shift >= 32) {
                sums_to_inputs(line, sink->next->lowest, chosen, totals, count, to, step, 1);
            } else {
                sums_to_inputs(line, sink->next->lowest, chosen, totals, count, to, step, 0);
            }
        }
#if ONEBIT_RESIDUAL
        else {
            int16_t *to = map + (size_t)(row + i) * ONEBIT_PITCH + (size_t)output * layer->columns + column;
            if (line.shift >= 32) {
                sums_to_map(line, sink->add, chosen, totals, count, to, 1);
            } else {
                sums_to_map(line, sink->add, chosen, totals, count, to, 0);
            }
        }
#endif
    }
}

#if ONEBIT_INT8
/* One output's sums in two rows of eight pixels, by multiplication, negated: four pixels for each weight that is loaded.
 * A row of the kernel is a run of weights, and of inputs. */
OF_ITS_OWN void multiply(const struct layer *layer, const int8_t *weights, const uint8_t *const *rows, size_t start,
                         int32_t *sums)
{
    const size_t run = (size_t)layer->kernel * layer->channels, pixel = (size_t)layer->stride * layer->channels;
    unsigned x;
    for (x = 0; x < BLOCK; x += 2, start += 2 * pixel) {
        const int8_t *weight = weights;
        int32_t a = 0, b = 0, c = 0, d = 0;
        unsigned k;
        for (k = 0; k < layer->kernel; k++) {
            const uint8_t *upper = rows[k] + start, *lower = rows[k + layer->stride] + start;
            const int8_t *end = weight + run;
            for (; weight != end; weight++, upper++, lower++) {
                const int32_t w = *weight;
                a -= w * upper[0];
                b -= w * upper[pixel];
                c -= w * lower[0];
                d -= w * lower[pixel];
            }
        }
        sums[x] = a;
        sums[x + 1] = b;
        sums[BLOCK + x] = c;
        sums[BLOCK + x + 1] = d;
    }
}

/* Two rows of the output of a convolution with integers, from `row` on. */
static void convolve_integers(const struct layer *layer, const uint8_t *const *rows, unsigned row,
                              const struct sink *sink)
{
    static const int32_t nothing[2 * BLOCK] = {0};
    const size_t length = (size_t)layer->kernel * layer->kernel * layer->channels;
    unsigned column, output;
    for (column = 0; column < layer->columns; column += BLOCK) {
        const size_t start = (size_t)column * layer->stride * layer->channels;
        const int8_t *weights = (const int8_t *)layer->bits;
        for (output = 0; output < layer->outputs; output++, weights += length) {
            int32_t sums[2 * BLOCK];
            multiply(layer, weights, rows, start, sums);
            /* Twice nothing less the negated sums. */
            finish(layer, sink, output, row, column, nothing, sums);
        }
    }
}
#endif

/* Two rows of a convolution's output, from `row` on. */
static void convolve(const struct layer *layer, const struct ring *ring, unsigned row, const struct sink *sink)
{
    static const uint8_t ones[] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
                                   255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    /* By how groups are made, and the stride. */
    void (*const choose_sums)(const uint8_t *, unsigned, int32_t *, int) =
        !IS_WHOLE(layer) ? choose_taps : layer->stride == 1 ? choose_channels_1 : choose_channels_2;
    const uint8_t *rows[MAX_KERNEL + 2];
    unsigned column;
    ring_rows(ring, layer, row, rows);
#if ONEBIT_INT8
    if (layer->form == INTEGERS) {
        convolve_integers(layer, rows, row, sink);
        return;
    }
#endif
    for (column = 0; column < layer->columns; column += BLOCK) {
        const size_t start = (size_t)column * layer->stride * layer->channels;
        const uint8_t *bits = layer->bits;
        int32_t totals[2 * BLOCK];
        unsigned group, count;
        for (group = 0; group < layer->groups; group += count) {
            unsigned bytes, output;
            count = smaller(layer->chunk, layer->groups - group);
            bytes = count / 2 * (IS_WHOLE(layer) ? 9 : 1);
            if (!IS_WHOLE(layer)) {
                fill_taps(layer, rows, column, group, count);
            } else if (layer->stride == 1) {
                fill_channels_1(rows, layer->channels, start + 4u * group, count);
            } else {
                fill_channels_2(rows, layer->channels, start + 4u * group, count);
            }
            choose_sums(ones, bytes, totals, group > 0);
            for (output = 0; output < layer->outputs; output++, bits += bytes) {
                int32_t own[2 * BLOCK];
                int32_t *chosen = count == layer->groups ? own : parts + (size_t)output * 2 * BLOCK;
                choose_sums(bits, bytes, chosen, group > 0);
#if ONEBIT_TERNARY
                if ((layer->form & TERNARY) != 0) {
                    /* With P and Q of the two planes a sum is P + Q - T: 2 (P + Q) less P + Q + T. */
                    bits += bytes;
                    choose_sums(bits, bytes, chosen, 1);
                    if (group + count == layer->groups) {
                        int32_t both[2 * BLOCK];
                        unsigned i;
                        for (i = 0; i < 2 * BLOCK; i++) {
                            both[i] = chosen[i] + totals[i];
                        }
                        finish(layer, sink, output, row, column, chosen, both);
                    }
                    continue;
                }
#endif
                if (group + count == layer->groups) {
                    finish(layer, sink, output, row, column, chosen, totals);
                }
            }
        }
    }
}

/* ---- The network ---- */

static void first_layer(const uint8_t *image)
{
    const struct layer *layer = &layers[0];
    struct sink sink = {NULL, &layers[1], 0};
    struct ring ring;
    unsigned row;
    ring_start(&ring, first_ring, layer, (unsigned)layer->kernel + layer->stride);
    for (row = 0; row < layer->rows; row += 2) {
        load_image(&ring, layer, image, needed(layer, smaller(row + 2, layer->rows)));
        convolve(layer, &ring, row, &sink);
    }
}

#if ONEBIT_RESIDUAL && (ONEBIT_HALVES || ONEBIT_MAX_POOL)
/* A row of the map pooled by 3x3 windows with stride 2, in place: it is written before it, or the row it stands in, is
 * read for the last time, but never before. */
static void pool(unsigned channels, unsigned height, unsigned width, unsigned row, int maximum)
{
    const unsigned columns = (width + 1) / 2;
    const unsigned top = ONEBIT_SYMMETRIC || height % 2 != 0, left = ONEBIT_SYMMETRIC || width % 2 != 0;
    const unsigned y0 = 2 * row < top ? 0 : 2 * row - top, y1 = smaller(2 * row + 3 - top, height);
    unsigned c, column;
    for (c = 0; c < channels; c++) {
        const int16_t *from = map + (size_t)c * width;
        int16_t *to = map + (size_t)row * ONEBIT_PITCH + (size_t)c * columns;
        for (column = 0; column < columns; column++) {
            const unsigned x0 = 2 * column < left ? 0 : 2 * column - left, x1 = smaller(2 * column + 3 - left, width);
            int32_t sum = 0, highest = -32768;
            unsigned x, y;
            for (y = y0; y < y1; y++) {
                const int16_t *pixels = from + (size_t)y * ONEBIT_PITCH;
                for (x = x0; x < x1; x++) {
                    sum += pixels[x];
                    highest = pixels[x] > highest ? pixels[x] : highest;
                }
            }
            if (maximum) {
                to[column] = (int16_t)highest;
            } else {
                /* Rounded down: division rounds towards 0, so of a number that is not negative. */
                const int32_t n = ONEBIT_POOL_BY_9 ? 9 : (int32_t)((y1 - y0) * (x1 - x0));
                to[column] = (int16_t)((2 * sum + n + 65536 * n) / (2 * n) - 32768);
            }
        }
    }
}
#endif

#if ONEBIT_RESIDUAL && ONEBIT_LAYERS > 2
/* Two convolutions and the skip connection around them. */
static void block(const struct layer *first, const struct layer *second)
{
    struct ring input, between;
    struct sink to_ring, to_map = {NULL, NULL, 1};
    unsigned made = 0, done;
    to_ring.ring = &between;
    to_ring.next = second;
    to_ring.add = 0;
    ring_start(&input, first_ring, first, (unsigned)first->kernel + first->stride);
    ring_start(&between, second_ring, second, second->kernel + 2u);
    for (done = 0; done < second->rows; done += 2) {
        const unsigned end = smaller(done + 2, second->rows);
        for (; made < needed(second, end); made += 2) {
            load_map(&input, first, needed(first, smaller(made + 2, first->rows)));
            convolve(first, &input, made, &to_ring);
        }
#if ONEBIT_HALVES
        if (first->stride == 2) {
            unsigned row;
            for (row = done; row < end; row++) {
                int16_t *added = map + (size_t)row * ONEBIT_PITCH + (size_t)first->inputs * second->columns;
                pool(first->inputs, first->height, first->width, row, 0);
                memset(added, 0, sizeof *added * (size_t)(second->outputs - first->inputs) * second->columns);
            }
        }
#endif
#if ONEBIT_GROWS
        if (first->stride == 1) {
            unsigned row;
            for (row = done; row < end; row++) {
                int16_t *added = map + (size_t)row * ONEBIT_PITCH + (size_t)first->inputs * second->columns;
                memset(added, 0, sizeof *added * (size_t)(second->outputs - first->inputs) * second->columns);
            }
        }
#endif
        convolve(second, &between, done, &to_map);
    }
}
#endif

#if !ONEBIT_RESIDUAL && ONEBIT_LAYERS > 2
/* A convolution without a skip connection: its output replaces its input. */
static void chain(const struct layer *layer)
{
    struct sink sink = {NULL, layer + 1, 0};
    struct ring ring;
    unsigned row;
    ring_start(&ring, first_ring, layer, (unsigned)layer->kernel + layer->stride);
    for (row = 0; row < layer->rows; row += 2) {
        load_map(&ring, layer, needed(layer, smaller(row + 2, layer->rows)));
        convolve(layer, &ring, row, &sink);
    }
}
#endif

/* The end of what a tap sees of so many rows or columns. */
static unsigned tap_end(unsigned size, unsigned tap, unsigned before)
{
    return size + tap < before ? 0 : smaller(size, size + tap - before);
}

/* The sum over all pixels of what one tap of the last convolution reads of a channel. */
static int32_t tap_total(const struct layer *layer, unsigned channel, unsigned ky, unsigned kx)
{
    /* With stride 1 the tap sees the image moved; what it sees besides is padding. */
    const unsigned y0 = ky < layer->top ? 0 : ky - layer->top, x0 = kx < layer->left ? 0 : kx - layer->left;
    const unsigned y1 = tap_end(layer->height, ky, layer->top), x1 = tap_end(layer->width, kx, layer->left);
    int32_t total = 0;
    unsigned y, x;
#if ONEBIT_RESIDUAL
    const struct line line = line_of(&layer->input, channel);
#endif
    for (y = y0; y < y1; y++) {
        for (x = x0; x < x1; x++) {
            const size_t place = (size_t)y * ONEBIT_PITCH + (size_t)channel * layer->width + x;
#if ONEBIT_RESIDUAL
            total += input_of(any_at(line, map[place]), layer->lowest) - layer->zero;
#else
            total += map[place] - layer->zero;
#endif
        }
    }
    return total;
}

/* The last convolution, and the mean over its pixels: its sums are needed only over all of them. */
static void last_layer(int32_t *logits)
{
    const struct layer *layer = &layers[ONEBIT_LAYERS - 1];
    const unsigned area = (unsigned)layer->kernel * layer->kernel, row_bytes = (layer->inputs * area + 7) / 8;
    unsigned index, output;
    for (output = 0; output < layer->outputs; output++) {
        logits[output] = 0;
    }
    for (index = 0; index < layer->inputs * area; index++) {
        const unsigned tap = index % area;
        const int32_t total = tap_total(layer, index / area, tap / layer->kernel, tap % layer->kernel);
        const uint8_t *byte = layer->bits + index / 8;
#if ONEBIT_INT8
        if (layer->form == INTEGERS) {
            const int8_t *weight = (const int8_t *)layer->bits + index;
            for (output = 0; output < layer->outputs; output++, weight += layer->inputs * area) {
                logits[output] += *weight * total;
            }
            continue;
        }
#endif
#if ONEBIT_TERNARY
        if ((layer->form & TERNARY) != 0) {
            const uint8_t *above = byte + (size_t)layer->outputs * row_bytes;
            for (output = 0; output < layer->outputs; output++, byte += row_bytes, above += row_bytes) {
                logits[output] += ((*byte >> index % 8 & 1) + (*above >> index % 8 & 1) - 1) * total;
            }
            continue;
        }
#endif
        for (output = 0; output < layer->outputs; output++, byte += row_bytes) {
            logits[output] += *byte >> index % 8 & 1 ? total : -total;
        }
    }
    for (output = 0; output < layer->outputs; output++) {
        logits[output] = any_at(line_of(&layer->sums, output), logits[output]) + logit_offsets[output];
    }
}

void onebit_logits(const uint8_t *image, int32_t *logits)
{
    first_layer(image);
#if ONEBIT_MAX_POOL
    {
        const struct layer *layer = &layers[0];
        unsigned row;
        for (row = 0; row < layers[1].height; row++) {
            pool(layer->outputs, layer->rows, layer->columns, row, 1);
        }
    }
#endif
#if ONEBIT_LAYERS > 2
    {
        unsigned i;
#if ONEBIT_RESIDUAL
        for (i = 1; i + 2 < ONEBIT_LAYERS; i += 2) {
            block(&layers[i], &layers[i + 1]);
        }
#else
        for (i = 1; i + 1 < ONEBIT_LAYERS; i++) {
            chain(&layers[i]);
        }
#endif
    }
#endif
    last_layer(logits);
}

int onebit_classify(const uint8_t *image, int32_t *logits)
{
    int best = 0, i;
    onebit_logits(image, logits);
    for (i = 1; i < ONEBIT_CLASSES; i++) {
        if (logits[i] > logits[best]) {
            best = i;
        }
    }
    return best;
}
