// swift-tools-version: 6.2

import PackageDescription

// Every target lives on a floor and imports only lower floors; the floors are drawn in Sources/README.md.

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let cSettings: [CSetting] = [
    .define("_GNU_SOURCE"),
    .enableWarning("all"),
    .enableWarning("extra"),
    .treatAllWarnings(as: .error),
]

let cxxSettings: [CXXSetting] = [
    .enableWarning("all"),
    .enableWarning("extra"),
    .treatAllWarnings(as: .error),
]

/// A C target: a small shim over one system library, or declarations alone.
func shim(_ name: String, linking libraries: [String] = []) -> Target {
    .target(
        name: name, cSettings: cSettings, cxxSettings: cxxSettings,
        linkerSettings: libraries.map { .linkedLibrary($0) })
}

func floor(_ name: String, on lower: [String] = []) -> Target {
    .target(name: name, dependencies: lower.map { .init(stringLiteral: $0) }, swiftSettings: swiftSettings)
}

func tests(of name: String, with others: [String] = [], excluding data: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: ([name, "TestSupport"] + others).map { .init(stringLiteral: $0) },
        exclude: data,
        swiftSettings: swiftSettings)
}

let package = Package(
    name: "headcount",
    products: [.executable(name: "headcount", targets: ["headcount"])],
    targets: [
        // Floor 0: C
        shim("CSystem"),
        shim("CDensity"),
        shim("CDigest", linking: ["crypto"]),
        shim("CPostgres", linking: ["pq"]),
        shim("CCurl", linking: ["curl"]),
        shim("CImaging", linking: ["jpeg", "png", "webp", "webpdemux", "tiff"]),
        shim("CHTTPServer", linking: ["microhttpd"]),
        shim("COpenVINO"),
        shim("CSophon"),

        // Floor 1: pure
        floor("Concurrency", on: ["CSystem"]),
        floor("Density", on: ["CDensity"]),
        floor("Digest", on: ["CDigest"]),
        floor("Arguments"),
        floor("CSV"),
        floor("Supervision", on: ["CSystem", "Concurrency"]),
        floor("Terminal", on: ["CSystem", "Concurrency"]),

        // Floor 2: one outside thing each
        floor("Postgres", on: ["CPostgres", "CSystem", "Concurrency", "Supervision"]),
        floor("Fetch", on: ["CCurl", "Concurrency"]),
        floor("Imaging", on: ["CImaging", "Density"]),
        floor("Inference", on: ["COpenVINO", "CSophon", "CSystem", "Concurrency", "Density"]),
        floor("HTTPServer", on: ["CHTTPServer", "Concurrency"]),
        floor("Telemetry", on: ["Concurrency"]),

        floor("Charts", on: ["Density"]),

        // Floor 3: what Headcount knows
        floor("Archive", on: ["CSV", "Concurrency", "Density", "Digest", "Postgres"]),
        floor("Models", on: ["Density", "Digest", "Inference"]),
        floor("Counting", on: ["Density", "Imaging", "Inference"]),
        floor("Isolation", on: ["CSystem", "Concurrency", "Density", "Imaging", "Supervision"]),
        floor("Scenes", on: ["Concurrency", "Density", "Imaging"]),

        // Floor 4: what Headcount does
        floor(
            "Worker",
            on: [
                "Archive", "Concurrency", "Counting", "Density", "Digest", "Fetch", "Imaging", "Inference", "Models",
                "Postgres", "Supervision", "Telemetry",
            ]),

        floor(
            "Coordinator",
            on: [
                "Archive", "CSystem", "Concurrency", "HTTPServer", "Inference", "Postgres", "Supervision", "Telemetry",
            ]),

        floor(
            "Evaluation",
            on: ["Archive", "CSV", "Concurrency", "Counting", "Density", "Imaging", "Inference", "Models"]),

        floor(
            "Inspection", on: ["Archive", "Counting", "Density", "Digest", "Fetch", "Imaging", "Inference", "Models"]),

        .target(
            name: "Dashboard",
            dependencies: ["Concurrency", "HTTPServer", "Postgres", "Telemetry"],
            resources: [.embedInCode("Page/page.html"), .embedInCode("Page/page.css"), .embedInCode("Page/page.js")],
            swiftSettings: swiftSettings),

        // Floor 5: the command line
        .executableTarget(
            name: "headcount",
            dependencies: [
                "Archive", "Arguments", "Charts", "Concurrency", "Coordinator", "Counting", "CSV", "CSystem",
                "Dashboard", "Density", "Digest", "Evaluation", "Fetch", "HTTPServer", "Imaging", "Inference",
                "Inspection", "Isolation", "Models", "Postgres", "Scenes", "Supervision", "Telemetry", "Terminal",
                "Worker",
            ],
            swiftSettings: swiftSettings),

        // Tests
        .target(
            name: "TestSupport",
            dependencies: ["Archive", "Concurrency", "Density", "Digest", "Postgres"],
            path: "Tests/TestSupport",
            swiftSettings: swiftSettings),
        .target(
            name: "FakeSophon", dependencies: ["CSophon"], path: "Tests/FakeSophon", cxxSettings: cxxSettings),
        tests(of: "Concurrency"),
        tests(of: "Density"),
        tests(of: "Digest"),
        tests(of: "Arguments"),
        tests(of: "CSV"),
        tests(of: "Dashboard", with: ["Archive", "HTTPServer", "Postgres"]),
        tests(of: "Charts", with: ["Density"]),
        tests(of: "Supervision", with: ["CSystem"]),
        tests(of: "Postgres", with: ["CSystem"]),
        tests(of: "Fetch", with: ["HTTPServer"]),
        tests(of: "Imaging", with: ["CImaging", "Density"], excluding: ["Fixtures"]),
        tests(
            of: "Inference", with: ["Concurrency", "CSophon", "Density", "FakeSophon", "Scenes", "Terminal"],
            excluding: ["Models"]),
        tests(of: "HTTPServer", with: ["Fetch"]),
        tests(of: "Telemetry"),
        tests(of: "Terminal"),
        tests(of: "Archive", with: ["Density", "Digest", "Postgres"]),
        tests(of: "Models", with: ["Counting", "Density", "Imaging", "Inference", "Scenes"]),
        .testTarget(
            name: "IsolationTests",
            // The program itself is not imported: its processes decode.
            dependencies: ["Isolation", "TestSupport", "headcount", "Density", "Imaging"],
            swiftSettings: swiftSettings),
        tests(of: "Scenes", with: ["Concurrency", "Density", "Imaging"]),
        tests(
            of: "Worker",
            with: [
                "headcount", "Archive", "CSV", "Concurrency", "Counting", "Density", "Digest", "Fetch", "HTTPServer",
                "Imaging", "Inference", "Isolation", "Models", "Postgres",
            ], excluding: ["Reference"]),
        tests(
            of: "Evaluation",
            with: ["Archive", "Counting", "Density", "Imaging", "Inference", "Models", "Postgres"]),
        tests(of: "Coordinator", with: ["Archive", "Concurrency", "Postgres", "Supervision"]),
        .testTarget(
            name: "CommandTests",
            // The program itself is not imported: the tests run it.
            dependencies: [
                "headcount", "TestSupport", "Concurrency", "Density", "Digest", "HTTPServer", "Imaging", "Inference",
                "Postgres", "Supervision",
            ],
            swiftSettings: swiftSettings),
    ]
)
