/* What a C caller can do wrong without undefined behaviour is refused, and said. Run as
 *
 *     misuse NET.onebit WITHOUT_SCALES.onebit OTHER_FILE
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onebit.h"

static int wrong = 0;

static void expect(int line, onebit_status expected, onebit_status found, const char *words)
{
    const char *said = onebit_last_error();
    if (expected == found && (expected == ONEBIT_OK || strstr(said, words) != NULL))
        return;
    fprintf(stderr, "line %d: expected %d with `%s`, found %d with `%s`\n", line, (int)expected, words, (int)found,
            said);
    wrong = 1;
}

#define OK(call) expect(__LINE__, ONEBIT_OK, call, "")
#define REFUSED(status, call, words) expect(__LINE__, status, call, words)
#define HOLDS(condition) expect(__LINE__, ONEBIT_OK, (condition) ? ONEBIT_OK : ONEBIT_INTERNAL, #condition)

int main(int argc, char **argv)
{
    static const unsigned char bytes[4] = {1, 2, 3, 4};
    onebit_model *model = NULL, *other = NULL;
    onebit_engine *engine = NULL, *none = NULL;
    size_t shape[3], size, classes, index;
    unsigned char *images;
    float *logits;
    if (argc != 4)
        return 2;
    HOLDS(onebit_last_error()[0] == '\0');
    HOLDS(onebit_abi_version() == ONEBIT_ABI_VERSION);
    HOLDS(strchr(onebit_version(), '.') != NULL);

    REFUSED(ONEBIT_ARGUMENT, onebit_model_load(argv[1], NULL), "model: expected a pointer, found NULL");
    REFUSED(ONEBIT_ARGUMENT, onebit_model_load(NULL, &model), "path");
    REFUSED(ONEBIT_IO, onebit_model_load("missing", &model), "missing");
    REFUSED(ONEBIT_IO, onebit_model_load(".", &model), "no regular file");
    model = (onebit_model *)&wrong;
    REFUSED(ONEBIT_FILE, onebit_model_load(argv[3], &model), "header");
    HOLDS(model == NULL);
    REFUSED(ONEBIT_FILE, onebit_model_read(bytes, sizeof bytes, &model), "4 bytes in all");
    REFUSED(ONEBIT_FILE, onebit_model_read(NULL, 0, &model), "0 bytes in all");
    REFUSED(ONEBIT_ARGUMENT, onebit_model_read(NULL, 4, &model), "bytes: expected a pointer");
    REFUSED(ONEBIT_ARGUMENT, onebit_model_read(bytes, (size_t)-1, &model), "fits into memory");

    OK(onebit_model_load(argv[1], &model));
    OK(onebit_model_load(argv[2], &other));
    REFUSED(ONEBIT_ARGUMENT, onebit_model_input(NULL, shape, 3), "model");
    REFUSED(ONEBIT_ARGUMENT, onebit_model_input(model, NULL, 3), "shape");
    REFUSED(ONEBIT_ARGUMENT, onebit_model_input(model, shape, 2), "shape_length: expected 3, found 2");
    OK(onebit_model_input(model, shape, 3));
    size = onebit_model_image_length(model);
    classes = onebit_model_classes(model);
    HOLDS(size == shape[0] * shape[1] * shape[2]);
    HOLDS(onebit_model_image_length(NULL) == 0 && onebit_model_classes(NULL) == 0);
    HOLDS(onebit_model_class_name(model, 0) != NULL);
    HOLDS(onebit_model_class_name(model, classes) == NULL);
    HOLDS(onebit_model_class_name(NULL, 0) == NULL);

    REFUSED(ONEBIT_ARGUMENT, onebit_engine_new(NULL, 1, ONEBIT_F32, &none), "model");
    REFUSED(ONEBIT_ARGUMENT, onebit_engine_new(model, 1, ONEBIT_F32, NULL), "engine");
    REFUSED(ONEBIT_ARGUMENT, onebit_engine_new(model, 1, 2, &none), "ONEBIT_INT8, found 2");
    REFUSED(ONEBIT_MODEL, onebit_engine_new(other, 1, ONEBIT_INT8, &none), "activation_scales");
    HOLDS(none == NULL);
    OK(onebit_engine_new(other, 0, ONEBIT_F32, &none));
    HOLDS(onebit_engine_threads(none) == 1);
    onebit_engine_free(none);
    OK(onebit_engine_new(model, 2, ONEBIT_INT8, &engine));
    HOLDS(onebit_engine_threads(engine) == 2);
    HOLDS(onebit_engine_threads(NULL) == 0);
    /* The engine has all it needs. */
    onebit_model_free(model);
    onebit_model_free(other);
    onebit_model_free(NULL);
    onebit_engine_free(NULL);

    /* Just as long as said, so that a sanitizer sees each access beyond. */
    images = (unsigned char *)malloc(2 * size);
    logits = (float *)malloc(2 * classes * sizeof *logits);
    if (images == NULL || logits == NULL)
        return 2;
    memset(images, 7, 2 * size);
    OK(onebit_engine_logits(engine, 2, images, 2 * size, logits, 2 * classes));
    HOLDS(memcmp(logits, logits + classes, classes * sizeof *logits) == 0);
    OK(onebit_engine_logits(engine, 0, NULL, 0, NULL, 0));
    OK(onebit_engine_classify(engine, 1, images, size, &index, 1));
    HOLDS(index < classes);
    REFUSED(ONEBIT_ARGUMENT, onebit_engine_logits(NULL, 1, images, size, logits, classes), "engine");
    REFUSED(ONEBIT_ARGUMENT, onebit_engine_logits(engine, 1, NULL, size, logits, classes), "images: expected");
    REFUSED(ONEBIT_ARGUMENT, onebit_engine_logits(engine, 1, images, size, NULL, classes), "logits: expected");
    REFUSED(ONEBIT_ARGUMENT, onebit_engine_logits(engine, 1, images, size - 1, logits, classes), "images_length");
    REFUSED(ONEBIT_ARGUMENT, onebit_engine_logits(engine, 1, images, 2 * size, logits, classes), "images_length");
    REFUSED(ONEBIT_ARGUMENT, onebit_engine_logits(engine, 1, images, size, logits, classes + 1), "logits_length");
    REFUSED(ONEBIT_ARGUMENT, onebit_engine_logits(engine, (size_t)-1, images, size, logits, classes), "for each of");
    REFUSED(ONEBIT_ARGUMENT, onebit_engine_classify(engine, 1, images, size, &index, 2), "classes_length");
    REFUSED(ONEBIT_ARGUMENT, onebit_engine_classify(engine, 1, images, size, NULL, 1), "classes: expected");
    /* Results over the images, and at an odd address; sizes of this test make the memory large enough. */
    REFUSED(ONEBIT_ARGUMENT, onebit_engine_logits(engine, 1, images, size, (float *)(void *)images, classes), "own");
    REFUSED(ONEBIT_ARGUMENT,
            onebit_engine_logits(engine, 1, images, size, (float *)(void *)((char *)logits + 1), classes),
            "a multiple of 4");
    OK(onebit_engine_logits(engine, 1, images, size, logits, classes));
    {
        /* Two columns, three rows; the network itself is of 13 rows and 18 columns and says nothing of other sizes. */
        unsigned char *pixels = (unsigned char *)calloc(13 * 18, 4);
        int64_t answer = 7;
        if (pixels == NULL)
            return 2;
        OK(onebit_model_load(argv[1], &model));
        HOLDS(strcmp(onebit_model_preprocessing(model), "none") == 0);
        HOLDS(onebit_model_preprocessing(NULL) == NULL);
        OK(onebit_model_see(model, pixels, 13 * 18, 18, 13, 1, 0, images, size));
        HOLDS(images[0] == 0 && images[size - 1] == 0);
        OK(onebit_model_see(model, pixels, 13 * 18 * 4, 13, 18, 4, 6, images, size));
        HOLDS(images[0] == 255 && images[size - 1] == 255);
        REFUSED(ONEBIT_ARGUMENT, onebit_model_see(NULL, pixels, 6, 2, 3, 1, 1, images, size), "model");
        REFUSED(ONEBIT_ARGUMENT, onebit_model_see(model, NULL, 6, 2, 3, 1, 1, images, size), "pixels: expected");
        REFUSED(ONEBIT_ARGUMENT, onebit_model_see(model, pixels, 13 * 18, 18, 13, 1, 1, NULL, size), "image: expected");
        REFUSED(ONEBIT_ARGUMENT, onebit_model_see(model, pixels, 6, 2, 3, 1, 1, images, size - 1), "image_length");
        REFUSED(ONEBIT_ARGUMENT, onebit_model_see(model, pixels, 6, 2, 3, 1, 1, images, size), "18 x 13 pixels, found 2 x 3 pixels; scale it first");
        REFUSED(ONEBIT_ARGUMENT, onebit_model_see(model, pixels, 5, 2, 3, 1, 1, images, size), "6 bytes, found 5");
        REFUSED(ONEBIT_ARGUMENT, onebit_model_see(model, pixels, 0, 0, 3, 1, 1, images, size), "width");
        REFUSED(ONEBIT_ARGUMENT, onebit_model_see(model, pixels, 6, 2, 3, 5, 1, images, size), "1 to 4 channels");
        REFUSED(ONEBIT_ARGUMENT, onebit_model_see(model, pixels, 6, 2, 3, 1, 9, images, size), "1 to 8, found 9");
        REFUSED(ONEBIT_ARGUMENT, onebit_model_see(model, pixels, 6, 4294967295u, 4294967295u, 4, 65537, images, size), "");
        REFUSED(ONEBIT_ARGUMENT, onebit_model_see(model, images, 13 * 18, 18, 13, 1, 1, images, size), "own");
        OK(onebit_engine_answer(engine, 1, images, size, &answer, 1));
        HOLDS(answer >= 0 && answer < (int64_t)classes);
        OK(onebit_engine_answer(engine, 0, NULL, 0, NULL, 0));
        REFUSED(ONEBIT_ARGUMENT, onebit_engine_answer(NULL, 1, images, size, &answer, 1), "engine");
        REFUSED(ONEBIT_ARGUMENT, onebit_engine_answer(engine, 1, images, size, &answer, 2), "answers_length");
        REFUSED(ONEBIT_ARGUMENT, onebit_engine_answer(engine, 1, images, size, NULL, 1), "answers: expected");
        onebit_model_free(model);
        free(pixels);
    }
    onebit_engine_free(engine);
    free(images);
    free(logits);
    if (!wrong)
        puts("all refused");
    return wrong;
}
