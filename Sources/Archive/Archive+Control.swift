import Postgres

extension Archive {
    /// Nothing more of a set is claimed; what is leased is finished.
    /// - Returns: how many runs this changed.
    /// - Throws: this and the others below, `ArchiveError.unknownSet`.
    public func pause(_ set: String) async throws -> Int {
        try await control(set, "SELECT headcount.pause($1) AS n", [set])
    }

    /// Paused runs of a set go on.
    /// - Returns: how many runs this changed.
    public func resume(_ set: String) async throws -> Int {
        try await control(set, "SELECT headcount.resume($1) AS n", [set])
    }

    /// What is left of the runs of a set is dropped for good; counts that are there stay.
    /// - Returns: how many runs this changed.
    public func cancel(_ set: String) async throws -> Int {
        try await control(set, "SELECT headcount.cancel($1) AS n", [set])
    }

    /// The runs of a set are claimed before those of a lower priority.
    /// - Returns: how many runs these are.
    public func setPriority(_ priority: Int, of set: String) async throws -> Int {
        try await control(set, "SELECT headcount.set_priority($1, $2::integer) AS n", [set, priority])
    }

    /// Images of a set that failed for good are tried again.
    /// - Parameter failure: the class of failure; `nil` for all.
    /// - Returns: how many images these are.
    public func retry(_ set: String, failure: FailureClass? = nil) async throws -> Int {
        try await control(set, "SELECT headcount.retry($1, $2) AS n", [set, failure?.rawValue])
    }

    /// Removes a set with all its runs, images and results, whatever is being counted of it.
    ///
    /// The tables are dropped as they are, which waits for queries that read images or results of any set; not longer than
    /// three seconds. Where it fails for that, its runs are cancelled nevertheless.
    public func remove(_ set: String) async throws {
        // In a transaction of its own, so that no worker finds a table gone that it was just given images of.
        _ = try await cancel(set)
        try await Self.naming(set) {
            _ = try await connection.query("SELECT headcount.remove_set($1)", [set])
        }
    }

    /// Images of a set that failed for good, run by run in the order of the images, in constant memory.
    /// - Parameter failure: the class of failure; `nil` for all.
    public func failedImages(
        ofSet set: String, failure: FailureClass? = nil, _ body: @Sendable (FailedImage) throws -> Void
    ) async throws {
        try await requireSet(set)
        try await connection.stream(
            """
            SELECT run_id, url, class::text AS class, detail, attempts FROM headcount.failed_images
            WHERE set_name = $1 AND ($2::text IS NULL OR class::text = $2) ORDER BY run_id, image
            """, [set, failure?.rawValue]
        ) { row in
            try body(
                FailedImage(
                    runID: try row.decode(Int.self, "run_id"), url: try row.decode(String.self, "url"),
                    failure: try row.decode(String.self, "class"), detail: try row.decode(String.self, "detail"),
                    attempts: try row.decode(Int.self, "attempts")))
        }
    }

    /// What to look after in the queue.
    public func health() async throws -> [(what: String, isGood: Bool, detail: String)] {
        try await connection.query("SELECT what, is_good, detail FROM headcount.health()").map { row in
            (
                try row.decode(String.self, "what"), try row.decode(Bool.self, "is_good"),
                try row.decode(String.self, "detail")
            )
        }
    }

    private func control(_ set: String, _ statement: String, _ parameters: [any PostgresEncodable]) async throws
        -> Int
    {
        try await Self.naming(set) {
            try await connection.query(statement, parameters).first?.decode(Int.self, "n") ?? 0
        }
    }

    private static func naming<Result>(_ set: String, _ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as PostgresError where error.sqlState == "P0002" {
            throw ArchiveError.unknownSet(set)
        }
    }
}
