import CSophon

extension SophonDevice {
    /// How the chip is; what the platform does not support is absent.
    func health() -> CardHealth {
        let telemetry = calls.telemetry
        var health = CardHealth()
        // The platform may answer with success and zeros: a chip without memory tells nothing.
        if let statistics = value(telemetry.statistics, sophon_ask_statistics, sophon_statistics()),
            statistics.total > 0
        {
            health.memoryTotal = Int(statistics.total) << 20
            health.memoryUsed = Int(statistics.used) << 20
            health.utilisation = Int(statistics.utilisation)
        }
        health.chipTemperature = number(telemetry.chipTemperature, sophon_ask_unsigned)
        health.boardTemperature = number(telemetry.boardTemperature, sophon_ask_unsigned)
        health.chipPower = value(telemetry.chipPower, sophon_ask_real, 0).map(Double.init).flatMap {
            $0 >= 0 ? $0 : nil
        }
        health.boardPower = number(telemetry.boardPower, sophon_ask_unsigned).map(Double.init)
        health.clock = number(telemetry.clock, sophon_ask_number)
        health.correctedErrors = value(telemetry.correctedErrors, sophon_ask_wide, 0).map { Int(clamping: $0) }
        health.troubles = number(telemetry.status, sophon_ask_number).map {
            CardHealth.Troubles(rawValue: Int32(truncatingIfNeeded: $0))
        }
        return health
    }

    /// What is known of the chip and of the board that holds it.
    func describe(_ card: inout Card) {
        let telemetry = calls.telemetry
        card.serial = text(telemetry.serial)
        card.board = text(telemetry.boardName)
        card.boardNumber = number(telemetry.boardNumber, sophon_ask_unsigned)
        card.driver = number(telemetry.driverVersion, sophon_ask_number).map(Self.release)
        card.health = health()
    }

    /// `0.5.1` for 0x000501, as the vendor's own tool writes it.
    static func release(_ version: Int) -> String {
        "\(version >> 16).\((version >> 8) & 0xFF).\(version & 0xFF)"
    }

    /// Makes a call through the function that catches what it throws.
    private typealias Asking<Call, Value> = (
        Call?, sophon_handle?, UnsafeMutablePointer<Value>?, UnsafeMutablePointer<sophon_exception>?
    ) -> Int32

    /// A number of either sign, as the driver keeps them.
    private func number<Call, Value: FixedWidthInteger>(_ call: Call?, _ ask: Asking<Call, Value>) -> Int? {
        guard let told = value(call, ask, 0) else { return nil }
        let number = Int(Int32(truncatingIfNeeded: told))
        // The driver writes 0xFFFFFC00 for a sensor that failed and 0xFFFFFC01 for one that is not there, with success.
        return number <= Int(Int32(bitPattern: 0xFFFF_FC01)) ? nil : number
    }

    /// What `call` writes, or `nil` where it is absent, fails or throws.
    private func value<Call, Value>(_ call: Call?, _ ask: Asking<Call, Value>, _ start: Value) -> Value? {
        guard let call else { return nil }
        var value = start
        var thrown = sophon_exception()
        let status = withHandle { ask(call, $0, &value, &thrown) }
        return status == 0 ? value : nil
    }

    private func text(_ call: sophon_text_call?) -> String? {
        guard let call else { return nil }
        // Serial numbers take 18 bytes and names 25; releases have grown what they write.
        var buffer = [CChar](repeating: 0, count: 256)
        var thrown = sophon_exception()
        let status = withHandle { sophon_ask_text(call, $0, &buffer, &thrown) }
        let text = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return status == 0 && !text.isEmpty && text != "N/A" ? text : nil
    }
}
