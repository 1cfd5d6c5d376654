#include "CSophon.h"

#include <cstdio>
#include <exception>

namespace {

/// What `call` answers, or `otherwise` where it throws.
template <typename Answer, typename Call>
Answer guarded(sophon_exception *thrown, Answer otherwise, Call call) {
    const char *text = "an exception without a message";
    thrown->text[0] = '\0';
    try {
        return call();
    } catch (const std::exception &exception) {
        // Copied while the exception is alive.
        std::snprintf(thrown->text, sizeof thrown->text, "%s", exception.what());
    } catch (const char *message) {
        std::snprintf(thrown->text, sizeof thrown->text, "%s", message);
    } catch (...) {
    }
    if (thrown->text[0] == '\0') {
        std::snprintf(thrown->text, sizeof thrown->text, "%s", text);
    }
    return otherwise;
}

}  // namespace

int sophon_request(sophon_request_call call, sophon_handle *handle, int device, sophon_exception *thrown) {
    return guarded(thrown, int(SOPHON_EXCEPTION), [&] { return call(handle, device); });
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

bool sophon_launch(sophon_launch_call call, sophon_runtime runtime, const char *network,
                   const sophon_tensor *input, sophon_tensor *output, sophon_exception *thrown) {
    return guarded(thrown, false, [&] { return call(runtime, network, input, 1, output, 1, true, true); });
}
