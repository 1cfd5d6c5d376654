#ifndef HEADCOUNT_FAKE_RUNTIME_H
#define HEADCOUNT_FAKE_RUNTIME_H

#include "FakeSophon.h"

#include <pthread.h>
#include <string>
#include <vector>

struct sophon_handle_s {
    fake_device *device;
    pthread_t owner;
};

struct sophon_runtime_s {
    sophon_handle handle;
    int batch;
    sophon_network network;
    std::vector<sophon_shape> shapes;
    std::vector<unsigned char> stages;
    std::vector<const char *> names;
    std::vector<int32_t> input_types, output_types;
    std::vector<float> input_scales, output_scales;
    std::vector<size_t> input_bytes, output_bytes;
};

/// The device of a handle, the calling thread noted.
fake_device *fake_called(sophon_handle handle);
/// Returns once the launch that was just counted is allowed.
void fake_wait_until_allowed(const fake_device *device);
/// Throws as the device's settings say.
[[noreturn]] void fake_throw(const fake_device *device, const char *call);

#endif
