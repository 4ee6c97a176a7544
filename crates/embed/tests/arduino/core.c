/* The start of a sketch on an emulated board, and the functions of Arduino.h: setup() once, loop() five times. */
#include "board.h"

void setup(void);
void loop(void);

void reset(void)
{
    uint32_t *from = data_load, *to;
    int i;
    for (to = data_start; to < data_end;) {
        *to++ = *from++;
    }
    for (to = bss_start; to < bss_end;) {
        *to++ = 0;
    }
    setup();
    for (i = 0; i < 5; i++) {
        loop();
    }
    finished();
}

void port_print(const char *text)
{
    host(WRITE0, text);
}

unsigned long millis(void)
{
    return 0;
}

unsigned long micros(void)
{
    return 0;
}

void delay(unsigned long milliseconds)
{
    (void)milliseconds;
}
