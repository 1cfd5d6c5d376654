import CSophon

/// The calls of libbmlib that this program makes.
struct SophonDeviceCalls {
    let count: sophon_count_call
    let request: sophon_request_call
    let release: sophon_release_call
    let chip: sophon_unsigned_call
    let allocate: sophon_allocate_call
    let free: sophon_free_call
    let copyIn: sophon_copy_in_call
    let copyOut: sophon_copy_out_call
    let sync: sophon_sync_call
    /// Newer releases only; the others wait 20 s.
    var syncTimeout: sophon_sync_timeout_call?
    var telemetry = SophonTelemetryCalls()
    /// The simulator's alone.
    var setSharedWord: sophon_shared_word_call?
}

/// The calls that tell how a card is. Releases differ in which they have, so each may be absent.
struct SophonTelemetryCalls {
    var statistics: sophon_statistics_call?
    var chipTemperature: sophon_unsigned_call?
    var boardTemperature: sophon_unsigned_call?
    var chipPower: sophon_real_call?
    var boardPower: sophon_unsigned_call?
    var clock: sophon_number_call?
    var status: sophon_number_call?
    var serial: sophon_text_call?
    var boardName: sophon_text_call?
    var boardNumber: sophon_unsigned_call?
    var driverVersion: sophon_number_call?
    var correctedErrors: sophon_wide_call?
}

extension SophonDeviceCalls {
    /// Resolves every call by name.
    /// - Parameter model: the simulator's model of the chip.
    /// - Throws: `InferenceError.symbolMissing` with the first that the library lacks.
    init(_ library: DynamicLibrary, model: DynamicLibrary?) throws(InferenceError) {
        self.init(
            count: try library.function("bm_dev_getcount"),
            request: try library.function("bm_dev_request"),
            release: try library.function("bm_dev_free"),
            chip: try library.function("bm_get_chipid"),
            allocate: try library.function("bm_malloc_device_byte"),
            free: try library.function("bm_free_device"),
            copyIn: try library.function("bm_memcpy_s2d_partial"),
            copyOut: try library.function("bm_memcpy_d2s_partial"),
            sync: try library.function("bm_thread_sync"),
            syncTimeout: library.optionalFunction("bm_set_sync_timeout"),
            telemetry: SophonTelemetryCalls(library),
            setSharedWord: model?.optionalFunction("cmodel_write_share_reg"))
    }
}

extension SophonTelemetryCalls {
    init(_ library: DynamicLibrary) {
        statistics = library.optionalFunction("bm_get_stat")
        chipTemperature = library.optionalFunction("bm_get_chip_temp")
        boardTemperature = library.optionalFunction("bm_get_board_temp")
        chipPower = library.optionalFunction("bm_get_tpu_power")
        boardPower = library.optionalFunction("bm_get_board_power")
        clock = library.optionalFunction("bm_get_clk_tpu_freq")
        status = library.optionalFunction("bm_get_status")
        serial = library.optionalFunction("bm_get_sn")
        boardName = library.optionalFunction("bm_get_board_name")
        boardNumber = library.optionalFunction("bm_get_card_id")
        driverVersion = library.optionalFunction("bm_get_driver_version")
        correctedErrors = library.optionalFunction("bm_get_ecc_correct_num")
    }
}
