/* The forward pass of a network with one bit per weight, in integers alone.
 *
 * What is computed is specified, to the last bit, by the module `integer` of Onebit's crate `runtime`. How:
 *
 * A convolution with weights of +1 and -1 needs 2P - T for each output, where T is the sum of all inputs that the
 * kernel covers and P that of the inputs whose weight is +1. Four inputs have 16 sums of subsets. They are computed
 * once, for two pixels at a time in the halves of a 32-bit word, and each output adds one of them, chosen by four of
 * its bits, in place of eight multiply-adds. Inputs are 0 to 255, so the halves stay apart for up to 257 of them.
 * Only when an output is finished are they taken apart.
 *
 * Maps lie as [row][channel][column]. A convolution reads its input from a ring of padded rows and gives two rows at a
 * time, so both convolutions of a block run side by side and their output replaces the block's input in place.
 *
 * Nothing here allocates, needs a library besides memcpy and memset, or knows floating point.
 */
#include "onebit.h"

#include <string.h>

/* Negative integers are divided by powers of two with shifts. C99 leaves open whether these are arithmetic; every compiler
 * for such devices makes them so. */
typedef char onebit_shifts_arithmetically[(-3 >> 1) == -2 ? 1 : -1];
/* Sums are as wide as `int`, so processors of 8 or 16 bits will not do. */
typedef char onebit_needs_an_int_of_32_bits[sizeof(int) >= 4 ? 1 : -1];

/* Inner loops are functions of their own, so that all registers are theirs, with constant strides inside of them. */
#if defined(__GNUC__)
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define OF_ITS_OWN static __attribute__((noinline))
#else
#define ALWAYS_INLINE static inline
#define OF_ITS_OWN static
#endif

#if defined(__GNUC__) && defined(__ARM_FEATURE_DSP) && !defined(ONEBIT_PORTABLE)
#define ONEBIT_DSP 1
#else
#define ONEBIT_DSP 0
#endif

/* Without <arm_acle.h>. Before GCC 10 header and compiler lack these instructions; other compilers find them by themselves. */
#if ONEBIT_DSP && __GNUC__ >= 10
#define even_bytes(x) ((uint32_t)__builtin_arm_uxtb16(x))
#define saturated_8(x) ((int32_t)__builtin_arm_usat((x), 8))
#else
#define even_bytes(x) ((x) & 0x00ff00ffu)
#define saturated_8(x) ((x) < 0 ? 0 : (x) > 255 ? 255 : (x))
#endif

#if ONEBIT_DSP
ALWAYS_INLINE uint32_t odd_bytes(uint32_t x)
{
    __asm__("uxtb16 %0, %1, ror #8" : "=r"(x) : "r"(x));
    return x;
}

ALWAYS_INLINE uint32_t lower_halves(uint32_t low, uint32_t high)
{
    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(low) : "r"(low), "r"(high));
    return low;
}

ALWAYS_INLINE uint32_t upper_halves(uint32_t low, uint32_t high)
{
    __asm__("pkhtb %0, %2, %1, asr #16" : "=r"(low) : "r"(low), "r"(high));
    return low;
}
#else
#define odd_bytes(x) ((x) >> 8 & 0x00ff00ffu)
#define lower_halves(low, high) (((low) & 0xffffu) | (high) << 16)
#define upper_halves(low, high) ((low) >> 16 | ((high) & 0xffff0000u))
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
    uint8_t zero, lowest;              /* the input that stands for 0, and the lowest one */
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
#ifndef ONEBIT_LOWEST /* inputs whose lowest is not 0 */
#define ONEBIT_LOWEST 0
#endif
#ifndef ONEBIT_NARROW /* lines that 32 bits are enough for, but those of the logits */
#define ONEBIT_NARROW 0
#endif
#ifndef ONEBIT_MAP_BITS
#define ONEBIT_MAP_BITS 16
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

