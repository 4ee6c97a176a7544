/* From a decoded picture of any size to the image that the network reads, in integers alone.
 *
 * What is computed is specified, to the last bit, by Onebit's crate `pixels`. A program that has images of the network's
 * size leaves this file out. No memory is taken but the stack's: less than 512 bytes, and 1 KB for the middle of
 * photographs, whose weights are numbers of 64 bits (IEEE 754) before they become integers.
 */
#include "onebit.h"

#if defined(__GNUC__)
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#else
#define ALWAYS_INLINE static inline
#endif

/* What wasm.c takes in place of nothing. */
#ifndef ONEBIT_FIT
#define ONEBIT_FIT ONEBIT_PREPROCESSING
#endif

/* How a pixel lies: in so many channels, a byte each. In onebit_camera.c, which sets ONEBIT_RGB565, in two bytes: 1 with the
 * upper one first, else 0. */
#ifdef ONEBIT_RGB565
#define BYTES_OF(form) 2u
#else
#define BYTES_OF(form) (form)
#endif

#if ONEBIT_CHANNELS == 1 || ONEBIT_CHANNELS == 3

/* A picture in memory. */
struct picture {
    const uint8_t *pixels;
    uint32_t width, form;
};

#ifdef ONEBIT_RGB565

/* What the network reads of a pixel. */
ALWAYS_INLINE void colours_of(const uint8_t *pixel, unsigned form, uint32_t *to)
{
    const uint32_t word = form != 0 ? (uint32_t)pixel[0] << 8 | pixel[1] : (uint32_t)pixel[1] << 8 | pixel[0];
    const uint32_t red = (word >> 8 & 0xf8u) | word >> 13;
    const uint32_t green = (word >> 3 & 0xfcu) | (word >> 9 & 3u);
    const uint32_t blue = (word << 3 & 0xf8u) | (word >> 2 & 7u);
#if ONEBIT_CHANNELS == 1
    to[0] = (299u * red + 587u * green + 114u * blue + 500u) / 1000u;
#else
    to[0] = red;
    to[1] = green;
    to[2] = blue;
#endif
}

#else

/* A colour over white. */
ALWAYS_INLINE uint32_t over_white(uint32_t colour, uint32_t alpha)
{
    return (colour * alpha + 255u * (255u - alpha) + 127u) / 255u;
}

/* What the network reads of a pixel of so many channels. */
ALWAYS_INLINE void colours_of(const uint8_t *pixel, unsigned channels, uint32_t *to)
{
    uint32_t red = pixel[0], green = red, blue = red;
    if (channels >= 3) {
        green = pixel[1];
        blue = pixel[2];
    }
    if (channels % 2 == 0) {
        const uint32_t alpha = pixel[channels - 1];
        red = over_white(red, alpha);
        green = channels == 4 ? over_white(green, alpha) : red;
        blue = channels == 4 ? over_white(blue, alpha) : red;
    }
#if ONEBIT_CHANNELS == 1
    to[0] = channels >= 3 ? (299u * red + 587u * green + 114u * blue + 500u) / 1000u : red;
#else
    to[0] = red;
    to[1] = green;
    to[2] = blue;
#endif
}

#endif

static const uint8_t *pixel_at(const struct picture *picture, uint32_t x, uint32_t y)
{
    return picture->pixels + ((size_t)y * picture->width + x) * BYTES_OF(picture->form);
}

#if ONEBIT_FIT != ONEBIT_CENTRE_CROP

/* From how many pixels to how many, along one axis. An output's weights are a triangle around `centre`. */
struct axis {
    uint32_t source, target, reach;
};

/* The source pixels of an output, and the sum of their weights. */
struct window {
    uint32_t start, end, centre;
    uint64_t total;
};

static struct axis axis_of(uint32_t source, uint32_t target)
{
    struct axis axis;
    axis.source = source;
    axis.target = target;
    axis.reach = 2u * (source > target ? source : target);
    return axis;
}

