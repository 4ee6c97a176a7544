/* An export of Onebit: a network with one bit per weight.
 *
@ABOUT@
 *
 * Made by onebit-embed @VERSION@; do not edit.
 */
#ifndef ONEBIT_H
#define ONEBIT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An image: channels * height * width bytes, channel by channel, row by row, 0 to 255; nothing is normalised before. */
#define ONEBIT_CHANNELS @CHANNELS@
#define ONEBIT_HEIGHT @HEIGHT@
#define ONEBIT_WIDTH @WIDTH@
#define ONEBIT_IMAGE_BYTES @IMAGE_BYTES@

#define ONEBIT_CLASSES @CLASSES@

/* A logit is an integer that is divided by 2 to the power of this. */
#define ONEBIT_LOGIT_BITS @LOGIT_BITS@

/* Constants (weights, scales, norms), which stay in flash, and static memory, in bytes. Code takes about 5 KB more, and
 * the stack less than 1 KB. */
#define ONEBIT_FLASH_BYTES @FLASH@
#define ONEBIT_RAM_BYTES @RAM@

/* How a picture is brought to the network's size: one of these. */
#define ONEBIT_NONE 0 /* not at all: pictures have that size already */
#define ONEBIT_CROP 1
#define ONEBIT_PAD 2
#define ONEBIT_STRETCH 3
#define ONEBIT_CENTRE_CROP 4
#define ONEBIT_PREPROCESSING @PREPROCESSING@

/* An image whose greatest logit is less than this above the second is none of the classes; 0: it always has a class. */
#define ONEBIT_MIN_MARGIN @MIN_MARGIN@u

/* A name for each class, UTF-8. */
extern const char *const onebit_class_names[ONEBIT_CLASSES];

/* Who has the working memory. 0: the library, as static memory. 1: the program. It then compiles every file with
 * -DONEBIT_CALLER_MEMORY=1, defines the pointer below, and lets it point to ONEBIT_MEMORY_WORDS words before the first
 * image. The memory holds nothing from one image to the next, so networks that take turns can share it. */
#ifndef ONEBIT_CALLER_MEMORY
#define ONEBIT_CALLER_MEMORY @CALLER_MEMORY@
#endif
#define ONEBIT_MEMORY_WORDS ((ONEBIT_RAM_BYTES + 3) / 4)
#if ONEBIT_CALLER_MEMORY
extern uint32_t *onebit_memory;
#endif

/* Computes the logits of an image, one per class.
 *
 * It uses the working memory, so only one call at a time is right. */
void onebit_logits(const uint8_t *image, int32_t *logits);

/* Computes the logits, and returns the class: the index of the greatest, the first of several. */
int onebit_classify(const uint8_t *image, int32_t *logits);

/* The class of an image with these logits, or -1 where it is none of the classes. */
static inline int onebit_answer(const int32_t *logits)
{
    int best = 0, i;
    uint32_t margin = 0xffffffffu;
    const uint32_t min_margin = ONEBIT_MIN_MARGIN;
    for (i = 1; i < ONEBIT_CLASSES; i++) {
        if (logits[i] > logits[best]) {
            margin = (uint32_t)logits[i] - (uint32_t)logits[best];
            best = i;
        } else if ((uint32_t)logits[best] - (uint32_t)logits[i] < margin) {
            margin = (uint32_t)logits[best] - (uint32_t)logits[i];
        }
    }
    return margin < min_margin ? -1 : best;
}

/* The longest side of a picture: sums fit into 64 bits. */
#define ONEBIT_MAX_SIDE 8192
/* What is wrong with a picture: a side is not 1 to ONEBIT_MAX_SIDE; a pixel does not have 1 to 4 channels, or the network
 * sees no pictures; the sides are not the network's, where pictures are not brought to its size. */
#define ONEBIT_WRONG_SIDE (-1)
#define ONEBIT_WRONG_CHANNELS (-2)
#define ONEBIT_WRONG_SIZE (-3)

/* Makes the network's image from a decoded picture, as ONEBIT_PREPROCESSING says. It returns 0, or what is wrong. It is
 * in onebit_pixels.c, which a program that does not call it can leave out.
 *
 * The pixels of a picture lie in rows from the top, the channels of a pixel beside each other. 1 to 4 channels are grey;
 * grey and opacity; red, green and blue; these and opacity. What is not opaque is laid over white. */
int onebit_preprocess(const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, uint8_t *image);

/* The same for a camera's RGB565, in onebit_camera.c: pixels of 16 bits, from the highest on five of red, six of green
 * and five of blue, whose upper bits are repeated below to make eight. `upper_first` is 1 where a pixel's upper byte comes
 * first, as most cameras send it, and 0 where the lower one does, as in a uint16_t of most processors. */
int onebit_preprocess_rgb565(const uint8_t *pixels, uint32_t width, uint32_t height, int upper_first, uint8_t *image);

/* The images of the self-test. A formula makes them; onebit_selftest.c has their logits. */
#define ONEBIT_SELFTEST_IMAGES 5
void onebit_selftest_image(int index, uint8_t *image);

/* Computes the logits of these images, with the caller's room for one image and its logits. It returns 0 where all logits
 * are the expected integers, else 1 + the index of the first image with others, which are then in `logits`. */
int onebit_selftest(uint8_t *image, int32_t *logits);

#ifdef __cplusplus
}
#endif

#endif
