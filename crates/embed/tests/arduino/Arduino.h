/* What the sketch of an export uses of Arduino, over a debugger's port of an emulated board. */
#ifndef ARDUINO_H
#define ARDUINO_H

#include <stddef.h>
#include <stdint.h>

extern "C" {
void setup(void);
void loop(void);
unsigned long millis(void);
unsigned long micros(void);
void delay(unsigned long milliseconds);
void port_print(const char *text);
}

struct Port {
    void begin(unsigned long) {}
    operator bool() const { return true; }
    void print(const char *text) { port_print(text); }
    void print(unsigned long) { port_print("some"); }
    void println(const char *text)
    {
        port_print(text);
        port_print("\n");
    }
};

static Port Serial;

#endif
