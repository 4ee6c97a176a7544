/* Runs an export on an emulated board: reads images from the host's file `images.raw`, and prints the logits of each,
 * the instructions for an image, and how deep the stack was. */
#include "onebit.h"

#include "board.h"

enum { STACK_WORDS = 4096 };

int main(void);

void reset(void)
{
    uint32_t *from = data_load, *to;
    for (to = data_start; to < data_end;) {
        *to++ = *from++;
    }
    for (to = bss_start; to < bss_end;) {
        *to++ = 0;
    }
    main();
    finished();
}

static void print(const char *word, long long number)
{
    char text[32];
    char *at = text + sizeof text - 1;
    const int negative = number < 0;
    *at = 0;
    do {
        const int digit = (int)(number % 10);
        *--at = (char)('0' + (digit < 0 ? -digit : digit));
        number /= 10;
    } while (number != 0);
    if (negative) {
        *--at = '-';
    }
    host(WRITE0, word);
    host(WRITE0, at);
}

static uint8_t image[ONEBIT_IMAGE_BYTES];

static int opened(void)
{
    static const char name[] = "images.raw";
    const struct {
        const char *name;
        int mode, length;
    } open = {name, 1, sizeof name - 1};
    return host(OPEN, &open);
}

#ifdef ONEBIT_PICTURES
/* Pictures in place of images: their sides and channels, and their pixels. Prints what onebit_preprocess makes of them. */
static uint8_t pixels[1 << 20];

int main(void)
{
    static const char digits[] = "0123456789abcdef";
    static char text[2 * ONEBIT_IMAGE_BYTES + 2];
    const int file = opened();
    uint32_t head[3], *stack = stack_top - STACK_WORDS, *deepest = stack;
    const struct {
        int file;
        void *to;
        int length;
    } sizes = {file, head, sizeof head};
    while (stack < (uint32_t *)__builtin_frame_address(0) - 64) {
        *stack++ = 0xdeadbeef;
    }
    while (file >= 0 && host(READ, &sizes) == 0) {
        const struct {
            int file;
            void *to;
            int length;
        } read = {file, pixels, (int)(head[0] * head[1] * head[2])};
        int i;
        host(READ, &read);
        for (i = 0; i < ONEBIT_IMAGE_BYTES; i++) {
            image[i] = 0xa5;
        }
        print("", onebit_preprocess(pixels, head[0], head[1], head[2], image));
        for (i = 0; i < ONEBIT_IMAGE_BYTES; i++) {
            text[2 * i] = digits[image[i] >> 4];
            text[2 * i + 1] = digits[image[i] & 15];
        }
        text[2 * ONEBIT_IMAGE_BYTES] = '\n';
        host(WRITE0, " ");
        host(WRITE0, text);
    }
    while (deepest < stack && *deepest == 0xdeadbeef) {
        deepest++;
    }
    print("stack ", 4 * (long long)(stack_top - deepest));
    host(WRITE0, "\n");
    return 0;
}
#else
static int32_t logits[ONEBIT_CLASSES];

int main(void)
{
    const int file = opened();
    const struct {
        int file;
        void *to;
        int length;
    } read = {file, image, sizeof image};
    unsigned long long instructions = 0;
    int images = 0, i;
    uint32_t *stack = stack_top - STACK_WORDS, *deepest = stack;
    if (file < 0) {
        host(WRITE0, "no images.raw\n");
        return 1;
    }
    while (stack < (uint32_t *)__builtin_frame_address(0) - 64) {
        *stack++ = 0xdeadbeef;
    }
    while (host(READ, &read) == 0) {
        count_from_here();
        const int class_ = onebit_classify(image, logits);
        instructions += instructions_since();
        images++;
        print("", class_);
        for (i = 0; i < ONEBIT_CLASSES; i++) {
            print(" ", logits[i]);
        }
        host(WRITE0, "\n");
    }
    while (deepest < stack && *deepest == 0xdeadbeef) {
        deepest++;
    }
    print("instructions ", images > 0 ? (long long)(instructions / images) : 0);
    print("\nstack ", 4 * (long long)(stack_top - deepest));
    host(WRITE0, "\n");
    return 0;
}
#endif
