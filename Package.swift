// swift-tools-version: 6.1
import PackageDescription

// The numerical rooms compute on eight subjects at once. They are optimised in debug builds too, so that tests run at the speed of the
// program, and use AVX2 and FMA where the processor is an x86 (any since 2013). EUTHYMIA_MARCH names another set, such as
// x86-64-v4; results have the same bytes on all.
#if arch(x86_64)
    let vectorInstructions = ["-Xcc", "-march=" + (Context.environment["EUTHYMIA_MARCH"] ?? "x86-64-v3")]
#else
    let vectorInstructions: [String] = []
#endif
let numerics: [SwiftSetting] = [.unsafeFlags(vectorInstructions), .unsafeFlags(["-O"], .when(configuration: .debug))]

// Floors as in docs/architecture.md: a target lists only targets from floors below it.
let package = Package(
    name: "euthymia",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "euthymia", targets: ["euthymia"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.0"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache.git", from: "2.1.0"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    ],
    targets: [
        // Floor 0: notation, evidence, measurement and drawing. Pure; no I/O, no clock.
        .target(name: "Notation"),
        .target(name: "Evidence", dependencies: ["Notation"]),
        .target(name: "Statistics", swiftSettings: numerics),
        .target(name: "Plot", dependencies: ["Notation"]),
        .target(name: "Pharmacology", dependencies: ["Statistics", "Notation", "Evidence"], swiftSettings: numerics),
        .target(name: "Psychometrics", dependencies: ["Notation", "Evidence"]),

        // Floor 1: what is known about one patient.
        .target(name: "Chart", dependencies: ["Notation", "Evidence", "Pharmacology"]),

        .target(
            name: "Access",
            dependencies: ["Notation", .product(name: "Crypto", package: "swift-crypto"), .product(name: "CryptoExtras", package: "swift-crypto")]),

        // Floor 2: what follows from it.
        .target(name: "Guidance", dependencies: ["Chart", "Psychometrics", "Pharmacology", "Evidence", "Notation"]),

        .target(name: "Dispensary", dependencies: ["Pharmacology", "Evidence", "Notation"]),

        // Floor 3: what is to come. Rests on what Guidance says is scored and permitted; pure like the floors below.
        .target(
            name: "Forecast", dependencies: ["Guidance", "Chart", "Psychometrics", "Pharmacology", "Statistics", "Evidence", "Notation"],
            swiftSettings: numerics),

        // Floor 4: the rim. Files, database, generated charts.
        .target(
            name: "Knowledge",
            dependencies: [
                "Forecast", "Guidance", "Dispensary", "Chart", "Psychometrics", "Pharmacology", "Evidence", "Notation",
                .product(name: "Yams", package: "Yams"),
            ],
            resources: [.copy("Resources")]),
        .target(
            name: "Trials",
            dependencies: [
                "Forecast", "Guidance", "Chart", "Pharmacology", "Statistics", "Plot", "Evidence", "Notation",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: numerics),
        .target(
            name: "Storage",
            dependencies: [
                "Access", "Chart", "Dispensary", "Notation",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
        .target(
            name: "Interchange",
            dependencies: [
                "Forecast", "Guidance", "Dispensary", "Chart", "Psychometrics", "Pharmacology", "Evidence", "Notation",
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
        // Looks at Storage beside it: what is kept of each chart.
        .target(
            name: "Outcomes",
            dependencies: [
                "Storage", "Access", "Guidance", "Chart", "Psychometrics", "Pharmacology", "Statistics", "Plot", "Evidence", "Notation",
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
        .target(
            name: "Demonstration",
            dependencies: ["Access", "Chart", "Psychometrics", "Statistics", "Notation"],
            resources: [.copy("Resources")]),

        // Floor 5: the clinic's pages. QR codes are drawn by libqrencode.
        .systemLibrary(name: "CQREncode", pkgConfig: "libqrencode", providers: [.apt(["libqrencode-dev"]), .brew(["qrencode"])]),
        // How the C library keeps memory: no module of Glibc's own has it.
        .systemLibrary(name: "CMalloc"),
        .target(
            name: "ClinicServer",
            dependencies: [
                .target(name: "CMalloc", condition: .when(platforms: [.linux])),
                "Outcomes", "Trials", "Knowledge", "Interchange", "Storage", "Forecast", "Guidance", "Dispensary", "Access", "Chart", "Psychometrics",
                "Pharmacology", "Plot", "Evidence", "Notation", "CQREncode",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            resources: [.copy("Resources")]),

        // Floor 6: the program.
        .executableTarget(
            name: "euthymia",
            dependencies: [
                "ClinicServer", "Outcomes", "Demonstration", "Interchange", "Storage", "Knowledge", "Trials", "Forecast", "Guidance", "Dispensary",
                "Access", "Chart", "Psychometrics", "Pharmacology", "Statistics", "Plot", "Evidence", "Notation",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        // A simulated clinic, driven through the real domain code: in short by the tests, for a year by Benchmarks.
        .target(
            name: "ClinicYear", dependencies: ["Guidance", "Dispensary", "Chart", "Pharmacology", "Statistics", "Evidence", "Notation"],
            path: "Tests/ClinicYear"),

        // The built program, running as a process of its own and killed: in short by the tests, 200 times by Benchmarks.
        .target(
            name: "RunningClinic",
            dependencies: ["Storage", "Access", "Chart", "Statistics", "Notation", .product(name: "Crypto", package: "swift-crypto")],
            path: "Tests/RunningClinic"),

        // Figures, printed by hand: swift run -c release Benchmarks
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "ClinicYear", "RunningClinic", "ClinicServer", "Outcomes", "Interchange", "Storage", "Access", "Knowledge", "Trials", "Forecast", "Guidance",
                "Chart", "Pharmacology", "Statistics", "Notation",
                .product(name: "HummingbirdTesting", package: "hummingbird"), .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"), .product(name: "GRDB", package: "GRDB.swift"),
            ],
            path: "Benchmarks"),

        // Effects fitted to published figures: script/calibrate-effects
        .executableTarget(
            name: "Calibration", dependencies: ["Knowledge", "Forecast", "Guidance", "Pharmacology", "Statistics", "Notation"], path: "Calibration",
            exclude: ["acute_effects.csv", "trial_assumptions.csv"], swiftSettings: [.unsafeFlags(["-O"], .when(configuration: .debug))]),

        // Tests, one target for each room.
        .testTarget(name: "NotationTests", dependencies: ["Notation"]),
        .testTarget(name: "StatisticsTests", dependencies: ["Statistics"], exclude: ["Reference"]),
        .testTarget(
            name: "PharmacologyTests", dependencies: ["Pharmacology", "Knowledge", "Guidance", "Statistics", "Notation"],
            resources: [.copy("pk_exposures.csv")]),
        .testTarget(name: "AccessTests", dependencies: ["Access", "Notation"]),
        .testTarget(name: "PlotTests", dependencies: ["Plot"]),
        .testTarget(name: "PsychometricsTests", dependencies: ["Psychometrics", "Knowledge", "Guidance", "Evidence", "Notation"]),
        .testTarget(name: "ChartTests", dependencies: ["Chart", "Evidence", "Notation"]),
        .testTarget(
            name: "GuidanceTests", dependencies: ["ClinicYear", "Guidance", "Statistics", "Interchange", "Knowledge", "Chart", "Evidence", "Notation"],
            resources: [.copy("Vignettes")]),
        .testTarget(
            name: "ForecastTests",
            dependencies: ["Forecast", "Interchange", "Knowledge", "Guidance", "Pharmacology", "Chart", "Statistics", "Evidence", "Notation"]),
        .testTarget(name: "TrialsTests", dependencies: ["Trials", "Knowledge", "Forecast", "Guidance", "Pharmacology", "Statistics", "Notation"]),
        .testTarget(
            name: "DispensaryTests",
            dependencies: ["Dispensary", "Interchange", "Knowledge", "Guidance", "Pharmacology", "Statistics", "Evidence", "Notation"],
            resources: [.copy("Ledgers")]),
        .testTarget(
            name: "KnowledgeTests",
            dependencies: ["Knowledge", "Psychometrics", "Guidance", "Chart", "Evidence", "Notation", .product(name: "Yams", package: "Yams")]),
        .testTarget(
            name: "StorageTests",
            dependencies: ["Storage", "Access", "Chart", "Dispensary", "Statistics", "Notation", .product(name: "GRDB", package: "GRDB.swift")]),
        .testTarget(
            name: "InterchangeTests",
            dependencies: ["Interchange", "Demonstration", "Guidance", "Knowledge", "Psychometrics", "Chart", "Notation"], exclude: ["Fixtures"]),
        .testTarget(
            name: "ClinicServerTests",
            dependencies: [
                "ClinicServer", "Demonstration", "Trials", "Interchange", "Storage", "Knowledge", "Forecast", "Access", "Chart", "Notation",
                .product(name: "HummingbirdTesting", package: "hummingbird"), .product(name: "Crypto", package: "swift-crypto"),
            ]),
        .testTarget(
            name: "OutcomesTests",
            dependencies: [
                "Outcomes", "Demonstration", "Interchange", "Storage", "Knowledge", "Guidance", "Psychometrics", "Chart", "Statistics", "Evidence", "Notation",
            ]),
        .testTarget(name: "CalibrationTests", dependencies: ["Calibration", "Knowledge", "Guidance", "Notation"]),
        .testTarget(name: "ProgramTests", dependencies: ["euthymia", "RunningClinic", "Storage", "Access", "Notation"]),
    ]
)
