import Glibc
import HTTPServer
import Postgres
import Telemetry
import TestSupport
import Testing

@testable import Dashboard

/// A database that neither answers nor is gone.
@Suite struct SilentDatabaseTests {
    @Test(
        "what watches over a page gets its other metrics while the database is silent, and all of them again afterwards",
        .timeLimit(.minutes(5)))
    func metrics() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 5)
            var configuration = connection.configuration
            configuration.applicationName = "watched"
            let metrics = Metrics()
            metrics.declareProcess()
            let page = Dashboard(
                DashboardDatabase(configuration), token: nil, localOnly: true, version: "0", pictures: nil,
                metrics: metrics, patience: .milliseconds(50), tell: { _ in })
            func scrape() async throws -> String {
                let response = await page.answer(to: try #require(HTTPRequest(method: "GET", target: "/metrics")))
                guard case .text(let text) = response.body else { return "" }
                return text
            }
            // However slow this machine is just now.
            try await waitUntil("the database to answer") {
                try await scrape().contains("headcount_page_database_up 1\n")
            }
            let process = try await connection.query(
                "SELECT pid FROM pg_stat_activity WHERE application_name = 'watched'"
            ).first?.decode(Int.self, "pid")
            // The server process of the page's own connection stands still, as behind a cable that was pulled.
            let server = Int32(try #require(process))
            #expect(kill(server, SIGSTOP) == 0)
            defer { kill(server, SIGCONT) }
            for _ in 1...3 {
                let text = try await scrape()
                #expect(text.contains("headcount_page_database_up 0\n"))
                #expect(text.contains("\nprocess_open_fds ") && !text.contains("\nheadcount_images_pending "))
            }
            kill(server, SIGCONT)
            try await waitUntil("the database to be told of again") {
                let text = try await scrape()
                return text.contains("headcount_page_database_up 1\n") && text.contains("headcount_images_pending 5\n")
            }
        }
    }
}
