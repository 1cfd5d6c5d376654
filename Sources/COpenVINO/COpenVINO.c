#include "COpenVINO.h"

typedef ov_status_e (*ov_core_compile_model_fn)(
    const ov_core_t *core, const ov_model_t *model, const char *device, size_t property_args_size,
    ov_compiled_model_t **compiled, ...);

ov_status_e headcount_ov_compile_model(
    headcount_ov_function compile, const ov_core_t *core, const ov_model_t *model, const char *device,
    const char *const *keys, const char *const *values, size_t count, ov_compiled_model_t **compiled) {
    const char *k[headcount_ov_property_limit] = {NULL};
    const char *v[headcount_ov_property_limit] = {NULL};
    if (count > headcount_ov_property_limit) count = headcount_ov_property_limit;
    for (size_t i = 0; i < count; i++) {
        k[i] = keys[i];
        v[i] = values[i];
    }
    // The library reads as many arguments as it is told, keys and values both counted; the rest are not looked at.
    return ((ov_core_compile_model_fn)compile)(
        core, model, device, 2 * count, compiled, k[0], v[0], k[1], v[1], k[2], v[2], k[3], v[3], k[4], v[4], k[5],
        v[5], k[6], v[6], k[7], v[7]);
}