/* The weight of a pixel of the window. */
ALWAYS_INLINE uint32_t weight_of(const struct axis *axis, uint32_t centre, uint32_t place)
{
    return axis->reach - (place > centre ? place - centre : centre - place);
}

static struct window window_of(const struct axis *axis, uint32_t index)
{
    const uint32_t step = 2u * axis->target;
    struct window window;
    uint32_t j;
    window.centre = (2u * index + 1u) * axis->source;
    window.start = window.centre < axis->reach + axis->target
                       ? 0u
                       : (window.centre - axis->reach - axis->target) / step + 1u;
    window.end = (window.centre + axis->reach - axis->target + step - 1u) / step;
    if (window.end > axis->source) {
        window.end = axis->source;
    }
    window.total = 0;
    for (j = window.start; j < window.end; j++) {
        window.total += weight_of(axis, window.centre, (2u * j + 1u) * axis->target);
    }
    return window;
}

/* The sums of a window's pixels in a row, whose first is `pixel`. */
ALWAYS_INLINE void row_sums(const struct axis *axis, const struct window *window, const uint8_t *pixel, unsigned form,
                            uint64_t *sums)
{
    uint32_t place = (2u * window->start + 1u) * axis->target, j;
    uint64_t own[ONEBIT_CHANNELS];
    unsigned c;
    for (c = 0; c < ONEBIT_CHANNELS; c++) {
        own[c] = 0;
    }
    for (j = window->start; j < window->end; j++, place += 2u * axis->target, pixel += BYTES_OF(form)) {
        const uint32_t weight = weight_of(axis, window->centre, place);
        uint32_t colours[ONEBIT_CHANNELS];
        colours_of(pixel, form, colours);
        for (c = 0; c < ONEBIT_CHANNELS; c++) {
            own[c] += (uint64_t)weight * colours[c];
        }
    }
    for (c = 0; c < ONEBIT_CHANNELS; c++) {
        sums[c] = own[c];
    }
}

/* The largest size of another's aspect ratio within this one. */
static void inside(uint32_t *height, uint32_t *width, uint32_t h, uint32_t w)
{
    uint32_t *side = *width * h > *height * w ? width : height;
    const uint32_t over = side == width ? *height * w : *width * h, under = side == width ? h : w;
    *side = (2u * over + under) / (2u * under);
    if (*side == 0) {
        *side = 1;
    }
}

static void fit(const struct picture *picture, uint32_t height, uint8_t *image)
{
    uint32_t rows = height, columns = picture->width, to_rows = ONEBIT_HEIGHT, to_columns = ONEBIT_WIDTH;
    uint32_t top, left, to_top, to_left, x, y, j;
    struct axis down, across;
#if ONEBIT_FIT == ONEBIT_CROP
    inside(&rows, &columns, ONEBIT_HEIGHT, ONEBIT_WIDTH);
#elif ONEBIT_FIT == ONEBIT_PAD
    inside(&to_rows, &to_columns, height, picture->width);
    {
        size_t i;
        for (i = 0; i < ONEBIT_IMAGE_BYTES; i++) {
            image[i] = 0;
        }
    }
#else
    (void)inside;
#endif
    top = (height - rows) / 2u;
    left = (picture->width - columns) / 2u;
    to_top = (ONEBIT_HEIGHT - to_rows) / 2u;
    to_left = (ONEBIT_WIDTH - to_columns) / 2u;
    down = axis_of(rows, to_rows);
    across = axis_of(columns, to_columns);
    for (y = 0; y < to_rows; y++) {
        const struct window vertical = window_of(&down, y);
        for (x = 0; x < to_columns; x++) {
            const struct window horizontal = window_of(&across, x);
            const uint64_t total = vertical.total * horizontal.total;
            uint64_t sums[ONEBIT_CHANNELS];
            unsigned c;
            for (c = 0; c < ONEBIT_CHANNELS; c++) {
                sums[c] = total / 2u;
            }
            for (j = vertical.start; j < vertical.end; j++) {
                const uint32_t weight = weight_of(&down, vertical.centre, (2u * j + 1u) * down.target);
                const uint8_t *pixel = pixel_at(picture, left + horizontal.start, top + j);
                uint64_t row[ONEBIT_CHANNELS];
                /* Each with a constant, so that loops know how far pixels are apart. */
                switch (picture->form) {
#ifdef ONEBIT_RGB565
                case 0: row_sums(&across, &horizontal, pixel, 0, row); break;
                default: row_sums(&across, &horizontal, pixel, 1, row); break;
#else
                case 1: row_sums(&across, &horizontal, pixel, 1, row); break;
                case 2: row_sums(&across, &horizontal, pixel, 2, row); break;
                case 3: row_sums(&across, &horizontal, pixel, 3, row); break;
                default: row_sums(&across, &horizontal, pixel, 4, row); break;
#endif
                }
                for (c = 0; c < ONEBIT_CHANNELS; c++) {
                    sums[c] += weight * row[c];
                }
            }
            for (c = 0; c < ONEBIT_CHANNELS; c++) {
                image[((size_t)c * ONEBIT_HEIGHT + to_top + y) * ONEBIT_WIDTH + to_left + x] = (uint8_t)(sums[c] / total);
            }
        }
    }
}

