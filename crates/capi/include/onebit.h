/* Onebit: networks with one bit per weight.
 *
 *     onebit_model *model;
 *     onebit_engine *engine;
 *     size_t class_index;
 *     if (onebit_model_load("net.onebit", &model) != ONEBIT_OK) ...
 *     if (onebit_engine_new(model, 2, ONEBIT_F32, &engine) != ONEBIT_OK) ...
 *     if (onebit_engine_classify(engine, 1, image, onebit_model_image_length(model), &class_index, 1) != ONEBIT_OK)
 *         fprintf(stderr, "%s\n", onebit_last_error());
 *     puts(onebit_model_class_name(model, class_index));
 *     onebit_engine_free(engine);
 *     onebit_model_free(model);
 *
 * A whole program is examples/classify.c.
 *
 * An image is channels x height x width bytes, channel by channel, row by row, colours in the order red, green,
 * blue; nothing is normalised before. onebit_model_see makes one of a decoded picture of any size.
 *
 * Ownership: what onebit_model_load, onebit_model_read and onebit_engine_new make is the caller's, who frees it
 * once. Texts that are returned are the library's. What is passed in is not kept beyond the call.
 *
 * Threads: all functions may be called from any thread. A network may be used by many at once, an engine by one
 * at a time; for several, make an engine each. The last error is kept for each thread.
 *
 * Errors: nothing is written to the standard error but by a bug. Null pointers, lengths that do not fit, and an
 * engine in use are refused. Freed handles and lengths that promise more than there is cannot be.
 */

#ifndef ONEBIT_H
#define ONEBIT_H

/* Made by cbindgen from crates/capi; see tests/header.rs there. */

#include <stddef.h>
#include <stdint.h>

/*
 The version of this header. It grows when something in it changes its meaning or goes away; what is
 added leaves it as it is.
 */
#define ONEBIT_ABI_VERSION 1

/*
 Activations in 32-bit numbers, as in training.
 */
#define ONEBIT_F32 0

/*
 Activations in 8-bit integers: faster, and the logits are the same on every machine. The file needs
 activation scales, which the export of a run writes.
 */
#define ONEBIT_INT8 1

/*
 What onebit_engine_answer says of an image that is none of the classes.
 */
#define ONEBIT_NONE_OF_THESE -1

/*
 A network ready to compute, with threads and memory of its own. One thread at a time may call it, whichever;
 another that calls meanwhile gets ONEBIT_BUSY. After fork() the child must not use an engine of its parent,
 because the threads stay there.
 */
typedef struct onebit_engine onebit_engine;

/*
 A network, read from a packed file. It never changes: any number of threads may use it at once.
 */
typedef struct onebit_model onebit_model;

/*
 ONEBIT_OK, or what kind of error it was; onebit_last_error says more. New kinds may be added.
 */
typedef int32_t onebit_status;

/*
 Done.
 */
#define ONEBIT_OK 0

/*
 An argument is wrong: a null pointer, a length that does not fit, a number without a meaning.
 */
#define ONEBIT_ARGUMENT 1

/*
 The operating system refused to read the file.
 */
#define ONEBIT_IO 2

/*
 The bytes are no packed network, a damaged one, or one of another version.
 */
#define ONEBIT_FILE 3

/*
 The network cannot be run as asked for: it has no activation scales for 8-bit activations, or its numbers
 grow too large.
 */
#define ONEBIT_MODEL 4

/*
 The engine is in use on another thread.
 */
#define ONEBIT_BUSY 5

/*
 A bug of the library, which has been caught. The engine it happened in gives no more answers.
 */
#define ONEBIT_INTERNAL 6

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 The version of the library's interface, to be compared with ONEBIT_ABI_VERSION of the header that a
 program was compiled with.
 */
uint32_t onebit_abi_version(void);

/*
 The version of the library, as "0.2.0"; the text is always there.
 */
const char *onebit_version(void);

/*
 Makes an engine of a network, which may be freed afterwards. threads counts the calling one, so that 0 and 1
 start none; 256 are the most. activations is ONEBIT_F32 or ONEBIT_INT8. On ONEBIT_OK *engine is to be freed
 with onebit_engine_free; otherwise it is NULL. ONEBIT_MODEL when 8-bit activations are asked for and the
 network has no activation scales.

 # Safety

 model is NULL or a network; engine is NULL or can be written.
 */
onebit_status onebit_engine_new(const onebit_model *model,
                                size_t threads,
                                int32_t activations,
                                onebit_engine **engine);

/*
 Frees an engine and ends its threads. NULL is passed over.

 # Safety

 engine is NULL or comes from onebit_engine_new, is freed once, and no thread uses it.
 */
void onebit_engine_free(onebit_engine *engine);

/*
 The threads that compute, the calling one included: as many as were asked for and the system granted.
 0 for NULL.

 # Safety

 engine is NULL or an engine.
 */
size_t onebit_engine_threads(const onebit_engine *engine);

