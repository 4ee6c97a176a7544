/* All of <string.h> that the library uses. */
#ifndef ONEBIT_STRING_H
#define ONEBIT_STRING_H

#include <stddef.h>

void *memcpy(void *to, const void *from, size_t count);
void *memset(void *to, int byte, size_t count);

#endif
