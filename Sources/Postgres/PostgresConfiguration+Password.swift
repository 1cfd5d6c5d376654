import CPostgres

extension PostgresConfiguration {
    /// The connection string as another program may be given it among its arguments, which everybody on the machine can
    /// read, and the password that was taken out of it, for PGPASSWORD.
    ///
    /// The words on the password of a TLS key are taken out too: libpq asks for that one at the terminal. A string that
    /// libpq cannot read comes out empty.
    public var openly: (connectionString: String, password: String?) {
        guard isURI || !isBareName else { return (connectionString, nil) }
        guard let options = PQconninfoParse(connectionString, nil) else { return ("", nil) }
        defer { PQconninfoFree(options) }
        var words: [String] = []
        var password: String?
        var option = options
        while let keyword = option.pointee.keyword {
            defer { option += 1 }
            guard let value = option.pointee.val else { continue }
            switch String(cString: keyword) {
            case "password": password = String(cString: value)
            case "sslpassword": continue
            case let name: words.append("\(name)='\(Self.quoted(String(cString: value)))'")
            }
        }
        return (words.joined(separator: " "), password)
    }

    /// As it stands between the quotes of a connection string.
    static func quoted(_ value: String) -> String {
        String(value.flatMap { $0 == "'" || $0 == "\\" ? ["\\", $0] : [$0] })
    }
}
