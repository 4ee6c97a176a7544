/* What networks see of pictures, and their answers. Run as
 *
 *     see NET.onebit PICTURES
 *
 * PICTURES holds pictures one after the other: width, height, channels and orientation in four bytes each, the lowest
 * first, then the pixels. A line for each: the answer, then the image in hexadecimal. */

#include <stdio.h>
#include <stdlib.h>

#include "onebit.h"

static int failed(void)
{
    fprintf(stderr, "error: %s\n", onebit_last_error());
    return 1;
}

int main(int argc, char **argv)
{
    onebit_model *model;
    onebit_engine *engine;
    unsigned char head[16], *image;
    size_t size, i;
    FILE *file;
    if (argc != 3 || (file = fopen(argv[2], "rb")) == NULL)
        return 2;
    if (onebit_model_load(argv[1], &model) != ONEBIT_OK
        || onebit_engine_new(model, 1, ONEBIT_F32, &engine) != ONEBIT_OK)
        return failed();
    size = onebit_model_image_length(model);
    image = (unsigned char *)malloc(size);
    puts(onebit_model_preprocessing(model));
    while (image != NULL && fread(head, 1, sizeof head, file) == sizeof head) {
        uint32_t numbers[4];
        size_t length;
        unsigned char *pixels;
        int64_t answer;
        for (i = 0; i < 4; i++)
            numbers[i] = head[4 * i] | (uint32_t)head[4 * i + 1] << 8 | (uint32_t)head[4 * i + 2] << 16
                         | (uint32_t)head[4 * i + 3] << 24;
        length = (size_t)numbers[0] * numbers[1] * numbers[2];
        pixels = (unsigned char *)malloc(length);
        if (pixels == NULL || fread(pixels, 1, length, file) != length)
            return 2;
        if (onebit_model_see(model, pixels, length, numbers[0], numbers[1], numbers[2], numbers[3], image, size)
                != ONEBIT_OK
            || onebit_engine_answer(engine, 1, image, size, &answer, 1) != ONEBIT_OK)
            return failed();
        printf("%s ", answer == ONEBIT_NONE_OF_THESE ? "none" : onebit_model_class_name(model, (size_t)answer));
        for (i = 0; i < size; i++)
            printf("%02x", image[i]);
        puts("");
        free(pixels);
    }
    free(image);
    fclose(file);
    onebit_engine_free(engine);
    onebit_model_free(model);
    return 0;
}
