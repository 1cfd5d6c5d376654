/// Reads the server's `numeric`: digits to the base 10,000 with a weight, a sign and a number of decimals.
///
/// The layout is that of `numeric_send` in `src/backend/utils/adt/numeric.c`.
enum NumericText {
    /// The number as SQL writes it: `-12.50`, `NaN`, `Infinity`.
    static func decode(_ cell: PostgresCell, for expected: String) throws(PostgresError) -> String {
        let bytes = try cell.present(as: expected)
        func word(_ index: Int) -> UInt16 {
            UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self))
        }
        guard bytes.count >= 8, bytes.count == 8 + 2 * Int(word(0)) else { throw cell.mismatch(expected: expected) }
        let digits = (0..<Int(word(0))).map { word(4 + $0) }
        let weight = Int(Int16(bitPattern: word(1)))
        let decimals = Int(word(3))

        switch word(2) {
        case 0x0000: return text(digits, weight: weight, decimals: decimals)
        case 0x4000: return "-" + text(digits, weight: weight, decimals: decimals)
        case 0xC000: return "NaN"
        case 0xD000: return "Infinity"
        case 0xF000: return "-Infinity"
        default: throw cell.mismatch(expected: expected)
        }
    }

    /// - Parameter weight: of the first digit, as a power of 10,000. Digits that are not sent are zero.
    private static func text(_ digits: [UInt16], weight: Int, decimals: Int) -> String {
        func group(_ power: Int) -> String {
            let index = weight - power
            let value = digits.indices.contains(index) ? digits[index] : 0
            return String(String(10_000 + Int(value)).dropFirst())
        }
        let whole = stride(from: max(weight, 0), through: 0, by: -1).map(group).joined().drop { $0 == "0" }
        let result = whole.isEmpty ? "0" : String(whole)
        guard decimals > 0 else { return result }
        let fraction = (1...(decimals + 3) / 4).map { group(-$0) }.joined()
        return result + "." + fraction.prefix(decimals)
    }
}
