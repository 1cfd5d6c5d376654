#ifndef HEADCOUNT_FAKE_SOPHON_H
#define HEADCOUNT_FAKE_SOPHON_H

#include "CSophon.h"

// The vendor's calls over plain memory, for what neither a healthy card nor the simulator shows: failures, exceptions,
// telemetry, the layouts of older releases. Every device number has settings of its own, so that tests run side by side.

#ifdef __cplusplus
extern "C" {
#endif

enum { FAKE_SOPHON_DEVICES = 64 };

/// A tensor as the fake network describes it.
typedef struct {
    int type;
    int store_mode;
    float scale;
} fake_tensor;

/// How one device behaves, and what was seen of it.
typedef struct {
    unsigned int chip;
    int request_status;
    /// From this allocation on, counted from 1, there is no memory; 0: there always is.
    int allocation_fails_from;
    int copy_in_status, copy_out_status;
    int sync_status;
    /// From this launch on, counted from 0, `sync_status` is answered; before, success.
    int sync_fails_from;
    bool launch_refused;
    /// A file is not loaded, and not told why.
    bool load_refused;
    /// Calls that throw, each with a message that names it.
    bool launch_throws, load_throws, inspection_throws, sync_throws, destroy_throws, create_throws,
        telemetry_throws;
    /// No runtime is made.
    bool create_refused;
    /// Throws what is no std::exception.
    bool throws_number;
    bool is_dynamic;
    /// Networks that a file holds.
    int network_count;
    int input_count, output_count;
    /// What the description leaves out.
    bool lacks_types, lacks_shapes, lacks_stages;
    fake_tensor input, output;
    /// Bytes from a stage to the next: 16 or 32.
    int stage_stride;
    /// Stages before the one with the file's shapes, with shapes of other batches.
    int stages_before;
    /// What telemetry calls answer.
    int telemetry_status;
    /// Bits of the device's troubles.
    int troubles;
    /// In megabytes.
    int memory;
    /// What is copied out is all ones, with success.
    bool copies_ones;
    /// The sensors of whole numbers answer what the driver writes for a sensor that is not there.
    bool sensor_absent;

    int handles, runtimes, buffers, allocations, launches;
    /// Tiles of the file that was loaded first; 0 where none was.
    int first_batch;
    /// What `fake_sync_timeout` was told, in milliseconds, and what it answers.
    int timeout, timeout_status;
    /// Calls that came from another thread than the one that requested the device.
    int strangers;
} fake_device;

/// Sets a device to a healthy BM1684 with an int8 network in four lanes, and forgets what was seen.
void fake_sophon_reset(int device);
fake_device *fake_sophon_device(int device);
/// Launches of a device beyond this number wait until more are allowed; all are where nothing was said.
void fake_sophon_allow(int device, int launches);

// libbmlib. Telemetry answers the numbers that FakeDevice.cpp states.
int fake_count(int *count);
/// Two devices only, for who looks at all of them.
int fake_count_two(int *count);
int fake_request(sophon_handle *handle, int device);
void fake_release(sophon_handle handle);
int fake_chip(sophon_handle handle, uint32_t *chip);
int fake_allocate(sophon_handle handle, sophon_memory *memory, unsigned int bytes);
void fake_free(sophon_handle handle, sophon_memory memory);
int fake_copy_in(sophon_handle handle, sophon_memory target, void *source, unsigned int bytes);
int fake_copy_out(sophon_handle handle, void *target, sophon_memory source, unsigned int bytes);
int fake_sync(sophon_handle handle);
int fake_sync_timeout(sophon_handle handle, int milliseconds);
int fake_statistics(sophon_handle handle, sophon_statistics *statistics);
int fake_unsigned(sophon_handle handle, uint32_t *value);
int fake_number(sophon_handle handle, int32_t *value);
int fake_troubles(sophon_handle handle, int32_t *value);
int fake_wide(sophon_handle handle, uint64_t *value);
int fake_real(sophon_handle handle, float *value);
int fake_text(sophon_handle handle, char *text);

// libbmrt. A file whose name ends in "-b4.bmodel" is a network of four tiles, else of one; tiles are 64x48, cells 16x12. The network
// answers for each cell the first channel at the cell's top left.
sophon_runtime fake_create(sophon_handle handle);
void fake_destroy(sophon_runtime runtime);
bool fake_load(sophon_runtime runtime, const char *path);
int fake_network_count(sophon_runtime runtime);
void fake_network_names(sophon_runtime runtime, const char ***names);
const sophon_network *fake_network(sophon_runtime runtime, const char *name);
int fake_input_store_mode(sophon_runtime runtime, const char *tensor, int index, const char *network);
int fake_output_store_mode(sophon_runtime runtime, const char *tensor, int index, const char *network);
bool fake_launch(sophon_runtime runtime, const char *network, const sophon_tensor *inputs, int input_count,
                 sophon_tensor *outputs, int output_count, bool user_memory, bool user_store_mode);

#ifdef __cplusplus
}
#endif

#endif
