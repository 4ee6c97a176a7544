/* What a page needs around the library: places for an image and its logits, and the two functions of C's library that
 * WebAssembly has no library for. */
#include "onebit.h"

#include <string.h>

#define EXPORT(name) __attribute__((export_name(#name)))

static uint8_t image[ONEBIT_IMAGE_BYTES];
static int32_t logits[ONEBIT_CLASSES];

EXPORT(image) uint8_t *onebit_image(void)
{
    return image;
}

EXPORT(logits) int32_t *onebit_result(void)
{
    return logits;
}

EXPORT(classify) int onebit_run(void)
{
    return onebit_classify(image, logits);
}

EXPORT(preprocess) int onebit_see(const uint8_t *pixels, uint32_t width, uint32_t height)
{
    return onebit_preprocess(pixels, width, height, 4, image);
}

EXPORT(answer) int onebit_found(void)
{
    return onebit_answer(logits);
}

void *memcpy(void *to, const void *from, size_t count)
{
    unsigned char *t = to;
    const unsigned char *f = from;
    for (; count > 0; count--) {
        *t++ = *f++;
    }
    return to;
}

void *memset(void *to, int byte, size_t count)
{
    unsigned char *t = to;
    for (; count > 0; count--) {
        *t++ = (unsigned char)byte;
    }
    return to;
}
