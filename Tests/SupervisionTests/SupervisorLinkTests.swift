import CSystem
import Glibc
import Testing

@testable import Supervision

@Suite struct SupervisorLinkTests {
    private func pair() throws -> (ours: Int32, theirs: Int32) {
        var ends: [Int32] = [-1, -1]
        try #require(headcount_message_pair(&ends) == 0)
        return (ends[0], ends[1])
    }

    private func read(_ descriptor: Int32) throws -> WorkerReport {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let length = recv(descriptor, &buffer, buffer.count, 0)
        try #require(length > 0)
        return try WorkerReport(message: Array(buffer.prefix(length)))
    }

    @Test("reports keep their bounds however many wait")
    func bounds() throws {
        let (ours, theirs) = try pair()
        defer {
            close(ours)
            close(theirs)
        }
        let link = SupervisorLink(descriptor: theirs)
        for number in 1...20 {
            var report = WorkerReport()
            report.counted = number
            link.send(report)
        }
        for number in 1...20 { #expect(try read(ours).counted == number) }
    }

    @Test("a coordinator that does not read holds up nobody")
    func full() throws {
        let (ours, theirs) = try pair()
        defer {
            close(ours)
            close(theirs)
        }
        let link = SupervisorLink(descriptor: theirs)
        // Far more than the sockets hold.
        for _ in 0..<20_000 { link.send(WorkerReport()) }
        #expect(try read(ours) == WorkerReport())
    }

    @Test("a coordinator that is gone is no error of a worker's report")
    func gone() throws {
        let (ours, theirs) = try pair()
        close(ours)
        SupervisorLink(descriptor: theirs).send(WorkerReport())
        close(theirs)
    }
}
