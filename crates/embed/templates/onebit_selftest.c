/* Five images and their expected logits, to test a device, its compiler and its memory. A formula makes the images, so
 * they take no flash. A program that does not test itself leaves this file out. */
#include "onebit.h"

static const int32_t expected[ONEBIT_SELFTEST_IMAGES][ONEBIT_CLASSES] = {
@LOGITS@
};

/* Noise; dark noise; bright noise; slopes; squares. */
void onebit_selftest_image(int index, uint8_t *image)
{
    uint32_t state = (uint32_t)index + 1u, c, y, x;
    for (c = 0; c < ONEBIT_CHANNELS; c++) {
        for (y = 0; y < ONEBIT_HEIGHT; y++) {
            for (x = 0; x < ONEBIT_WIDTH; x++) {
                uint32_t noise, pixel;
                state = state * 1664525u + 1013904223u;
                noise = state >> 24;
                switch (index) {
                case 0: pixel = noise; break;
                case 1: pixel = noise >> 2; break;
                case 2: pixel = 255u - (noise >> 2); break;
                case 3: pixel = 40u * c + 3u * y + 5u * x; break;
                default: pixel = ((x / 4u + y / 4u) % 2u == 0 ? 32u : 192u) + (noise >> 3); break;
                }
                *image++ = (uint8_t)(pixel & 255u);
            }
        }
    }
}

int onebit_selftest(uint8_t *image, int32_t *logits)
{
    int index, i;
    for (index = 0; index < ONEBIT_SELFTEST_IMAGES; index++) {
        onebit_selftest_image(index, image);
        onebit_logits(image, logits);
        for (i = 0; i < ONEBIT_CLASSES; i++) {
            if (logits[i] != expected[index][i]) {
                return index + 1;
            }
        }
    }
    return 0;
}
