/// An axis from zero with ticks at round numbers.
public struct Axis: Sendable, Hashable {
    /// Distance between two ticks is `mantissa` times ten to the `exponent`.
    private let mantissa: Int
    private let exponent: Int
    private let steps: Int

    /// An axis that holds 0 and `value` on four to ten steps.
    public init(upTo value: Double) {
        var (unit, power) = (1.0, 0)
        let value = value > 0 && value.isFinite ? value : 1
        while unit * 10 <= value {
            unit *= 10
            power += 1
        }
        while unit > value {
            unit /= 10
            power -= 1
        }
        // `value` is 1 to 10 units.
        switch value / unit {
        case ...2: (mantissa, exponent, unit) = (5, power - 1, unit / 2)
        case ...5: (mantissa, exponent) = (1, power)
        default: (mantissa, exponent, unit) = (2, power, unit * 2)
        }
        steps = max(2, Int(value / unit) + 1)
    }

    /// Where the ticks stand.
    public var ticks: [Int] { Array(0...steps) }

    /// The share of the axis that lies before a tick.
    public func share(of tick: Int) -> Double {
        Double(tick) / Double(steps)
    }

    /// The share of the axis that lies before a value.
    public func share(of value: Double) -> Double {
        var step = Double(mantissa)
        for _ in 0..<exponent.magnitude { step = exponent > 0 ? step * 10 : step / 10 }
        return value / (step * Double(steps))
    }

    /// A tick's number, without an exponent.
    public func label(of tick: Int) -> String {
        let digits = String(tick * mantissa)
        if tick == 0 || exponent >= 0 { return tick == 0 ? "0" : digits + String(repeating: "0", count: exponent) }
        let places = -exponent
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        return padded.dropLast(places) + "." + padded.suffix(places)
    }
}
