import COpenVINO

/// The functions of OpenVINO's C interface that the engine calls, each found once.
struct OpenVINOFunctions: @unchecked Sendable {
    // Unchecked because function pointers of C are not marked Sendable; these are constants.

    let getVersion: ov_get_openvino_version_fn
    let freeVersion: ov_version_free_fn
    let getErrorInfo: ov_get_error_info_fn
    let getLastErrorMessage: ov_get_last_err_msg_fn?
    let freeText: ov_free_fn
    let createCore: ov_core_create_fn
    let freeCore: ov_core_free_fn
    let readModel: ov_core_read_model_fn
    let freeModel: ov_model_free_fn
    let inputsSize: ov_model_ports_size_fn
    let outputsSize: ov_model_ports_size_fn
    let inputPort: ov_model_const_port_by_index_fn
    let outputPort: ov_model_const_port_by_index_fn
    let reshape: ov_model_reshape_single_input_fn
    let freePort: ov_output_const_port_free_fn
    let getElementType: ov_port_get_element_type_fn
    let getPartialShape: ov_port_get_partial_shape_fn
    let createStaticShape: ov_partial_shape_create_static_fn
    let freePartialShape: ov_partial_shape_free_fn
    let compileModel: headcount_ov_function
    let freeCompiledModel: ov_compiled_model_free_fn
    let getProperty: ov_compiled_model_get_property_fn
    let createRequest: ov_compiled_model_create_infer_request_fn
    let freeRequest: ov_infer_request_free_fn
    let getInputTensor: ov_infer_request_get_tensor_fn
    let getOutputTensor: ov_infer_request_get_tensor_fn
    let startRequest: ov_infer_request_fn
    let waitForRequest: ov_infer_request_fn
    let createTensor: ov_tensor_create_fn
    let freeTensor: ov_tensor_free_fn
    let tensorData: ov_tensor_data_fn
    let tensorByteSize: ov_tensor_get_byte_size_fn

    /// - Throws: `InferenceError.symbolMissing` for the first that the library lacks.
    init(_ library: DynamicLibrary) throws(InferenceError) {
        getVersion = try library.function("ov_get_openvino_version")
        freeVersion = try library.function("ov_version_free")
        getErrorInfo = try library.function("ov_get_error_info")
        // Newer than the rest of the interface, and only for the words of an error.
        getLastErrorMessage = library.optionalFunction("ov_get_last_err_msg")
        freeText = try library.function("ov_free")
        createCore = try library.function("ov_core_create")
        freeCore = try library.function("ov_core_free")
        readModel = try library.function("ov_core_read_model")
        freeModel = try library.function("ov_model_free")
        inputsSize = try library.function("ov_model_inputs_size")
        outputsSize = try library.function("ov_model_outputs_size")
        inputPort = try library.function("ov_model_const_input_by_index")
        outputPort = try library.function("ov_model_const_output_by_index")
        reshape = try library.function("ov_model_reshape_single_input")
        freePort = try library.function("ov_output_const_port_free")
        getElementType = try library.function("ov_port_get_element_type")
        getPartialShape = try library.function("ov_port_get_partial_shape")
        createStaticShape = try library.function("ov_partial_shape_create_static")
        freePartialShape = try library.function("ov_partial_shape_free")
        compileModel = try library.function("ov_core_compile_model")
        freeCompiledModel = try library.function("ov_compiled_model_free")
        getProperty = try library.function("ov_compiled_model_get_property")
        createRequest = try library.function("ov_compiled_model_create_infer_request")
        freeRequest = try library.function("ov_infer_request_free")
        getInputTensor = try library.function("ov_infer_request_get_input_tensor")
        getOutputTensor = try library.function("ov_infer_request_get_output_tensor")
        startRequest = try library.function("ov_infer_request_start_async")
        waitForRequest = try library.function("ov_infer_request_wait")
        createTensor = try library.function("ov_tensor_create")
        freeTensor = try library.function("ov_tensor_free")
        tensorData = try library.function("ov_tensor_data")
        tensorByteSize = try library.function("ov_tensor_get_byte_size")
    }
}
