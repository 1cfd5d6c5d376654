import CSophon

/// The calls of libbmrt that this program makes.
struct SophonRuntimeCalls {
    let create: sophon_create_call
    let destroy: sophon_destroy_call
    let load: sophon_load_call
    let networkCount: sophon_network_count_call
    let networkNames: sophon_network_names_call
    let network: sophon_network_call
    let inputStoreMode: sophon_store_mode_call
    let outputStoreMode: sophon_store_mode_call
    let launch: sophon_launch_call
    /// Bytes from one stage of a network to the next.
    let stageStride: Int
}

extension SophonRuntimeCalls {
    /// Resolves every call by name.
    /// - Throws: `InferenceError.symbolMissing` with the first that the library lacks.
    init(_ library: DynamicLibrary) throws(InferenceError) {
        // Stages grew from 16 bytes to 32 in libsophon 0.5.1, the release that brought this call.
        let createWithMemory: sophon_create_call? = library.optionalFunction("bmrt_create_ex")
        self.init(
            create: try library.function("bmrt_create"),
            destroy: try library.function("bmrt_destroy"),
            load: try library.function("bmrt_load_bmodel"),
            networkCount: try library.function("bmrt_get_network_number"),
            networkNames: try library.function("bmrt_get_network_names"),
            network: try library.function("bmrt_get_network_info"),
            inputStoreMode: try library.function("bmrt_get_input_gmem_stmode"),
            outputStoreMode: try library.function("bmrt_get_output_gmem_stmode"),
            launch: try library.function("bmrt_launch_tensor_ex"),
            stageStride: createWithMemory == nil ? 16 : 32)
    }
}