#else

/* The middle of a photograph whose shorter side is scaled to 256: weights make 1, as integers with `precision` bits behind
 * the point; rows are added up and rounded, then columns. */
enum { SIDE = 224, SHORTER = 256, MAX_WINDOW = 2 * ONEBIT_MAX_SIDE / SHORTER + 3 };

struct axis {
    uint32_t length;
    double start, scale, radius;
    unsigned precision;
};

struct window {
    uint32_t start, count;
    int32_t weights[MAX_WINDOW];
};

/* Rounded by itself, whatever is made of it: never fused with a sum. */
static double product(double a, double b)
{
    const volatile double rounded = a * b;
    return rounded;
}

/* To the nearest, halves up. */
static int32_t nearest(double number)
{
    const int32_t whole = (int32_t)number;
    return whole + (number - whole >= 0.5 ? 1 : 0);
}

static double triangle(const struct axis *axis, double centre, uint32_t x)
{
    double distance = product(x - centre, 1.0 / axis->radius);
    distance = distance < 0.0 ? -distance : distance;
    return distance < 1.0 ? 1.0 - distance : 0.0;
}

/* An output's window, and its greatest weight before it becomes an integer. */
static double window_of(const struct axis *axis, uint32_t index, struct window *window)
{
    const double middle = axis->start + product(index + 0.5, axis->scale);
    const double first = middle - axis->radius, last = middle + axis->radius, centre = middle - 0.5;
    uint32_t end = (uint32_t)last, x;
    double sum = 0.0, greatest = 0.0;
    end += end < last ? 1u : 0u;
    end = end < axis->length ? end : axis->length;
    window->start = first > 0.0 ? (uint32_t)first : 0u;
    window->count = end - window->start;
    for (x = window->start; x < end; x++) {
        sum += triangle(axis, centre, x);
    }
    for (x = window->start; x < end; x++) {
        const double share = triangle(axis, centre, x) / sum;
        greatest = share > greatest ? share : greatest;
        window->weights[x - window->start] = nearest(product(share, (double)((int32_t)1 << axis->precision)));
    }
    return greatest;
}

static struct axis axis_of(uint32_t length, uint32_t shorter, struct window *window)
{
    const double per_pixel = (double)shorter / SHORTER;
    const double whole = product(SIDE, per_pixel), side = whole < shorter ? whole : shorter;
    const uint32_t scaled = (length * SHORTER + shorter / 2u) / shorter;
    const uint32_t corner = scaled > SIDE ? (scaled - SIDE) / 2u : 0u;
    double greatest = 0.0;
    struct axis axis;
    uint32_t i;
    axis.length = length;
    axis.start = product(corner, per_pixel);
    if (axis.start > length - side) {
        axis.start = length - side;
    }
    axis.scale = (axis.start + side - axis.start) / SIDE;
    axis.radius = axis.scale > 1.0 ? axis.scale : 1.0;
    axis.precision = 0;
    for (i = 0; i < SIDE; i++) {
        const double own = window_of(&axis, i, window);
        greatest = own > greatest ? own : greatest;
    }
    while (axis.precision < 21u && nearest(product(greatest, (double)((int32_t)2 << axis.precision))) < 1 << 15) {
        axis.precision++;
    }
    return axis;
}

