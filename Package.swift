// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is held to the same rules: complete concurrency checking, warnings as errors, and in release
/// builds generics specialised across modules (27 times slower without it, see docs/architecture.md).
let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

let package = Package(
    name: "lip",
    targets: [
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CHTTPParser", providers: [.apt(["libhttp-parser-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2"), .linkedLibrary("stdc++")]),
        .target(name: "CSimdjson", linkerSettings: [.linkedLibrary("simdjson"), .linkedLibrary("stdc++")]),

        .target(name: "Runtime", dependencies: ["CLinux"], swiftSettings: swiftSettings),
        .target(
            name: "Transport",
            dependencies: ["Runtime", "CLinux", "CCurl", "CHTTPParser", "CSimdjson"],
            swiftSettings: swiftSettings),
        .target(name: "Dialects", dependencies: ["Transport", "Runtime"], swiftSettings: swiftSettings),
        .target(
            name: "Routing",
            dependencies: ["Dialects", "Runtime", "CRE2", "CSQLite"],
            swiftSettings: swiftSettings),
        .target(
            name: "Gateway",
            dependencies: ["Routing", "Dialects", "Transport", "Runtime", "CCrypto"],
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "lip",
            dependencies: ["Gateway", "Routing", "Dialects", "Transport", "Runtime", "CYAML", "CLinux"],
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "lipmock",
            dependencies: ["Transport", "Runtime", "CLinux"],
            swiftSettings: swiftSettings),

        .testTarget(name: "RuntimeTests", dependencies: ["Runtime"], swiftSettings: swiftSettings),
        .testTarget(name: "TransportTests", dependencies: ["Transport", "Runtime"], swiftSettings: swiftSettings),
        .testTarget(
            name: "DialectsTests",
            dependencies: ["Dialects", "Transport", "Runtime"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "RoutingTests",
            dependencies: ["Routing", "Dialects", "Runtime", "CSQLite"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "GatewayTests",
            dependencies: ["Gateway", "Routing", "Dialects", "Transport", "Runtime"],
            swiftSettings: swiftSettings),
        .testTarget(name: "lipTests", dependencies: ["lip", "Gateway", "Routing"], swiftSettings: swiftSettings),
    ],
    cxxLanguageStandard: .cxx17
)

// The fuzz targets of Fuzz/README.md: built only when Fuzz/run.sh names them, with every module instrumented.
if let names = Context.environment["LIP_FUZZ_TARGETS"] {
    for target in package.targets where target.type == .regular {
        target.swiftSettings =
            (target.swiftSettings ?? []) + [.unsafeFlags(["-sanitize=fuzzer,address", "-enable-testing"])]
        target.cxxSettings = [.unsafeFlags(["-fsanitize=fuzzer-no-link,address"])]
    }
    package.targets.append(.systemLibrary(name: "CFuzzer", path: "Fuzz/CFuzzer"))
    package.targets.append(
        .target(
            name: "FuzzSupport",
            dependencies: ["Dialects"],
            path: "Fuzz/Support",
            swiftSettings: swiftSettings + [.unsafeFlags(["-sanitize=fuzzer,address"])]))
    for name in names.split(separator: " ") {
        package.targets.append(
            .executableTarget(
                name: "Fuzz\(name)",
                dependencies: ["CFuzzer", "FuzzSupport", "Routing", "Dialects", "Transport", "Runtime"],
                path: "Fuzz/\(name)",
                exclude: ["corpus", "dictionary"],
                swiftSettings: swiftSettings + [.unsafeFlags(["-sanitize=fuzzer,address"])],
                linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]))
    }
}

// Measurements of single pieces: `LIP_BENCHMARKS=1 swift run -c release ParsingBenchmark [NAME]`.
if Context.environment["LIP_BENCHMARKS"] != nil {
    package.targets.append(
        .executableTarget(
            name: "ParsingBenchmark",
            dependencies: ["Dialects", "Transport"],
            path: "Benchmarks/Parsing",
            swiftSettings: swiftSettings))
}
