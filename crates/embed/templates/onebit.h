/* An export of Onebit: a network with one bit per weight.
 *
@ABOUT@
 *
 * Made by onebit-embed @VERSION@; do not edit.
 */
#ifndef ONEBIT_H
#define ONEBIT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An image: channels * height * width bytes, channel by channel, row by row, 0 to 255; nothing is normalised before. */
#define ONEBIT_CHANNELS @CHANNELS@
#define ONEBIT_HEIGHT @HEIGHT@
#define ONEBIT_WIDTH @WIDTH@
#define ONEBIT_IMAGE_BYTES @IMAGE_BYTES@

#define ONEBIT_CLASSES @CLASSES@

/* A logit is an integer times 2 to the power of minus this. */
#define ONEBIT_LOGIT_BITS @LOGIT_BITS@

/* Constants (weights, scales, norms), which stay in flash, and static memory, in bytes. Code takes about 5 KB more, and
 * the stack less than 1 KB. */
#define ONEBIT_FLASH_BYTES @FLASH@
#define ONEBIT_RAM_BYTES @RAM@

/* A name for each class, UTF-8. */
extern const char *const onebit_class_names[ONEBIT_CLASSES];

/* Computes the logits of an image, one per class.
 *
 * It uses static memory: one image at a time. */
void onebit_logits(const uint8_t *image, int32_t *logits);

/* Computes the logits, and returns the class: the index of the greatest, the first of several. */
int onebit_classify(const uint8_t *image, int32_t *logits);

#ifdef __cplusplus
}
#endif

#endif