/* What the skip connections add to, or without them the inputs. */
#if !ONEBIT_RESIDUAL
typedef uint8_t number;
#elif ONEBIT_MAP_BITS == 8
typedef int8_t number;
#else
typedef int16_t number;
#endif
#define LARGEST ((1 << (ONEBIT_MAP_BITS - 1)) - 1)

/* Rings are words, so that four channels can be read as one. */
#define FIRST_RING_WORDS ((ONEBIT_FIRST_RING + 3) / 4)
#define SECOND_RING_WORDS ((ONEBIT_SECOND_RING + 3) / 4)
#if ONEBIT_CALLER_MEMORY
struct memory {
    uint32_t tables[ONEBIT_TABLE_WORDS];
    int32_t parts[ONEBIT_PARTS];
    uint32_t first_ring[FIRST_RING_WORDS];
#if ONEBIT_RESIDUAL && ONEBIT_LAYERS > 2
    uint32_t second_ring[SECOND_RING_WORDS];
#endif
    number map[ONEBIT_MAP];
};
typedef char onebit_memory_is_as_large_as_told[sizeof(struct memory) <= 4 * ONEBIT_MEMORY_WORDS ? 1 : -1];
/* Where it lies, while an image is computed. */
static struct memory *given;
#define tables (given->tables)
#define parts (given->parts)
#define first_ring (given->first_ring)
#define second_ring (given->second_ring)
#define map (given->map)
#else
static uint32_t tables[ONEBIT_TABLE_WORDS];
static int32_t parts[ONEBIT_PARTS];
static uint32_t first_ring[FIRST_RING_WORDS];
#if ONEBIT_RESIDUAL && ONEBIT_LAYERS > 2
static uint32_t second_ring[SECOND_RING_WORDS];
#endif
static number map[ONEBIT_MAP];
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

#if ONEBIT_NARROW
struct line {
    uint32_t offset, multiplier;
    unsigned shift;
};

static struct line line_of(const struct lines *lines, unsigned channel)
{
    struct line line;
    const int32_t offset = lines->offsets != NULL ? lines->offsets[channel] : (int32_t)HALF;
    line.shift = lines->shifts[channel];
    line.multiplier = (uint32_t)lines->multipliers[channel];
    line.offset = (uint32_t)offset << (line.shift - 12);
    return line;
}

ALWAYS_INLINE int32_t at(struct line line, int32_t x, int high)
{
    (void)high;
    return (int32_t)(line.multiplier * (uint32_t)x + line.offset) >> line.shift;
}
#define IS_HIGH(line) 0
#else
struct line {
    int64_t offset;
    int32_t multiplier;
    unsigned shift;
};

