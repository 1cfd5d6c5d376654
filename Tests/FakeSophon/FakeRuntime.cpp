#include "FakeRuntime.h"

#include <cstdlib>
#include <cstring>

static const int32_t channels = 3, rows = 48, columns = 64, stride = 4;

static sophon_shape shape(int32_t n, int32_t c, int32_t h, int32_t w) {
    return sophon_shape{4, {n, c, h, w}};
}

sophon_runtime fake_create(sophon_handle handle) {
    fake_device *device = fake_called(handle);
    if (device->create_throws) {
        fake_throw(device, "create");
    }
    if (device->create_refused) {
        return nullptr;
    }
    device->runtimes++;
    sophon_runtime runtime = new sophon_runtime_s();
    runtime->handle = handle;
    return runtime;
}

void fake_destroy(sophon_runtime runtime) {
    const fake_device *device = fake_called(runtime->handle);
    if (device->destroy_throws) {
        fake_throw(device, "destroy");
    }
    fake_called(runtime->handle)->runtimes--;
    delete runtime;
}

bool fake_load(sophon_runtime runtime, const char *path) {
    fake_device *device = fake_called(runtime->handle);
    if (device->load_throws) {
        fake_throw(device, "load");
    }
    if (device->load_refused) {
        return false;
    }
    runtime->batch = std::strstr(path, "-b4.bmodel") ? 4 : 1;
    if (device->first_batch == 0) {
        device->first_batch = runtime->batch;
    }
    const size_t inputs = device->input_count, outputs = device->output_count, stages = device->stages_before + 1;
    runtime->shapes.clear();
    for (size_t stage = 0; stage < stages; stage++) {
        // The stages before are of other batches.
        const int32_t n = runtime->batch + int32_t(stages - 1 - stage);
        runtime->shapes.insert(runtime->shapes.end(), inputs, shape(n, channels, rows, columns));
        runtime->shapes.insert(runtime->shapes.end(), outputs, shape(n, 1, rows / stride, columns / stride));
    }
    runtime->stages.assign(stages * device->stage_stride, 0xEE);
    for (size_t stage = 0; stage < stages; stage++) {
        const sophon_shape *first = &runtime->shapes[stage * (inputs + outputs)];
        const sophon_stage known = {first, first + inputs};
        std::memcpy(&runtime->stages[stage * device->stage_stride], &known, sizeof known);
    }
    runtime->names.assign(inputs + outputs, "tensor");
    runtime->input_types.assign(inputs, device->input.type);
    runtime->output_types.assign(outputs, device->output.type);
    runtime->input_scales.assign(inputs, device->input.scale);
    runtime->output_scales.assign(outputs, device->output.scale);
    runtime->input_bytes.assign(inputs, 4 * channels * rows * columns * sizeof(float));
    runtime->output_bytes.assign(outputs, 4 * rows / stride * columns / stride * sizeof(float));
    runtime->network = {"fake", device->is_dynamic, int32_t(inputs), runtime->names.data(),
                        runtime->input_types.data(), runtime->input_scales.data(), int32_t(outputs),
                        runtime->names.data(), runtime->output_types.data(), runtime->output_scales.data(),
                        int32_t(stages), runtime->stages.data(), runtime->input_bytes.data(),
                        runtime->output_bytes.data()};
    if (device->lacks_types) {
        runtime->network.input_types = nullptr;
    }
    if (device->lacks_stages) {
        runtime->network.stages = nullptr;
    }
    if (device->lacks_shapes) {
        std::memset(runtime->stages.data(), 0, sizeof(sophon_stage));
    }
    return true;
}

int fake_network_count(sophon_runtime runtime) {
    return runtime->handle->device->network_count;
}

void fake_network_names(sophon_runtime runtime, const char ***names) {
    *names = static_cast<const char **>(std::malloc(sizeof(char *)));
    **names = runtime->network.name;
}

const sophon_network *fake_network(sophon_runtime runtime, const char *) {
    return &runtime->network;
}

int fake_input_store_mode(sophon_runtime runtime, const char *, int, const char *) {
    return runtime->handle->device->input.store_mode;
}

int fake_output_store_mode(sophon_runtime runtime, const char *, int, const char *) {
    const fake_device *device = runtime->handle->device;
    if (device->inspection_throws) {
        fake_throw(device, "output_store_mode");
    }
    return runtime->handle->device->output.store_mode;
}

/// Index of an element in a tensor of either store mode.
static size_t place(const sophon_tensor &tensor, size_t n, size_t element, size_t elements) {
    return tensor.store_mode == SOPHON_FOUR_LANES ? (n / 4 * elements + element) * 4 + n % 4 : n * elements + element;
}

bool fake_launch(sophon_runtime runtime, const char *, const sophon_tensor *inputs, int, sophon_tensor *outputs, int,
                 bool, bool) {
    fake_device *device = fake_called(runtime->handle);
    device->launches++;
    fake_wait_until_allowed(device);
    if (device->launch_throws) {
        fake_throw(device, "launch");
    }
    if (device->launch_refused) {
        return false;
    }
    const size_t cells = rows / stride * columns / stride;
    const void *input = reinterpret_cast<const void *>(inputs->memory.address);
    void *output = reinterpret_cast<void *>(outputs->memory.address);
    for (size_t n = 0; n < size_t(runtime->batch); n++) {
        for (size_t cell = 0; cell < cells; cell++) {
            const size_t element = cell / (columns / stride) * stride * columns + cell % (columns / stride) * stride;
            const size_t from = place(*inputs, n, element, channels * rows * columns);
            const size_t to = place(*outputs, n, cell, cells);
            const float value = inputs->type == SOPHON_FLOAT32 ? static_cast<const float *>(input)[from]
                                                               : static_cast<const int8_t *>(input)[from];
            if (outputs->type == SOPHON_FLOAT32) {
                static_cast<float *>(output)[to] = value;
            } else {
                static_cast<uint8_t *>(output)[to] = static_cast<uint8_t>(static_cast<int>(value));
            }
        }
    }
    return true;
}
