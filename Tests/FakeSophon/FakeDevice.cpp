#include "FakeRuntime.h"

#include <climits>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <stdexcept>

static fake_device devices[FAKE_SOPHON_DEVICES];

void fake_sophon_reset(int device) {
    fake_device healthy = {};
    healthy.chip = 0x1684;
    healthy.network_count = healthy.input_count = healthy.output_count = 1;
    healthy.input = {SOPHON_INT8, SOPHON_FOUR_LANES, 1};
    healthy.output = {SOPHON_FLOAT32, SOPHON_PLAIN, 1};
    healthy.stage_stride = 32;
    healthy.memory = 7168;
    devices[device] = healthy;
    fake_sophon_allow(device, INT_MAX);
}

static std::mutex gate;
static std::condition_variable moved;
static int allowed[FAKE_SOPHON_DEVICES];

void fake_sophon_allow(int device, int launches) {
    const std::lock_guard<std::mutex> lock(gate);
    allowed[device] = launches;
    moved.notify_all();
}

void fake_wait_until_allowed(const fake_device *device) {
    std::unique_lock<std::mutex> lock(gate);
    moved.wait(lock, [&] { return device->launches <= allowed[device - devices]; });
}

fake_device *fake_sophon_device(int device) {
    return &devices[device];
}

fake_device *fake_called(sophon_handle handle) {
    if (!pthread_equal(handle->owner, pthread_self())) {
        handle->device->strangers++;
    }
    return handle->device;
}

void fake_throw(const fake_device *device, const char *call) {
    if (device->throws_number) {
        throw 7;
    }
    throw std::runtime_error(std::string(call) + " threw this");
}

int fake_count(int *count) {
    *count = FAKE_SOPHON_DEVICES;
    return SOPHON_OK;
}

int fake_count_two(int *count) {
    *count = 2;
    return SOPHON_OK;
}

int fake_request(sophon_handle *handle, int device) {
    if (devices[device].request_status != SOPHON_OK) {
        return devices[device].request_status;
    }
    devices[device].handles++;
    *handle = new sophon_handle_s{&devices[device], pthread_self()};
    return SOPHON_OK;
}

void fake_release(sophon_handle handle) {
    fake_called(handle)->handles--;
    delete handle;
}

int fake_chip(sophon_handle handle, uint32_t *chip) {
    *chip = fake_called(handle)->chip;
    return SOPHON_OK;
}

int fake_allocate(sophon_handle handle, sophon_memory *memory, unsigned int bytes) {
    fake_device *device = fake_called(handle);
    device->allocations++;
    if (device->allocation_fails_from != 0 && device->allocations >= device->allocation_fails_from) {
        return 5;
    }
    device->buffers++;
    memory->address = reinterpret_cast<uint64_t>(std::calloc(bytes, 1));
    memory->size = bytes;
    return SOPHON_OK;
}

void fake_free(sophon_handle handle, sophon_memory memory) {
    fake_called(handle)->buffers--;
    std::free(reinterpret_cast<void *>(memory.address));
}

int fake_copy_in(sophon_handle handle, sophon_memory target, void *source, unsigned int bytes) {
    std::memcpy(reinterpret_cast<void *>(target.address), source, bytes);
    return fake_called(handle)->copy_in_status;
}

int fake_copy_out(sophon_handle handle, void *target, sophon_memory source, unsigned int bytes) {
    std::memcpy(target, reinterpret_cast<void *>(source.address), bytes);
    if (fake_called(handle)->copies_ones) {
        std::memset(target, 0xFF, bytes);
    }
    return fake_called(handle)->copy_out_status;
}

int fake_sync(sophon_handle handle) {
    const fake_device *device = fake_called(handle);
    if (device->sync_throws) {
        fake_throw(device, "sync");
    }
    return device->launches > device->sync_fails_from ? device->sync_status : SOPHON_OK;
}

int fake_sync_timeout(sophon_handle handle, int milliseconds) {
    fake_called(handle)->timeout = milliseconds;
    return handle->device->timeout_status;
}

template <typename Value>
static int told(sophon_handle handle, Value *target, Value value) {
    const int status = fake_called(handle)->telemetry_status;
    if (handle->device->telemetry_throws) {
        fake_throw(handle->device, "telemetry");
    }
    if (status == SOPHON_OK) {
        *target = value;
    }
    return status;
}

int fake_statistics(sophon_handle handle, sophon_statistics *statistics) {
    sophon_statistics known = {};
    known.total = fake_called(handle)->memory;
    known.used = 512;
    known.utilisation = 37;
    return told(handle, statistics, known);
}

int fake_unsigned(sophon_handle handle, uint32_t *value) {
    return told<uint32_t>(handle, value, fake_called(handle)->sensor_absent ? 0xFFFFFC01 : 41);
}

int fake_number(sophon_handle handle, int32_t *value) {
    return told<int32_t>(handle, value, 0x000501);
}

int fake_troubles(sophon_handle handle, int32_t *value) {
    return told<int32_t>(handle, value, fake_called(handle)->troubles);
}

int fake_wide(sophon_handle handle, uint64_t *value) {
    return told<uint64_t>(handle, value, 3);
}

int fake_real(sophon_handle handle, float *value) {
    return told(handle, value, 12.5f);
}

int fake_text(sophon_handle handle, char *text) {
    const int status = fake_called(handle)->telemetry_status;
    if (status == SOPHON_OK) {
        std::strcpy(text, "HQATEVBAIAIAI0001");
    }
    return status;
}