static struct line line_of(const struct lines *lines, unsigned channel)
{
    struct line line;
    const int32_t offset = lines->offsets != NULL ? lines->offsets[channel] : (int32_t)HALF;
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
#define IS_HIGH(line) ((line).shift >= 32)
#endif

ALWAYS_INLINE uint8_t input_of(int32_t y, int32_t lowest)
{
#if ONEBIT_LOWEST
    y = y < lowest ? lowest : y;
#else
    (void)lowest;
#endif
    return (uint8_t)saturated_8(y);
}

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* ---- The ring of input rows ---- */

static void ring_start(struct ring *ring, uint32_t *memory, const struct layer *layer, unsigned slots)
{
    uint8_t *pixel = (uint8_t *)memory;
    unsigned n = (slots + 1) * layer->padded;
    ring->memory = (uint8_t *)memory;
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

/* Inputs of a channel, `step` bytes apart, from a row of numbers or bytes. */
ALWAYS_INLINE void inputs_of(struct line line, int32_t lowest, const number *numbers, const uint8_t *bytes, unsigned count,
                             uint8_t *to, size_t step, int high)
{
    for (; count > 0; count--, to += step) {
        *to = input_of(at(line, numbers != NULL ? *numbers++ : *bytes++, high), lowest);
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
            if (IS_HIGH(line)) {
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
            const number *from = map + (size_t)ring->loaded * ONEBIT_PITCH + (size_t)c * layer->width;
            if (IS_HIGH(line)) {
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

/* Processors whose instructions reach only a few words from an address are given another one. */
#if defined(__GNUC__) && defined(__thumb__) && !defined(__thumb2__)
#define FROM_HERE(table) __asm__("" : "+l"(table))
#else
#define FROM_HERE(table) ((void)0)
#endif

/* The sums of all subsets of four numbers, `step` words apart. */
ALWAYS_INLINE void subsets(uint32_t *table, size_t step, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    const uint32_t ab = a + b;
    table[0] = 0;
    table[step] = a;
    table[2 * step] = b;
    table[3 * step] = ab;
    table += 4 * step;
    FROM_HERE(table);
    table[0] = c;
    table[step] = c + a;
    table[2 * step] = c + b;
    table[3 * step] = c + ab;
    table += 4 * step;
    FROM_HERE(table);
    table[0] = d;
    table[step] = d + a;
    table[2 * step] = d + b;
    table[3 * step] = d + ab;
    table += 4 * step;
    FROM_HERE(table);
    c += d;
    table[0] = c;
    table[step] = c + a;
    table[2 * step] = c + b;
    table[3 * step] = c + ab;
}

/* Four channels of a pixel, the first one lowest. */
ALWAYS_INLINE uint32_t load(const uint32_t *channels)
{
    uint32_t word = *channels;
#if defined(__BYTE_ORDER__) && defined(__ORDER_BIG_ENDIAN__)
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = word >> 24 | (word >> 8 & 0xff00u) | (word << 8 & 0xff0000u) | word << 24;
#endif
#endif
    return word;
}

/* Tables of groups of four channels: for each group and row of the kernel, [entry][column]. With stride 2 columns 0, 2,
 * 4, ... come first, then 1, 3, ...: what a tap reads lies side by side. */
ALWAYS_INLINE void fill(const uint8_t *const *rows, size_t channels, size_t start, unsigned count, size_t stride)
{
    const size_t columns = (BLOCK - 1) * stride + 3, step = channels / 4 * stride;
    uint32_t *table = tables;
    for (; count > 0; count--, start += 4) {
        size_t k, odd;
        for (k = 0; k < 3; k++, table += (ENTRIES - 1) * columns) {
            for (odd = 0; odd < stride; odd++) {
                /* Whole words: so many channels has a pixel of such a layer. */
                const uint32_t *upper = (const uint32_t *)(const void *)(rows[k] + start + odd * channels);
                const uint32_t *lower = (const uint32_t *)(const void *)(rows[k + stride] + start + odd * channels);
                const uint32_t *end = table + (columns + stride - 1 - odd) / stride;
                for (; table != end; table++, upper += step, lower += step) {
                    const uint32_t u = load(upper), l = load(lower);
                    const uint32_t first = lower_halves(u, l), last = upper_halves(u, l);
                    subsets(table, columns, even_bytes(first), odd_bytes(first), even_bytes(last), odd_bytes(last));
                }
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

/* An output's bits choose entries, whose words are added up for eight columns: for each group and row of the kernel three
 * taps, two rows in three bytes. Tap 1 is `second` words behind tap 0, tap 2 `third` words. */
#if ONEBIT_DSP && defined(__thumb2__) && defined(__OPTIMIZE__)
/* On Cortex-M two words are loaded at once, and the sums stay in registers, which compilers do not manage by themselves.
 * From the number of an entry to its place: */
#define TIMES_8 "add %8, %12, %8, lsl #5\n\t"
#define TIMES_10 "add %8, %8, %8, lsl #2\n\tadd %8, %12, %8, lsl #3\n\t"
#define TIMES_17 "add %8, %8, %8, lsl #4\n\tadd %8, %12, %8, lsl #2\n\t"
#define LOW "and %8, %11, #15\n\t"
#define HIGH "lsr %8, %11, #4\n\t"
#define ADD(nibble, times, column_0, column_2, column_4, column_6)                           \
    __asm__(nibble times                                                                     \
            "ldrd %9, %10, [%8, #4*(" column_0 ")]\n\tadd %0, %9\n\tadd %1, %10\n\t"         \
            "ldrd %9, %10, [%8, #4*(" column_2 ")]\n\tadd %2, %9\n\tadd %3, %10\n\t"         \
            "ldrd %9, %10, [%8, #4*(" column_4 ")]\n\tadd %4, %9\n\tadd %5, %10\n\t"         \
            "ldrd %9, %10, [%8, #4*(" column_6 ")]\n\tadd %6, %9\n\tadd %7, %10"             \
            : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f), "+r"(g), "+r"(h),        \
              "=&r"(s_), "=&r"(t_), "=&r"(u_)                                                \
            : "r"(byte), "r"(table)                                                          \
            : "memory")
#define ADD_0(nibble, times) ADD(nibble, times, "0", "2", "4", "6")
#define ADD_1(nibble, times) ADD(nibble, times, "1", "3", "5", "7")
#define ADD_2(nibble, times) ADD(nibble, times, "2", "4", "6", "8")
#define ADD_9(nibble, times) ADD(nibble, times, "9", "11", "13", "15")
#define SUMS                                                        \
    uint32_t a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0; \
    uint32_t s_, t_, u_;                                             \
    const uint8_t *const end = bits + bytes;                         \
    uint32_t byte
#define STORE(words)  \
    do {              \
        words[0] = a; \
        words[1] = b; \
        words[2] = c; \
        words[3] = d; \
        words[4] = e; \
        words[5] = f; \
        words[6] = g; \
        words[7] = h; \
    } while (0)
#define CHOOSE(times, columns, TAP_1, TAP_2) \
    SUMS;                                    \
    do {                                     \
        byte = *bits++;                      \
        ADD_0(LOW, times);                   \
        TAP_1(HIGH, times);                  \
        byte = *bits++;                      \
        TAP_2(LOW, times);                   \
        table += ENTRIES * (columns);        \
        ADD_0(HIGH, times);                  \
        byte = *bits++;                      \
        TAP_1(LOW, times);                   \
        TAP_2(HIGH, times);                  \
        table += ENTRIES * (columns);        \
    } while (bits != end);                   \
    STORE(words)

OF_ITS_OWN void choose_channels_1(const uint8_t *bits, unsigned bytes, uint32_t *words, const uint32_t *table)
{
    CHOOSE(TIMES_10, 10, ADD_1, ADD_2);
}

OF_ITS_OWN void choose_channels_2(const uint8_t *bits, unsigned bytes, uint32_t *words, const uint32_t *table)
{
    CHOOSE(TIMES_17, 17, ADD_9, ADD_1);
}

/* The same with one tap for each group, two groups in a byte. */
OF_ITS_OWN void choose_taps(const uint8_t *bits, unsigned bytes, uint32_t *words, const uint32_t *table)
{
    SUMS;
    do {
        byte = *bits++;
        ADD_0(LOW, TIMES_8);
        table += ENTRIES * BLOCK;
        ADD_0(HIGH, TIMES_8);
        table += ENTRIES * BLOCK;
    } while (bits != end);
    STORE(words);
}
#elif defined(__GNUC__) && defined(__thumb__) && !defined(__thumb2__) && !defined(ONEBIT_PORTABLE)
/* Cortex-M0 loads several words at once into its eight lower registers, and adds them to the upper ones: six sums are in
 * r8 to r12 and r14, two in r6 and r7. r0 are the bits, r1 the table. */
#define LOW(byte) "ldrb r3, [r0, #" byte "]\n\tlsls r3, r3, #28\n\tlsrs r3, r3, #28\n\t"
#define HIGH(byte) "ldrb r3, [r0, #" byte "]\n\tlsrs r3, r3, #4\n\t"
#define ADD(nibble, entry, tap)                                                                    \
    nibble "movs r2, #" entry "\n\tmuls r2, r3, r2\n\tadds r2, r2, r1\n\t" tap                     \
           "ldmia r2!, {r3, r4, r5}\n\tadd r8, r8, r3\n\tadd r9, r9, r4\n\tadd r10, r10, r5\n\t"   \
           "ldmia r2!, {r3, r4, r5}\n\tadd r11, r11, r3\n\tadd r12, r12, r4\n\tadd r14, r14, r5\n\t" \
           "ldmia r2!, {r3, r4}\n\tadds r6, r6, r3\n\tadds r7, r7, r4\n\t"
#define BEHIND(bytes) "adds r2, #" bytes "\n\t"
#define SUMS                                                                                    \
    ".syntax unified\n\tpush {r4, r5, r6, r7, r14}\n\tmov r4, r8\n\tmov r5, r9\n\tmov r6, r10\n\t" \
    "mov r7, r11\n\tpush {r4, r5, r6, r7}\n\tadds r4, r0, r1\n\tpush {r2, r4}\n\tmov r1, r3\n\t"   \
    "movs r6, #0\n\tmovs r7, #0\n\tmov r8, r6\n\tmov r9, r6\n\tmov r10, r6\n\tmov r11, r6\n\t"     \
    "mov r12, r6\n\tmov r14, r6\n\t1:\n\t"
/* Groups' tables are done, and bytes of bits. */
#define NEXT(columns) "movs r2, #" columns "\n\tlsls r2, r2, #6\n\tadds r1, r1, r2\n\t"
#define STORE(bytes)                                                                               \
    "adds r0, #" bytes "\n\tldr r2, [sp, #4]\n\tcmp r0, r2\n\tbne 1b\n\tpop {r2, r3}\n\t"          \
    "mov r0, r8\n\tmov r1, r9\n\tmov r3, r10\n\tstmia r2!, {r0, r1, r3}\n\tmov r0, r11\n\t"        \
    "mov r1, r12\n\tmov r3, r14\n\tstmia r2!, {r0, r1, r3, r6, r7}\n\tpop {r4, r5, r6, r7}\n\t"    \
    "mov r8, r4\n\tmov r9, r5\n\tmov r10, r6\n\tmov r11, r7\n\tpop {r4, r5, r6, r7, pc}"
#define UNNAMED __attribute__((unused))
#define CHOICE(name)                                                                              \
    static __attribute__((naked, noinline)) void name(const uint8_t *bits UNNAMED, unsigned bytes UNNAMED, \
                                                      uint32_t *words UNNAMED, const uint32_t *table UNNAMED)

CHOICE(choose_channels_1)
{
    __asm__(SUMS ADD(LOW("0"), "40", "") ADD(HIGH("0"), "40", BEHIND("4")) ADD(LOW("1"), "40", BEHIND("8")) NEXT("10")
            ADD(HIGH("1"), "40", "") ADD(LOW("2"), "40", BEHIND("4")) ADD(HIGH("2"), "40", BEHIND("8")) NEXT("10")
            STORE("3"));
}

CHOICE(choose_channels_2)
{
    __asm__(SUMS ADD(LOW("0"), "68", "") ADD(HIGH("0"), "68", BEHIND("36")) ADD(LOW("1"), "68", BEHIND("4")) NEXT("17")
            ADD(HIGH("1"), "68", "") ADD(LOW("2"), "68", BEHIND("36")) ADD(HIGH("2"), "68", BEHIND("4")) NEXT("17")
            STORE("3"));
}

/* The same with one tap for each group, two groups in a byte. */
CHOICE(choose_taps)
{
    __asm__(SUMS ADD(LOW("0"), "32", "") NEXT("8") ADD(HIGH("0"), "32", "") NEXT("8") STORE("1"));
}
#else
/* What is behind it is not begun before it: compilers that load all words first have no registers left for them. */
#if defined(__GNUC__) && (defined(__riscv) || defined(__thumb2__)) && defined(__OPTIMIZE__)
#define IN_ORDER() \
    __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f), "+r"(g), "+r"(h) : : "memory")
#else
#define IN_ORDER() ((void)0)
#endif
#define ADD(entry)                    \
    do {                              \
        const uint32_t *e_ = (entry); \
        a += e_[0];                   \
        b += e_[1];                   \
        c += e_[2];                   \
        d += e_[3];                   \
        e += e_[4];                   \
        f += e_[5];                   \
        g += e_[6];                   \
        h += e_[7];                   \
        IN_ORDER();                   \
    } while (0)
#define SUMS                                                        \
    uint32_t a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0; \
    const uint8_t *const end = bits + bytes
#define STORE(words)  \
    do {              \
        words[0] = a; \
        words[1] = b; \
        words[2] = c; \
        words[3] = d; \
        words[4] = e; \
        words[5] = f; \
        words[6] = g; \
        words[7] = h; \
    } while (0)

ALWAYS_INLINE void choose(const uint8_t *bits, unsigned bytes, uint32_t *words, const uint32_t *table, size_t columns,
                          size_t second, size_t third)
{
    SUMS;
    do {
        ADD(table + (bits[0] & 15u) * columns);
        ADD(table + (bits[0] >> 4) * columns + second);
        ADD(table + (bits[1] & 15u) * columns + third);
        table += ENTRIES * columns;
        ADD(table + (bits[1] >> 4) * columns);
        ADD(table + (bits[2] & 15u) * columns + second);
        ADD(table + (bits[2] >> 4) * columns + third);
        table += ENTRIES * columns;
        bits += 3;
    } while (bits != end);
    STORE(words);
}

OF_ITS_OWN void choose_channels_1(const uint8_t *bits, unsigned bytes, uint32_t *words, const uint32_t *table)
{
    choose(bits, bytes, words, table, 10, 1, 2);
}

OF_ITS_OWN void choose_channels_2(const uint8_t *bits, unsigned bytes, uint32_t *words, const uint32_t *table)
{
    choose(bits, bytes, words, table, 17, 9, 1);
}

/* The same with one tap for each group, two groups in a byte. */
OF_ITS_OWN void choose_taps(const uint8_t *bits, unsigned bytes, uint32_t *words, const uint32_t *table)
{
    SUMS;
    do {
        ADD(table + (*bits & 15u) * BLOCK);
        table += ENTRIES * BLOCK;
        ADD(table + (*bits >> 4) * BLOCK);
        table += ENTRIES * BLOCK;
        bits++;
    } while (bits != end);
    STORE(words);
}
#endif

/* ---- A convolution ---- */

/* Two rows of sums, twice the words' halves and less `less`, as inputs of the next convolution, `step` bytes apart. */
ALWAYS_INLINE void sums_to_inputs(struct line line, int32_t lowest, const uint32_t *words, const int32_t *less,
                                  unsigned count, uint8_t *upper, uint8_t *lower, size_t step, int high)
{
    const uint32_t *const end = words + count;
    for (; words != end; words++, less++, upper += step, lower += step) {
        *lower = input_of(at(line, (int32_t)(*words >> 16) * 2 - less[BLOCK], high), lowest);
        *upper = input_of(at(line, (int32_t)(*words & 0xffffu) * 2 - less[0], high), lowest);
    }
}

#if ONEBIT_RESIDUAL
ALWAYS_INLINE number saturated(int32_t x)
{
#if ONEBIT_DSP && ONEBIT_MAP_BITS == 8
    __asm__("ssat %0, #8, %1" : "=r"(x) : "r"(x));
#elif ONEBIT_DSP
    __asm__("ssat %0, #16, %1" : "=r"(x) : "r"(x));
#else
    x = x < -LARGEST - 1 ? -LARGEST - 1 : x > LARGEST ? LARGEST : x;
#endif
    return (number)x;
}

/* The same, set as numbers of the map, or added to them. */
ALWAYS_INLINE void sums_to_map(struct line line, int add, const uint32_t *words, const int32_t *less, unsigned count,
                               number *upper, number *lower, int high)
{
    const uint32_t *const end = words + count;
    for (; words != end; words++, less++, upper++, lower++) {
        const int32_t y = at(line, (int32_t)(*words & 0xffffu) * 2 - less[0], high) + (add ? *upper : 0);
        const int32_t z = at(line, (int32_t)(*words >> 16) * 2 - less[BLOCK], high) + (add ? *lower : 0);
        *lower = saturated(z);
        *upper = saturated(y);
    }
}
#endif

/* What becomes of an output's sums in two rows of eight pixels, `row` and `column` being the first. Where there is no
 * second row it is written before the first, and in its place. */
OF_ITS_OWN void finish(const struct layer *layer, const struct sink *sink, unsigned output, unsigned row, unsigned column,
                       const uint32_t *words, const int32_t *less)
{
    struct line line = line_of(&layer->sums, output);
    const unsigned count = smaller(BLOCK, layer->columns - column), second = row + 1 < layer->rows;
    if (layer->biases != NULL) {
#if ONEBIT_NARROW
        line.offset += line.multiplier * (uint32_t)layer->biases[output];
#else
        line.offset += (int64_t)line.multiplier * layer->biases[output];
#endif
    }
#if ONEBIT_RESIDUAL
    if (sink->ring == NULL) {
        number *upper = map + (size_t)row * ONEBIT_PITCH + (size_t)output * layer->columns + column;
        number *lower = upper + (second ? ONEBIT_PITCH : 0);
        if (IS_HIGH(line)) {
            sums_to_map(line, sink->add, words, less, count, upper, lower, 1);
        } else {
            sums_to_map(line, sink->add, words, less, count, upper, lower, 0);
        }
        return;
    }
#endif
    {
#if ONEBIT_RESIDUAL
        const size_t step = sink->next->channels, place = (sink->next->left + column) * step + output;
        uint8_t *upper = ring_row(sink->ring, row) + place;
        uint8_t *lower = ring_row(sink->ring, row + second) + place;
#else
        const size_t step = 1;
        uint8_t *upper = map + (size_t)row * ONEBIT_PITCH + (size_t)output * layer->columns + column;
        uint8_t *lower = upper + (second ? ONEBIT_PITCH : 0);
#endif
        if (IS_HIGH(line)) {
            sums_to_inputs(line, sink->next->lowest, words, less, count, upper, lower, step, 1);
        } else {
            sums_to_inputs(line, sink->next->lowest, words, less, count, upper, lower, step, 0);
        }
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
    static const uint32_t nothing[BLOCK] = {0};
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

/* Adds both halves of words, the upper rows' and the lower rows', to what is there, or sets them. */
static void take_apart(const uint32_t *words, int32_t *sums, int add)
{
    unsigned i;
    for (i = 0; i < BLOCK; i++) {
        sums[i] = (int32_t)(words[i] & 0xffffu) + (add ? sums[i] : 0);
        sums[BLOCK + i] = (int32_t)(words[i] >> 16) + (add ? sums[BLOCK + i] : 0);
    }
}

/* Two rows of a convolution's output, from `row` on. */
static void convolve(const struct layer *layer, const struct ring *ring, unsigned row, const struct sink *sink)
{
    static const uint8_t ones[] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
                                   255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    /* By how groups are made, and the stride. */
    void (*const choose_words)(const uint8_t *, unsigned, uint32_t *, const uint32_t *) =
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
            unsigned bytes, output, last;
            uint32_t words[BLOCK];
            count = smaller(layer->chunk, layer->groups - group);
            last = group + count == layer->groups;
            bytes = count / 2 * (IS_WHOLE(layer) ? 9 : 1);
            if (!IS_WHOLE(layer)) {
                fill_taps(layer, rows, column, group, count);
            } else if (layer->stride == 1) {
                fill_channels_1(rows, layer->channels, start + 4u * group, count);
            } else {
                fill_channels_2(rows, layer->channels, start + 4u * group, count);
            }
            choose_words(ones, bytes, words, tables);
            take_apart(words, totals, group > 0);
            for (output = 0; output < layer->outputs; output++, bits += bytes) {
                int32_t own[2 * BLOCK];
                int32_t *const before = count == layer->groups ? own : parts + (size_t)output * 2 * BLOCK;
                const int32_t *less = totals;
                unsigned i;
                choose_words(bits, bytes, words, tables);
#if ONEBIT_TERNARY
                if ((layer->form & TERNARY) != 0) {
                    static const uint32_t nothing[BLOCK] = {0};
                    /* With P and Q of the two planes a sum is P + Q - T. */
                    take_apart(words, before, group > 0);
                    bits += bytes;
                    choose_words(bits, bytes, words, tables);
                    take_apart(words, before, 1);
                    if (last) {
                        for (i = 0; i < 2 * BLOCK; i++) {
                            own[i] = totals[i] - before[i];
                        }
                        finish(layer, sink, output, row, column, nothing, own);
                    }
                    continue;
                }
#endif
                if (!last) {
                    take_apart(words, before, group > 0);
                    continue;
                }
                if (group > 0) {
                    for (i = 0; i < 2 * BLOCK; i++) {
                        own[i] = totals[i] - 2 * before[i];
                    }
                    less = own;
                }
                finish(layer, sink, output, row, column, words, less);
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
        const number *from = map + (size_t)c * width;
        number *to = map + (size_t)row * ONEBIT_PITCH + (size_t)c * columns;
        for (column = 0; column < columns; column++) {
            const unsigned x0 = 2 * column < left ? 0 : 2 * column - left, x1 = smaller(2 * column + 3 - left, width);
            int32_t sum = 0, highest = -LARGEST - 1;
            unsigned x, y;
            for (y = y0; y < y1; y++) {
                const number *pixels = from + (size_t)y * ONEBIT_PITCH;
                for (x = x0; x < x1; x++) {
                    sum += pixels[x];
                    highest = pixels[x] > highest ? pixels[x] : highest;
                }
            }
            if (maximum) {
                to[column] = (number)highest;
            } else {
                /* Rounded down: division rounds towards 0, so of a number that is not negative. */
                const int32_t n = ONEBIT_POOL_BY_9 ? 9 : (int32_t)((y1 - y0) * (x1 - x0));
                to[column] = (number)((2 * sum + n + 2 * n * (LARGEST + 1)) / (2 * n) - (LARGEST + 1));
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
                number *added = map + (size_t)row * ONEBIT_PITCH + (size_t)first->inputs * second->columns;
                pool(first->inputs, first->height, first->width, row, 0);
                memset(added, 0, sizeof *added * (size_t)(second->outputs - first->inputs) * second->columns);
            }
        }
#endif
#if ONEBIT_GROWS
        if (first->stride == 1) {
            unsigned row;
            for (row = done; row < end; row++) {
                number *added = map + (size_t)row * ONEBIT_PITCH + (size_t)first->inputs * second->columns;
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
            const int32_t q = IS_HIGH(line) ? at(line, map[place], 1) : at(line, map[place], 0);
            total += input_of(q, layer->lowest) - layer->zero;
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
        const int32_t offset = layer->sums.offsets != NULL ? layer->sums.offsets[output] : (int32_t)HALF;
        const unsigned shift = layer->sums.shifts[output];
        const int64_t wide = (int64_t)layer->sums.multipliers[output] * logits[output];
        logits[output] = (int32_t)((wide + (int64_t)offset * ((int64_t)1 << (shift - 12))) >> shift) + logit_offsets[output];
    }
}

void onebit_logits(const uint8_t *image, int32_t *logits)
{
#if ONEBIT_CALLER_MEMORY
    given = (struct memory *)(void *)onebit_memory;
#if defined(__GNUC__)
    /* What another network left in it is of other types: nothing moves across here. */
    __asm__ volatile("" : : : "memory");
#endif
#endif
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
