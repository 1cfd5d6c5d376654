/// A statement that the server keeps prepared.
struct PreparedStatement {
    let name: String
    let parameterTypes: [PostgresType]
}
