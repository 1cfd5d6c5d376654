import Glibc
import TestSupport
import Testing

/// DuckDB's program as `Deploy/duckdb` puts it into this checkout.
enum DuckDBInstallation {
    static let program = Checkout.root + "/.runtime/duckdb/duckdb"
    static var isPresent: Bool { access(program, X_OK) == 0 }
    static let absence: Comment = "Deploy/duckdb was not run"
}
