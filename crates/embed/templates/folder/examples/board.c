/* A board's program without an operating system: the self-test, then one picture after the other. Yours are the two
 * functions at the top, and what your board's tools bring: the start of the program, the clock, the pins.
 * The next export into this folder replaces this file: copy it to change it. */
#include "onebit.h"

#if ONEBIT_CALLER_MEMORY
static uint32_t memory[ONEBIT_MEMORY_WORDS];
uint32_t *onebit_memory = memory;
#endif

static uint8_t image[ONEBIT_IMAGE_BYTES];
static int32_t logits[ONEBIT_CLASSES];

/* Yours: takes a picture and makes the network's image from it; 0 where there is none. Here it is one of the
 * self-test's images. With a camera that gives RGB565, upper byte first:
 *
 *     return camera_frame(pixels) && onebit_preprocess_rgb565(pixels, 160, 120, 1, image) == 0; */
static int take_picture(void)
{
    static int next = 0;
    if (next == ONEBIT_SELFTEST_IMAGES) {
        return 0;
    }
    onebit_selftest_image(next++, image);
    return 1;
}

/* Yours: uses an answer, a class or -1 for none of them. Its name is onebit_class_names[answer]. */
static volatile int last_answer;
static void tell(int answer)
{
    last_answer = answer;
}

int main(void)
{
    const int wrong = onebit_selftest(image, logits);
    if (wrong != 0) {
        return wrong; /* yours: a red light */
    }
    while (take_picture()) {
        onebit_logits(image, logits);
        tell(onebit_answer(logits));
    }
    return 0;
}
