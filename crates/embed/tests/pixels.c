/* Reads pictures from the standard input (width, height and channels in four bytes each, the lowest first, and their
 * pixels), and prints for each what onebit_preprocess returns, and the image in hexadecimal. With CAMERA they are RGB565, and
 * the third number says whether the upper byte comes first. */
#include "onebit.h"

#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    uint8_t head[12];
    while (fread(head, 1, sizeof head, stdin) == sizeof head) {
        uint32_t numbers[3];
        size_t size, i;
        uint8_t *pixels, *image = (uint8_t *)malloc(ONEBIT_IMAGE_BYTES);
        int wrong;
        for (i = 0; i < 3; i++) {
            const uint8_t *b = head + 4 * i;
            numbers[i] = b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
        }
#ifdef CAMERA
        size = (size_t)numbers[0] * numbers[1] * 2u;
#else
        size = (size_t)numbers[0] * numbers[1] * numbers[2];
#endif
        /* Just as long as they have to be, so that a sanitizer sees each access beyond. */
        pixels = (uint8_t *)malloc(size);
        if (image == NULL || pixels == NULL || fread(pixels, 1, size, stdin) != size) {
            return 1;
        }
        /* What is left out shows. */
        for (i = 0; i < ONEBIT_IMAGE_BYTES; i++) {
            image[i] = 0xa5;
        }
#ifdef CAMERA
        wrong = onebit_preprocess_rgb565(pixels, numbers[0], numbers[1], (int)numbers[2], image);
#else
        wrong = onebit_preprocess(pixels, numbers[0], numbers[1], numbers[2], image);
#endif
        printf("%d ", wrong);
        for (i = 0; i < ONEBIT_IMAGE_BYTES; i++) {
            printf("%02x", image[i]);
        }
        printf("\n");
        free(pixels);
        free(image);
    }
    return 0;
}
