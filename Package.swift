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
        dependencies: ([name] + others).map { .init(stringLiteral: $0) },
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
        floor("Telemetry", on: ["Concurrency"]),
        floor("Supervision", on: ["CSystem", "Concurrency", "Telemetry"]),
        floor("Terminal", on: ["CSystem", "Concurrency"]),

        // Floor 2: one outside thing each
        floor("Postgres", on: ["CPostgres", "CSystem", "Concurrency", "Supervision"]),
        floor("Fetch", on: ["CCurl", "Concurrency"]),
        floor("Imaging", on: ["CImaging", "Density"]),
        floor("Inference", on: ["COpenVINO", "CSophon", "CSystem", "Concurrency", "Density", "Digest"]),
        floor("HTTPServer", on: ["CHTTPServer", "Concurrency"]),

        floor("Charts", on: ["Density"]),

        // Floor 3: what Headcount knows
        floor("Archive", on: ["CSV", "Concurrency", "Density", "Digest", "Postgres"]),
        floor("Models", on: ["Density", "Digest", "Fetch", "Inference"]),
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
            on: [
                "Archive", "CSV", "Charts", "Concurrency", "Counting", "Density", "Digest", "Imaging", "Inference",
                "Models", "Terminal",
            ]),

        floor(
            "Inspection",
            on: ["Archive", "Charts", "Counting", "Density", "Digest", "Fetch", "Imaging", "Inference", "Models"]),

        floor("Reports", on: ["Archive", "Charts", "Terminal"]),

        .target(
            name: "Dashboard",
            dependencies: ["Concurrency", "HTTPServer", "Postgres", "Telemetry"],
            resources: [
                .embedInCode("Page/page.html"), .embedInCode("Page/page.css"), .embedInCode("Page/page.js"),
                .embedInCode("Page/page.svg"),
            ],
            swiftSettings: swiftSettings),

        // Floor 5: the command line
        .executableTarget(
            name: "headcount",
            dependencies: [
                "Archive", "Arguments", "Charts", "Concurrency", "Coordinator", "Counting", "CSV",
                "Dashboard", "Density", "Digest", "Evaluation", "Fetch", "HTTPServer", "Imaging", "Inference",
                "Inspection", "Isolation", "Models", "Postgres", "Reports", "Scenes", "Supervision", "Telemetry",
                "Terminal", "Worker",
            ],
            swiftSettings: swiftSettings),

        // Tests
        .target(
            name: "TestSupport",
            dependencies: ["Archive", "Concurrency", "Density", "Digest", "Postgres", "Supervision"],
            path: "Tests/TestSupport",
            swiftSettings: swiftSettings),
        .target(
            name: "FakeSophon", dependencies: ["CSophon"], path: "Tests/FakeSophon", cxxSettings: cxxSettings),
        tests(of: "Concurrency"),
        tests(of: "Density", with: ["TestSupport"]),
        tests(of: "Digest", with: ["TestSupport"]),
        tests(of: "Arguments"),
        tests(of: "CSV"),
        tests(
            of: "Dashboard",
            with: [
                "Archive", "Concurrency", "Density", "HTTPServer", "Imaging", "Postgres", "Telemetry", "TestSupport",
            ],
            excluding: ["Browser"]),
        tests(of: "Charts", with: ["Density", "TestSupport"]),
        tests(of: "Supervision", with: ["CSystem", "Telemetry", "TestSupport"]),
        tests(of: "Postgres", with: ["Concurrency", "TestSupport"]),
        tests(of: "Fetch", with: ["Concurrency", "HTTPServer", "TestSupport"]),
        tests(of: "Imaging", with: ["CImaging", "Density", "TestSupport"], excluding: ["Fixtures"]),
        tests(
            of: "Inference",
            with: [
                "CSophon", "Concurrency", "Density", "FakeSophon", "Models", "Scenes", "Supervision", "Terminal",
                "TestSupport",
            ],
            excluding: ["Models"]),
        tests(of: "HTTPServer", with: ["Concurrency", "Fetch", "TestSupport"]),
        tests(of: "Telemetry"),
        tests(of: "Terminal"),
        tests(of: "Archive", with: ["Concurrency", "Density", "Digest", "Postgres", "TestSupport"]),
        tests(
            of: "Models", with: ["Counting", "Density", "Digest", "Imaging", "Inference", "Scenes", "TestSupport"]),
        .testTarget(
            name: "IsolationTests",
            // The program itself is not imported: its processes decode.
            dependencies: ["Isolation", "TestSupport", "headcount", "Density", "Imaging"],
            swiftSettings: swiftSettings),
        tests(of: "Scenes", with: ["Concurrency", "Density", "Imaging", "TestSupport"]),
        tests(
            of: "Worker",
            with: [
                "headcount", "Archive", "CSV", "Concurrency", "Counting", "Density", "Digest", "Fetch", "HTTPServer",
                "Imaging", "Inference", "Isolation", "Models", "Postgres", "Telemetry", "TestSupport",
            ], excluding: ["Reference"]),
        tests(
            of: "Evaluation",
            with: [
                "Archive", "Concurrency", "Counting", "Density", "Fetch", "HTTPServer", "Imaging", "Models",
                "TestSupport",
            ]),
        tests(of: "Coordinator", with: ["Archive", "Inference", "Supervision", "TestSupport"]),
        .testTarget(
            name: "CommandTests",
            // The program itself is not imported: the tests run it.
            dependencies: [
                "headcount", "TestSupport", "Concurrency", "Density", "Digest", "Evaluation", "Fetch", "HTTPServer",
                "Imaging", "Inference", "Postgres", "Supervision",
            ],
            swiftSettings: swiftSettings),
    ]
)
