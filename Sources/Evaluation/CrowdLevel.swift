/// How crowded a picture truly is. The bounds are those of NWPU-Crowd, the contest's data.
public enum CrowdLevel: String, Sendable, Hashable, CaseIterable, Codable {
    /// Nobody.
    case none = "0"
    /// 1 to 100 people.
    case few = "1-100"
    /// 101 to 500 people.
    case some = "101-500"
    /// 501 to 5000 people.
    case many = "501-5000"
    /// More than 5000 people.
    case most = "over 5000"

    /// The level of a true count, which may be a fraction where several people counted by hand.
    public init(truth: Double) {
        switch truth {
        case ...0: self = .none
        case ...100: self = .few
        case ...500: self = .some
        case ...5000: self = .many
        default: self = .most
        }
    }
}