static uint32_t rounded(const struct axis *axis, int32_t sum)
{
    sum = (int32_t)((uint32_t)sum >> axis->precision);
    return sum > 255 ? 255u : (uint32_t)sum;
}

static void fit(const struct picture *picture, uint32_t height, uint8_t *image)
{
    const uint32_t shorter = height < picture->width ? height : picture->width;
    struct window vertical, horizontal;
    const struct axis down = axis_of(height, shorter, &vertical), across = axis_of(picture->width, shorter, &horizontal);
    uint32_t x, y, i, j;
    for (y = 0; y < SIDE; y++) {
        window_of(&down, y, &vertical);
        for (x = 0; x < SIDE; x++) {
            int32_t sums[ONEBIT_CHANNELS];
            unsigned c;
            window_of(&across, x, &horizontal);
            for (c = 0; c < ONEBIT_CHANNELS; c++) {
                sums[c] = (int32_t)1 << (across.precision - 1u);
            }
            for (i = 0; i < horizontal.count; i++) {
                int32_t column[ONEBIT_CHANNELS];
                for (c = 0; c < ONEBIT_CHANNELS; c++) {
                    column[c] = (int32_t)1 << (down.precision - 1u);
                }
                for (j = 0; j < vertical.count; j++) {
                    uint32_t colours[ONEBIT_CHANNELS];
                    colours_of(pixel_at(picture, horizontal.start + i, vertical.start + j), picture->form, colours);
                    for (c = 0; c < ONEBIT_CHANNELS; c++) {
                        column[c] += vertical.weights[j] * (int32_t)colours[c];
                    }
                }
                for (c = 0; c < ONEBIT_CHANNELS; c++) {
                    sums[c] += horizontal.weights[i] * (int32_t)rounded(&down, column[c]);
                }
            }
            for (c = 0; c < ONEBIT_CHANNELS; c++) {
                image[((size_t)c * SIDE + y) * SIDE + x] = (uint8_t)rounded(&across, sums[c]);
            }
        }
    }
}

#endif
#endif

ALWAYS_INLINE int preprocess(const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t form, uint8_t *image)
{
    if (width < 1 || width > ONEBIT_MAX_SIDE || height < 1 || height > ONEBIT_MAX_SIDE) {
        return ONEBIT_WRONG_SIDE;
    }
#ifndef ONEBIT_RGB565
    if (form < 1 || form > 4) {
        return ONEBIT_WRONG_CHANNELS;
    }
#endif
#if ONEBIT_FIT == ONEBIT_NONE
    if (width != ONEBIT_WIDTH || height != ONEBIT_HEIGHT) {
        return ONEBIT_WRONG_SIZE;
    }
#endif
#if ONEBIT_CHANNELS == 1 || ONEBIT_CHANNELS == 3
    {
        struct picture picture;
        picture.pixels = pixels;
        picture.width = width;
        picture.form = form;
        fit(&picture, height, image);
    }
    return 0;
#else
    (void)pixels;
    (void)form;
    (void)image;
    return ONEBIT_WRONG_CHANNELS;
#endif
}

#ifdef ONEBIT_RGB565
int onebit_preprocess_rgb565(const uint8_t *pixels, uint32_t width, uint32_t height, int upper_first, uint8_t *image)
{
    return preprocess(pixels, width, height, upper_first != 0, image);
}
#else
int onebit_preprocess(const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, uint8_t *image)
{
    return preprocess(pixels, width, height, channels, image);
}
#endif
