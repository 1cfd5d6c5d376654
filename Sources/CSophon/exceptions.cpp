#include "CSophon.h"

#include <cstdio>
#include <exception>

namespace {

/// Keeps what was thrown first, while the exception is alive.
void keep(sophon_exception *thrown, const char *message) {
    if (thrown->text[0] == '\0') {
        const bool is_empty = message == nullptr || message[0] == '\0';
        std::snprintf(thrown->text, sizeof thrown->text, "%s", is_empty ? "an exception without a message" : message);
    }
}

/// What `call` answers, or `otherwise` where it throws.
template <typename Answer, typename Call>
Answer guarded(sophon_exception *thrown, Answer otherwise, Call call) {
    try {
        return call();
    } catch (const std::exception &exception) {
        keep(thrown, exception.what());
    } catch (const char *message) {
        keep(thrown, message);
    } catch (...) {
        keep(thrown, nullptr);
    }
    return otherwise;
}

}  // namespace

int sophon_count(sophon_count_call call, int *count, sophon_exception *thrown) {
    return guarded(thrown, int(SOPHON_EXCEPTION), [&] { return call(count); });
}

int sophon_request(sophon_request_call call, sophon_handle *handle, int device, sophon_exception *thrown) {
    return guarded(thrown, int(SOPHON_EXCEPTION), [&] { return call(handle, device); });
}

int sophon_sync_timeout(sophon_sync_timeout_call call, sophon_handle handle, int milliseconds,
                        sophon_exception *thrown) {
    return guarded(thrown, int(SOPHON_EXCEPTION), [&] { return call(handle, milliseconds); });
}

int sophon_ask_statistics(sophon_statistics_call call, sophon_handle handle, sophon_statistics *statistics,
                          sophon_exception *thrown) {
    return guarded(thrown, int(SOPHON_EXCEPTION), [&] { return call(handle, statistics); });
}

int sophon_ask_number(sophon_number_call call, sophon_handle handle, int32_t *value, sophon_exception *thrown) {
    return guarded(thrown, int(SOPHON_EXCEPTION), [&] { return call(handle, value); });
}

int sophon_ask_unsigned(sophon_unsigned_call call, sophon_handle handle, uint32_t *value, sophon_exception *thrown) {
    return guarded(thrown, int(SOPHON_EXCEPTION), [&] { return call(handle, value); });
}

int sophon_ask_wide(sophon_wide_call call, sophon_handle handle, uint64_t *value, sophon_exception *thrown) {
    return guarded(thrown, int(SOPHON_EXCEPTION), [&] { return call(handle, value); });
}

int sophon_ask_real(sophon_real_call call, sophon_handle handle, float *value, sophon_exception *thrown) {
    return guarded(thrown, int(SOPHON_EXCEPTION), [&] { return call(handle, value); });
}

int sophon_ask_text(sophon_text_call call, sophon_handle handle, char *text, sophon_exception *thrown) {
    return guarded(thrown, int(SOPHON_EXCEPTION), [&] { return call(handle, text); });
}

int sophon_allocate(sophon_allocate_call call, sophon_handle handle, sophon_memory *memory, unsigned int bytes,
                    sophon_exception *thrown) {
    return guarded(thrown, int(SOPHON_EXCEPTION), [&] { return call(handle, memory, bytes); });
}

int sophon_copy_in(sophon_copy_in_call call, sophon_handle handle, sophon_memory target, void *source,
                   unsigned int bytes, sophon_exception *thrown) {
    return guarded(thrown, int(SOPHON_EXCEPTION), [&] { return call(handle, target, source, bytes); });
}

int sophon_copy_out(sophon_copy_out_call call, sophon_handle handle, void *target, sophon_memory source,
                    unsigned int bytes, sophon_exception *thrown) {
    return guarded(thrown, int(SOPHON_EXCEPTION), [&] { return call(handle, target, source, bytes); });
}

int sophon_sync(sophon_sync_call call, sophon_handle handle, sophon_exception *thrown) {
    return guarded(thrown, int(SOPHON_EXCEPTION), [&] { return call(handle); });
}

sophon_runtime sophon_create(sophon_create_call call, sophon_handle handle, sophon_exception *thrown) {
    return guarded(thrown, sophon_runtime(nullptr), [&] { return call(handle); });
}

bool sophon_load(sophon_load_call call, sophon_runtime runtime, const char *path, sophon_exception *thrown) {
    return guarded(thrown, false, [&] { return call(runtime, path); });
}

int sophon_network_count(sophon_network_count_call call, sophon_runtime runtime, sophon_exception *thrown) {
    return guarded(thrown, 0, [&] { return call(runtime); });
}

void sophon_network_names(sophon_network_names_call call, sophon_runtime runtime, const char ***names,
                          sophon_exception *thrown) {
    guarded(thrown, false, [&] { return call(runtime, names), true; });
}

const sophon_network *sophon_network_info(sophon_network_call call, sophon_runtime runtime, const char *network,
                                          sophon_exception *thrown) {
    return guarded(thrown, static_cast<const sophon_network *>(nullptr), [&] { return call(runtime, network); });
}

int sophon_store_mode(sophon_store_mode_call call, sophon_runtime runtime, const char *tensor, const char *network,
                      sophon_exception *thrown) {
    return guarded(thrown, -1, [&] { return call(runtime, tensor, 0, network); });
}

bool sophon_launch(sophon_launch_call call, sophon_runtime runtime, const char *network,
                   const sophon_tensor *input, sophon_tensor *output, sophon_exception *thrown) {
    return guarded(thrown, false, [&] { return call(runtime, network, input, 1, output, 1, true, true); });
}