/*
 The logits of count images. images holds them one after the other, each channel by channel, row by row;
 images_length is count * onebit_model_image_length. logits takes one number per class for each image;
 logits_length, in numbers, is count * onebit_model_classes. With several threads a batch is faster than
 its images one by one.

 # Safety

 engine is NULL or an engine; so many bytes can be read at images, so many numbers be written at logits,
 and no other thread touches them during the call. Where there are none, the pointer may be NULL.
 */
onebit_status onebit_engine_logits(onebit_engine *engine,
                                   size_t count,
                                   const uint8_t *images,
                                   size_t images_length,
                                   float *logits,
                                   size_t logits_length);

/*
 The classes of count images, that is the index of each one's greatest logit, the first of several. images
 is as in onebit_engine_logits; classes takes one number for each image; classes_length is count.

 # Safety

 As onebit_engine_logits.
 */
onebit_status onebit_engine_classify(onebit_engine *engine,
                                     size_t count,
                                     const uint8_t *images,
                                     size_t images_length,
                                     size_t *classes,
                                     size_t classes_length);

/*
 The answers about count images: the class of each, or ONEBIT_NONE_OF_THESE where the network says that it is none of
 them, because its greatest logit is too little above the second. Without a threshold in its file every image has a
 class. images is as in onebit_engine_logits; answers takes one number for each image; answers_length is count.

 # Safety

 As onebit_engine_logits.
 */
onebit_status onebit_engine_answer(onebit_engine *engine,
                                   size_t count,
                                   const uint8_t *images,
                                   size_t images_length,
                                   int64_t *answers,
                                   size_t answers_length);

/*
 Reads the packed file at path. On ONEBIT_OK *model is a network, to be freed with onebit_model_free;
 otherwise it is NULL. ONEBIT_IO or ONEBIT_FILE when the file cannot be read or is none.

 # Safety

 path is NULL or a text that ends in a NUL, on Windows in UTF-8; model is NULL or can be written.
 */
onebit_status onebit_model_load(const char *path,
                                onebit_model **model);

/*
 Reads a packed file that is in memory: length bytes, which are needed only during the call. Otherwise as
 onebit_model_load.

 # Safety

 bytes is NULL or length bytes can be read there; model is NULL or can be written.
 */
onebit_status onebit_model_read(const uint8_t *bytes,
                                size_t length,
                                onebit_model **model);

/*
 Frees a network. Engines that were made from it stay, the names of its classes go. NULL is passed over.

 # Safety

 model is NULL or comes from onebit_model_load or onebit_model_read, is freed once, and no thread uses it.
 */
void onebit_model_free(onebit_model *model);

/*
 Writes to shape the size of an image: channels, height, width. shape_length is 3.

 # Safety

 model is NULL or a network; shape is NULL or so many numbers can be written there.
 */
onebit_status onebit_model_input(const onebit_model *model, size_t *shape, size_t shape_length);

/*
 Bytes of an image: channels * height * width. 0 for NULL.

 # Safety

 model is NULL or a network.
 */
size_t onebit_model_image_length(const onebit_model *model);

/*
 How many classes there are, which is as many as logits of an image. 0 for NULL.

 # Safety

 model is NULL or a network.
 */
size_t onebit_model_classes(const onebit_model *model);

/*
 The name of a class, counted from 0: a text in UTF-8 that belongs to the network and goes with it. It is as
 it stands in the file, but for NULs: whoever wrote the file may have put sequences into it that a
 terminal obeys. NULL when there is no such class.

 # Safety

 model is NULL or a network.
 */
const char *onebit_model_class_name(const onebit_model *model,
                                    size_t index);

/*
 What becomes of a picture before the network sees it, as onebit_model_see does it: "crop", "pad" or "stretch" of one
 of any size; "centre-crop", the middle of a photograph; "none", which takes pictures of the network's size alone. The
 text is always there. NULL for NULL.

 # Safety

 model is NULL or a network.
 */
const char *onebit_model_preprocessing(const onebit_model *model);

/*
 Makes the image that the network reads of a decoded picture: the same bytes as in training, as
 onebit_model_preprocessing has it. pixels holds height rows of width pixels from above, the channels of a pixel
 beside each other, 8 bits each: 1 (grey), 2 (grey and opacity), 3 (red, green, blue) or 4 (these and opacity);
 pixels_length is width * height * channels. What is not opaque stands over white. orientation is EXIF's, 1 to 8, for
 pixels that are as the camera stored them; 0 is the same as 1. image takes the bytes of one image; image_length is
 onebit_model_image_length. ONEBIT_ARGUMENT when the picture should have the network's size and has another:
 scale it first.

 # Safety

 model is NULL or a network; so many bytes can be read at pixels, so many be written at image, and no other thread
 touches them during the call.
 */
onebit_status onebit_model_see(const onebit_model *model,
                               const uint8_t *pixels,
                               size_t pixels_length,
                               uint32_t width,
                               uint32_t height,
                               uint32_t channels,
                               uint32_t orientation,
                               uint8_t *image,
                               size_t image_length);

/*
 What went wrong in the latest call on this thread that returned something else than ONEBIT_OK: a sentence
 in UTF-8 with what was expected, what was found and what to do; empty before any. The text belongs to the
 library and is there until the next such call on this thread.
 */
const char *onebit_last_error(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* ONEBIT_H */
