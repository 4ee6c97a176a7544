/* From a camera's pixels of 16 bits (RGB565) to the image that the network reads: onebit_pixels.c once more, for pixels of
 * this form. A program without such a camera leaves this file out. */
#define ONEBIT_RGB565
#include "onebit_pixels.c"
