// Says over the serial port what the network sees. Open it from the menu: File, Examples, @LIBRARY@, sketch.
// The next export into this folder replaces this file: save it under another name to change it.
#include <onebit.h>

#if ONEBIT_CALLER_MEMORY
static uint32_t memory[ONEBIT_MEMORY_WORDS];
uint32_t *onebit_memory = memory;
#endif

static uint8_t image[ONEBIT_IMAGE_BYTES];
static int32_t logits[ONEBIT_CLASSES];

// Yours: takes a picture and makes the network's image from it. Here it is one of the self-test's images.
// With the camera OV7675 on an Arduino Nano 33 BLE Sense (library Arduino_OV767X, Camera.begin(QQVGA, RGB565, 1) in setup):
//
//     static uint8_t pixels[2 * 160 * 120];
//     Camera.readFrame(pixels);
//     return onebit_preprocess_rgb565(pixels, 160, 120, 1, image) == 0;
//
// With a camera on an ESP32 (esp_camera.h; pixel_format = PIXFORMAT_RGB565 and frame_size = FRAMESIZE_QQVGA in its camera_config_t):
//
//     camera_fb_t *frame = esp_camera_fb_get();
//     if (!frame) {
//         return false;
//     }
//     const int wrong = onebit_preprocess_rgb565(frame->buf, frame->width, frame->height, 1, image);
//     esp_camera_fb_return(frame);
//     return wrong == 0;
static bool takePicture()
{
    static int next = 0;
    onebit_selftest_image(next, image);
    next = (next + 1) % ONEBIT_SELFTEST_IMAGES;
    return true;
}

void setup()
{
    Serial.begin(115200);
    while (!Serial && millis() < 5000) {
    }
    const int wrong = onebit_selftest(image, logits);
    Serial.println(wrong == 0 ? "self-test: passed" : "self-test: failed, the answers are wrong");
}

void loop()
{
    if (!takePicture()) {
        return;
    }
    const unsigned long start = micros();
    onebit_logits(image, logits);
    const unsigned long took = micros() - start;
    const int answer = onebit_answer(logits);
    Serial.print(answer < 0 ? "none of these" : onebit_class_names[answer]);
    Serial.print(", ");
    Serial.print(took);
    Serial.println(" microseconds");
    delay(1000);
}
