/* Images in, classes and logits out, by the library's C interface. Valid C99 and C++.
 *
 *     classify NET.onebit IMAGES [f32|int8 [THREADS]]
 *
 * IMAGES holds images of channels x height x width bytes, one after the other, as onebit.h says. A line for each
 * image: its class, and its logits with all their digits. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onebit.h"

/* All of a file; NULL when it cannot be read. */
static unsigned char *read_file(const char *path, size_t *length)
{
    unsigned char *bytes = NULL;
    size_t room = 0, got;
    FILE *file = fopen(path, "rb");
    *length = 0;
    if (file == NULL)
        return NULL;
    do {
        unsigned char *more;
        room = room == 0 ? 1 << 16 : 2 * room;
        more = (unsigned char *)realloc(bytes, room);
        if (more == NULL)
            break;
        bytes = more;
        got = fread(bytes + *length, 1, room - *length, file);
        *length += got;
    } while (*length == room);
    if (ferror(file) || !feof(file)) {
        free(bytes);
        bytes = NULL;
    }
    fclose(file);
    return bytes;
}

static int failed(const char *what)
{
    fprintf(stderr, "error: %s\n", what);
    return 1;
}

static int classify(const onebit_model *model, onebit_engine *engine, const char *path)
{
    const size_t size = onebit_model_image_length(model), classes = onebit_model_classes(model);
    size_t length, count, image, index;
    unsigned char *images = read_file(path, &length);
    float *logits = NULL;
    size_t *found = NULL;
    int code = 1;
    if (images == NULL) {
        fprintf(stderr, "error: %s: cannot be read\n", path);
        return 1;
    }
    count = length / size;
    logits = (float *)calloc(count * classes + 1, sizeof *logits);
    found = (size_t *)calloc(count + 1, sizeof *found);
    if (length % size != 0)
        fprintf(stderr, "error: %s: expected images of %lu bytes, found %lu bytes\n", path,
                (unsigned long)size, (unsigned long)length);
    else if (logits == NULL || found == NULL)
        failed("out of memory");
    else if (onebit_engine_logits(engine, count, images, length, logits, count * classes) != ONEBIT_OK
             || onebit_engine_classify(engine, count, images, length, found, count) != ONEBIT_OK)
        failed(onebit_last_error());
    else
        code = 0;
    for (image = 0; code == 0 && image < count; image++) {
        printf("%s", onebit_model_class_name(model, found[image]));
        for (index = 0; index < classes; index++)
            printf("\t%.9g", (double)logits[image * classes + index]);
        printf("\n");
    }
    free(images);
    free(logits);
    free(found);
    return code;
}

int main(int argc, char **argv)
{
    onebit_model *model;
    onebit_engine *engine;
    int32_t activations = ONEBIT_F32;
    size_t threads = 1;
    int code = 1;
    if (argc < 3 || argc > 5 || (argc > 3 && strcmp(argv[3], "f32") != 0 && strcmp(argv[3], "int8") != 0)) {
        fprintf(stderr, "usage: classify NET.onebit IMAGES [f32|int8 [THREADS]]\n");
        return 2;
    }
    if (onebit_abi_version() != ONEBIT_ABI_VERSION)
        return failed("this program was compiled for another version of the library");
    if (argc > 3 && strcmp(argv[3], "int8") == 0)
        activations = ONEBIT_INT8;
    if (argc > 4)
        threads = strtoul(argv[4], NULL, 10);
    if (onebit_model_load(argv[1], &model) != ONEBIT_OK)
        return failed(onebit_last_error());
    if (onebit_engine_new(model, threads, activations, &engine) != ONEBIT_OK) {
        failed(onebit_last_error());
    } else {
        code = classify(model, engine, argv[2]);
        onebit_engine_free(engine);
    }
    onebit_model_free(model);
    return code;
}
