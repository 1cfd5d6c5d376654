#ifndef HEADCOUNT_COPENVINO_H
#define HEADCOUNT_COPENVINO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The part of OpenVINO's C interface that the CPU engine calls, as the headers of 2024 to 2026 declare it.
//
// The library is opened at run time: these are types of functions, each named as its function with `_fn` behind it.
// Names, order of parameters and layout of structs are the library's.

/// 0 is success, failures are negative.
typedef int ov_status_e;

/// The number of an element type. The numbers shifted between releases: they are read from a model, never assumed.
typedef unsigned int ov_element_type_e;

typedef struct ov_core ov_core_t;
typedef struct ov_model ov_model_t;
typedef struct ov_compiled_model ov_compiled_model_t;
typedef struct ov_infer_request ov_infer_request_t;
typedef struct ov_output_const_port ov_output_const_port_t;
typedef struct ov_tensor ov_tensor_t;

typedef struct {
    const char *buildNumber;
    const char *description;
} ov_version_t;

/// A static shape.
typedef struct {
    int64_t rank;
    int64_t *dims;
} ov_shape_t;

/// Bounds of one dimension, both inclusive; `max` is -1 where there is none.
typedef struct {
    int64_t min;
    int64_t max;
} ov_dimension_t;

/// A shape whose rank and sides may be open. `dims` belongs to the library.
typedef struct {
    ov_dimension_t rank;
    ov_dimension_t *dims;
} ov_partial_shape_t;

// Words.
typedef ov_status_e (*ov_get_openvino_version_fn)(ov_version_t *version);
typedef void (*ov_version_free_fn)(ov_version_t *version);
typedef const char *(*ov_get_error_info_fn)(ov_status_e status);
/// The text is to be freed with `ov_free`; NULL where there is none.
typedef const char *(*ov_get_last_err_msg_fn)(void);
typedef void (*ov_free_fn)(const char *content);

// The core, and models before they are compiled.
typedef ov_status_e (*ov_core_create_fn)(ov_core_t **core);
typedef void (*ov_core_free_fn)(ov_core_t *core);
typedef ov_status_e (*ov_core_read_model_fn)(
    const ov_core_t *core, const char *model_path, const char *bin_path, ov_model_t **model);
typedef void (*ov_model_free_fn)(ov_model_t *model);
typedef ov_status_e (*ov_model_ports_size_fn)(const ov_model_t *model, size_t *count);
typedef ov_status_e (*ov_model_const_port_by_index_fn)(
    const ov_model_t *model, size_t index, ov_output_const_port_t **port);
typedef ov_status_e (*ov_model_reshape_single_input_fn)(const ov_model_t *model, ov_partial_shape_t shape);

// Ports and shapes.
typedef void (*ov_output_const_port_free_fn)(ov_output_const_port_t *port);
typedef ov_status_e (*ov_port_get_element_type_fn)(const ov_output_const_port_t *port, ov_element_type_e *type);
typedef ov_status_e (*ov_port_get_partial_shape_fn)(const ov_output_const_port_t *port, ov_partial_shape_t *shape);
typedef ov_status_e (*ov_partial_shape_create_static_fn)(
    int64_t rank, const int64_t *dims, ov_partial_shape_t *shape);
typedef void (*ov_partial_shape_free_fn)(ov_partial_shape_t *shape);

// Compiled models. `ov_core_compile_model` is variadic: see `headcount_ov_compile_model`.
typedef void (*ov_compiled_model_free_fn)(ov_compiled_model_t *model);
/// The text is to be freed with `ov_free`.
typedef ov_status_e (*ov_compiled_model_get_property_fn)(
    const ov_compiled_model_t *model, const char *key, char **value);
typedef ov_status_e (*ov_compiled_model_create_infer_request_fn)(
    const ov_compiled_model_t *model, ov_infer_request_t **request);

// Requests and tensors.
typedef void (*ov_infer_request_free_fn)(ov_infer_request_t *request);
typedef ov_status_e (*ov_infer_request_get_tensor_fn)(const ov_infer_request_t *request, ov_tensor_t **tensor);
typedef ov_status_e (*ov_infer_request_fn)(ov_infer_request_t *request);
typedef ov_status_e (*ov_tensor_create_fn)(ov_element_type_e type, ov_shape_t shape, ov_tensor_t **tensor);
typedef void (*ov_tensor_free_fn)(ov_tensor_t *tensor);
typedef ov_status_e (*ov_tensor_data_fn)(const ov_tensor_t *tensor, void **data);
typedef ov_status_e (*ov_tensor_get_byte_size_fn)(const ov_tensor_t *tensor, size_t *bytes);

/// A function of a type that Swift cannot express.
typedef void (*headcount_ov_function)(void);

/// Most properties that `headcount_ov_compile_model` passes on.
enum { headcount_ov_property_limit = 8 };

/// Calls `compile`, which is `ov_core_compile_model`, with `count` properties.
ov_status_e headcount_ov_compile_model(
    headcount_ov_function compile, const ov_core_t *core, const ov_model_t *model, const char *device,
    const char *const *keys, const char *const *values, size_t count, ov_compiled_model_t **compiled);

#endif
