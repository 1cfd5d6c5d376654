import Concurrency
import Density
import Foundation
import HTTPServer
import Imaging
import Postgres
import Telemetry
import TestSupport
import Testing

@testable import Dashboard

/// The page in a real Chromium.
@Suite(.enabled(if: Chromium.isPresent, Chromium.absence)) struct BrowserTests {
    private static let token = "0123456789abcdef"

    private struct Findings: Decodable {
        let layout: [String: [String]]
        let injected: Int
        let dialogs: [String]
        let elsewhere: [String]
        let reached: [String]
        let buttons: [String]
        let card: [String]
        let unseen: [String]
        let roles: [String]
        let nameless: [String]
        let asked: [String]
        let isSameDocument: Bool
        let errors: [String]
        let live: Int
        let source: String
        let focus: String?
        let focusAtEnd: String?
        let twice: Int?
        let left: Int?
        let undrawable: [String]
    }

    @Test("the page holds in a browser: its layout, hostile names, and every action by keyboard alone")
    func page() async throws {
        try await BusyArchive.withFresh(images: 2000) { connection in
            let findings = try await look(at: connection, image: 997)
            #expect(findings.layout.count == 12)
            for (place, faults) in findings.layout { #expect(faults == [], "\(place)") }
            #expect(findings.injected == 0)
            #expect(findings.dialogs == [])
            #expect(findings.elsewhere == [])
            #expect(Set(findings.buttons).isSubset(of: findings.reached))
            #expect(findings.buttons.count >= 3 + 3 * BusyArchive.cards)
            #expect(findings.unseen == [])
            for role in ["banner", "main", "contentinfo", "status", "heading", "progressbar", "button"] {
                #expect(findings.roles.contains(role), "\(role)")
            }
            #expect(findings.nameless == [])
            #expect(findings.card.contains("Power14.5 W") && findings.card.contains("Memory25 %"), "\(findings.card)")
            // Two actions ask before they act.
            #expect(findings.asked.count == 2)
            #expect(findings.isSameDocument)
            #expect(findings.errors == [])
            #expect(findings.live == 2)
            #expect(findings.source == "#/picture/1/3")
            #expect(findings.focus == "run 1" && findings.focusAtEnd == "run 1")
            #expect(findings.twice == 0 && findings.left == 0)
            #expect(findings.undrawable == [])
            let row = try #require(
                try await connection.query(
                    """
                    SELECT wish::text AS wish, (SELECT count(*) FROM headcount.failures) AS failures,
                        (SELECT max(desired_workers) FROM headcount.cards)::bigint AS workers FROM headcount.runs
                    """
                ).first)
            #expect(try row.decode(String.self, "wish") == "cancelled")
            #expect(try row.decode(Int.self, "failures") == 0)
            #expect(try row.decode(Int.self, "workers") == 2)
        }
    }

    private func look(at connection: PostgresConnection, image: Int) async throws -> Findings {
        let page = Dashboard(
            connection.configuration, token: ActionToken(Self.token), localOnly: true, version: "0",
            pictures: { _, image, longest in
                let size = PixelSize(width: longest, height: longest * 3 / 4)
                let colour = PixelColour(red: UInt8(truncatingIfNeeded: image), green: 90, blue: 120)
                return PagePicture(
                    jpeg: try PictureEncoder.jpeg(Picture(size: size, colour: colour), quality: 80), density: "kept",
                    people: 996, highest: 12.3, problem: nil)
            }, metrics: Metrics())
        // What begins with the first is not answered, what begins with the second is refused.
        let (held, refused) = (Locked(""), Locked(""))
        let server = try HTTPServer.serving(port: 0, bodyLimit: Dashboard.bodyLimit) { request in
            if let marked = ["/hold": held, "/refuse": refused][request.path] {
                marked.withLock { $0 = request.parameter("prefix") ?? "" }
                return .text("")
            }
            if refused.withLock({ !$0.isEmpty && request.path.hasPrefix($0) }) { return .refusal(502, "Refused") }
            func isHeld() -> Bool { held.withLock { !$0.isEmpty && request.path.hasPrefix($0) } }
            try? await waitUntil("being let go") { !isHeld() }
            return await page.answer(to: request)
        }
        defer { server.stop() }
        // Kept where somebody wants to look at them.
        let folder = try ProcessInfo.processInfo.environment["HEADCOUNT_SCREENSHOTS"] ?? TemporaryFolder().path
        let outcome = try await RunningProgram.run(
            [
                Checkout.root + "/Tests/DashboardTests/Browser/look.py", Chromium.path, server.url, Self.token, "1",
                "\(image)", folder,
            ], executable: "/usr/bin/python3")
        guard outcome.status == 0 else {
            Issue.record("\(outcome.errors)")
            throw CancellationError()
        }
        return try JSONDecoder().decode(Findings.self, from: Data(outcome.output.utf8))
    }
}
