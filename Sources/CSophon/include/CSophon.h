#ifndef HEADCOUNT_CSOPHON_H
#define HEADCOUNT_CSOPHON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What this program needs of the vendor's libbmlib and libbmrt, declared anew: layouts by byte offset, calls by type.
// Neither library is linked: Swift resolves the calls by name at run time.

#ifdef __cplusplus
extern "C" {
#endif

/// What most calls answer.
enum { SOPHON_OK = 0, SOPHON_NOT_SUPPORTED = 8, SOPHON_NOT_SUPPORTED_HERE = 9 };

/// Element types of a tensor that this program understands.
enum { SOPHON_FLOAT32 = 0, SOPHON_INT8 = 2, SOPHON_UINT8 = 3 };

/// How the tiles of a tensor lie: one after the other, or four to a 32-bit word.
enum { SOPHON_PLAIN = 0, SOPHON_FOUR_LANES = 2 };

/// An open device; belongs to the thread that requested it.
typedef struct sophon_handle_s *sophon_handle;
/// A model runtime on a device.
typedef struct sophon_runtime_s *sophon_runtime;

/// Memory of the device, passed by value. `flags` says which heap it came from and must be handed back unchanged.
typedef struct {
    uint64_t address;
    uint32_t reserved;
    int32_t descriptor;
    uint32_t flags;
    uint32_t size;
} sophon_memory;

typedef struct {
    int32_t count;
    int32_t sides[8];
} sophon_shape;

typedef struct {
    int32_t type;
    sophon_shape shape;
    sophon_memory memory;
    int32_t store_mode;
} sophon_tensor;

/// The part of a network's description that every release of libbmrt has. Borrowed from the runtime.
typedef struct {
    const char *name;
    bool is_dynamic;
    int32_t input_count;
    const char *const *input_names;
    const int32_t *input_types;
    const float *input_scales;
    int32_t output_count;
    const char *const *output_names;
    const int32_t *output_types;
    const float *output_scales;
    int32_t stage_count;
    /// Stages of 16 bytes up to libsophon 0.4.9 and of 32 since; each begins as `sophon_stage`.
    const void *stages;
    const size_t *max_input_bytes;
    const size_t *max_output_bytes;
} sophon_network;

/// How every stage begins: one shape per input, one per output.
typedef struct {
    const sophon_shape *inputs;
    const sophon_shape *outputs;
} sophon_stage;

/// Memory of a device in megabytes and its load in percent; `rest` is for releases that write more.
typedef struct {
    int32_t total;
    int32_t used;
    int32_t utilisation;
    int32_t rest[61];
} sophon_statistics;

#ifdef __cplusplus
#define SOPHON_ASSERT(condition) static_assert(condition, #condition)
#else
#define SOPHON_ASSERT(condition) _Static_assert(condition, #condition)
#endif
SOPHON_ASSERT(sizeof(sophon_memory) == 24 && offsetof(sophon_memory, flags) == 16);
SOPHON_ASSERT(sizeof(sophon_shape) == 36);
SOPHON_ASSERT(sizeof(sophon_tensor) == 72 && offsetof(sophon_tensor, memory) == 40);
SOPHON_ASSERT(offsetof(sophon_tensor, store_mode) == 64);
SOPHON_ASSERT(offsetof(sophon_network, input_count) == 12 && offsetof(sophon_network, input_scales) == 32);
SOPHON_ASSERT(offsetof(sophon_network, output_count) == 40 && offsetof(sophon_network, output_scales) == 64);
SOPHON_ASSERT(offsetof(sophon_network, stages) == 80 && offsetof(sophon_network, max_output_bytes) == 96);
SOPHON_ASSERT(sizeof(sophon_stage) == 16);
#undef SOPHON_ASSERT

// libbmlib

typedef int (*sophon_count_call)(int *count);
typedef int (*sophon_request_call)(sophon_handle *handle, int device);
typedef void (*sophon_release_call)(sophon_handle handle);
typedef int (*sophon_allocate_call)(sophon_handle handle, sophon_memory *memory, unsigned int bytes);
typedef void (*sophon_free_call)(sophon_handle handle, sophon_memory memory);
typedef int (*sophon_copy_in_call)(sophon_handle handle, sophon_memory target, void *source, unsigned int bytes);
typedef int (*sophon_copy_out_call)(sophon_handle handle, void *target, sophon_memory source, unsigned int bytes);
typedef int (*sophon_sync_call)(sophon_handle handle);
typedef int (*sophon_sync_timeout_call)(sophon_handle handle, int milliseconds);
typedef int (*sophon_statistics_call)(sophon_handle handle, sophon_statistics *statistics);
typedef int (*sophon_number_call)(sophon_handle handle, int32_t *value);
typedef int (*sophon_unsigned_call)(sophon_handle handle, uint32_t *value);
typedef int (*sophon_wide_call)(sophon_handle handle, uint64_t *value);
typedef int (*sophon_real_call)(sophon_handle handle, float *value);
typedef int (*sophon_text_call)(sophon_handle handle, char *text);
/// Of the simulator's model of the chip alone: sets one of the words that host and chip share.
typedef void (*sophon_shared_word_call)(int word, unsigned int value, int chip);

// libbmrt

typedef sophon_runtime (*sophon_create_call)(sophon_handle handle);
typedef void (*sophon_destroy_call)(sophon_runtime runtime);
typedef bool (*sophon_load_call)(sophon_runtime runtime, const char *path);
typedef int (*sophon_network_count_call)(sophon_runtime runtime);
typedef void (*sophon_network_names_call)(sophon_runtime runtime, const char ***names);
typedef const sophon_network *(*sophon_network_call)(sophon_runtime runtime, const char *name);
typedef int (*sophon_store_mode_call)(sophon_runtime runtime, const char *tensor, int network_index,
                                      const char *network);
typedef bool (*sophon_launch_call)(sophon_runtime runtime, const char *network, const sophon_tensor *inputs,
                                   int input_count, sophon_tensor *outputs, int output_count, bool user_memory,
                                   bool user_store_mode);

// The libraries are C++ and throw on what they call fatal. An exception that left them would end a Swift process with
// the libraries' words alone, so the calls that open, ask, load, inspect and compute are made through these functions:
// they catch it and keep what it says. Calls that give back (free, release, destroy) are made directly: they end in
// destructors, out of which C++ lets no exception pass, so that one ends the process by SIGABRT whoever would catch it.

/// What calls threw first, cut to fit; empty where they threw nothing, and to be handed in so.
typedef struct {
    char text[256];
} sophon_exception;

/// `SOPHON_EXCEPTION` stands for the status of a call that threw; the libraries know no such status.
enum { SOPHON_EXCEPTION = -1 };

int sophon_count(sophon_count_call call, int *count, sophon_exception *thrown);
int sophon_request(sophon_request_call call, sophon_handle *handle, int device, sophon_exception *thrown);
int sophon_sync_timeout(sophon_sync_timeout_call call, sophon_handle handle, int milliseconds,
                        sophon_exception *thrown);
int sophon_ask_statistics(sophon_statistics_call call, sophon_handle handle, sophon_statistics *statistics,
                          sophon_exception *thrown);
int sophon_ask_number(sophon_number_call call, sophon_handle handle, int32_t *value, sophon_exception *thrown);
int sophon_ask_unsigned(sophon_unsigned_call call, sophon_handle handle, uint32_t *value, sophon_exception *thrown);
int sophon_ask_wide(sophon_wide_call call, sophon_handle handle, uint64_t *value, sophon_exception *thrown);
int sophon_ask_real(sophon_real_call call, sophon_handle handle, float *value, sophon_exception *thrown);
int sophon_ask_text(sophon_text_call call, sophon_handle handle, char *text, sophon_exception *thrown);
int sophon_allocate(sophon_allocate_call call, sophon_handle handle, sophon_memory *memory, unsigned int bytes,
                    sophon_exception *thrown);
int sophon_copy_in(sophon_copy_in_call call, sophon_handle handle, sophon_memory target, void *source,
                   unsigned int bytes, sophon_exception *thrown);
int sophon_copy_out(sophon_copy_out_call call, sophon_handle handle, void *target, sophon_memory source,
                    unsigned int bytes, sophon_exception *thrown);
int sophon_sync(sophon_sync_call call, sophon_handle handle, sophon_exception *thrown);
/// Null where `call` threw.
sophon_runtime sophon_create(sophon_create_call call, sophon_handle handle, sophon_exception *thrown);
/// False where `call` threw.
bool sophon_load(sophon_load_call call, sophon_runtime runtime, const char *path, sophon_exception *thrown);
/// 0 where `call` threw.
int sophon_network_count(sophon_network_count_call call, sophon_runtime runtime, sophon_exception *thrown);
void sophon_network_names(sophon_network_names_call call, sophon_runtime runtime, const char ***names,
                          sophon_exception *thrown);
/// Null where `call` threw.
const sophon_network *sophon_network_info(sophon_network_call call, sophon_runtime runtime, const char *network,
                                          sophon_exception *thrown);
/// Of a tensor of the runtime's one network; -1 where `call` threw.
int sophon_store_mode(sophon_store_mode_call call, sophon_runtime runtime, const char *tensor, const char *network,
                      sophon_exception *thrown);
/// One input and one output in memory and store modes of the caller's; false where `call` threw.
bool sophon_launch(sophon_launch_call call, sophon_runtime runtime, const char *network,
                   const sophon_tensor *input, sophon_tensor *output, sophon_exception *thrown);

#ifdef __cplusplus
}
#endif

#endif
