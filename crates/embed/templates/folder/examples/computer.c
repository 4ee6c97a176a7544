/* Classifies images that come on the standard input, one after the other, ONEBIT_IMAGE_BYTES each, and prints
 * a line for each: the class (-1 for none of them), its name, and all logits as integers. With --selftest it runs the
 * self-test instead. For a computer; not needed on a device.
 * The next export into this folder replaces this file: copy it to change it. */
#include "onebit.h"

#include <stdio.h>
#include <string.h>

#if ONEBIT_CALLER_MEMORY
static uint32_t memory[ONEBIT_MEMORY_WORDS];
uint32_t *onebit_memory = memory;
#endif

static uint8_t image[ONEBIT_IMAGE_BYTES];
static int32_t logits[ONEBIT_CLASSES];

int main(int count, char **arguments)
{
    size_t found;
    if (count > 1 && strcmp(arguments[1], "--selftest") == 0) {
        const int wrong = onebit_selftest(image, logits);
        if (wrong != 0) {
            printf("self-test: failed at image %d of %d\n", wrong, ONEBIT_SELFTEST_IMAGES);
            return 1;
        }
        printf("self-test: %d images have the expected logits\n", ONEBIT_SELFTEST_IMAGES);
        return 0;
    }
    while ((found = fread(image, 1, sizeof image, stdin)) == sizeof image) {
        int class_, i;
        onebit_logits(image, logits);
        class_ = onebit_answer(logits);
        printf("%d %s:", class_, class_ < 0 ? "none of these" : onebit_class_names[class_]);
        for (i = 0; i < ONEBIT_CLASSES; i++) {
            printf(" %ld", (long)logits[i]);
        }
        printf("\n");
    }
    if (found != 0) {
        fprintf(stderr, "error: expected images of %d bytes, found %lu at the end; give whole images\n",
                ONEBIT_IMAGE_BYTES, (unsigned long)found);
        return 1;
    }
    return 0;
}
