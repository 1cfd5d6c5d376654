import TestSupport
import Testing

@testable import Archive
@testable import Worker

/// Random orders of everything that can happen to a ledger, against a plain account of what must come of it.
struct ShardLedgerInterleavingTests {
    /// What is known of one claimed shard.
    private struct Account {
        let images: Set<Int>
        var settled: Set<Int> = []
        var givenUp: Set<Int> = []
        var written: [Int] = []
        var isFinished = false
        var isDropped = false
    }

    private struct Scene {
        var noise: Noise
        var ledger = ShardLedger()
        var running: [ShardLedger.Work] = []
        var accounts: [ShardLease: Account] = [:]
        var claims = 0

        mutating func random(_ limit: Int) -> Int { Int(noise.next() % UInt64(limit)) }

        mutating func claim() {
            claims += 1
            // The same few shards again and again, each time with a greater token.
            let lease = ShardLease(shard: random(3), token: claims)
            let numbers = (0..<random(6)).map { claims * 100 + $0 }
            accounts[lease] = Account(images: Set(numbers))
            ledger.add([
                ClaimedShard(
                    lease: lease, run: 1,
                    images: numbers.map { ClaimedShard.Image(number: $0, url: "http://a", attempts: 0) })
            ])
        }

        mutating func start() {
            guard let work = ledger.start() else { return }
            #expect(accounts[work.lease]?.isDropped == false, "an image of a dropped shard was started")
            #expect(accounts[work.lease]?.images.contains(work.image.number) == true)
            #expect(!running.contains { $0.image.number == work.image.number }, "an image was started twice")
            running.append(work)
        }

        mutating func settle() {
            guard !running.isEmpty else { return }
            let work = running.remove(at: random(running.count))
            let isCounted = random(4) > 0
            let outcome: ShardLedger.Outcome =
                isCounted
                ? .failure(FailureResult(image: work.image.number, failure: .timeout, detail: "")) : .givenUp
            let isLast = ledger.settle(work, outcome)
            guard var account = accounts[work.lease], !account.isDropped else {
                #expect(!isLast, "a dropped shard was finished")
                return
            }
            if isCounted {
                account.settled.insert(work.image.number)
            } else {
                account.givenUp.insert(work.image.number)
            }
            accounts[work.lease] = account
            #expect(isLast == account.images.subtracting(account.settled).subtracting(account.givenUp).isEmpty)
        }

        mutating func take() {
            for record in ledger.take() {
                guard var account = accounts[record.lease] else { continue }
                #expect(!account.isDropped, "results of a dropped shard were written")
                #expect(!account.isFinished, "something was written behind the end of a shard")
                account.written += record.failures.map(\.image)
                account.isFinished = record.finish
                accounts[record.lease] = account
                #expect(!ledger.holds(record.lease) == record.finish)
                #expect(ledger.leases.contains(record.lease), "a lease was let go of before its end was written")
                ledger.wrote(record.lease)
            }
        }

        mutating func drop() {
            let held = ledger.leases.sorted { $0.token < $1.token }
            guard !held.isEmpty else { return }
            let lease = held[random(held.count)]
            ledger.drop([lease])
            accounts[lease]?.isDropped = true
        }

        mutating func giveUp() {
            ledger.giveUpUnstarted()
            let inFlight = Set(running.map(\.image.number))
            for (lease, account) in accounts where !account.isDropped {
                accounts[lease]?.givenUp.formUnion(account.images.subtracting(account.settled).subtracting(inFlight))
            }
        }
    }

    @Test("Each image of a shard that is kept is written once or given up, and its end comes once and last")
    func everyImageIsAccountedFor() {
        for seed in 0..<300 {
            var scene = Scene(noise: Noise(seed: UInt64(seed)))
            for _ in 0..<120 {
                switch scene.random(20) {
                case 0..<3: scene.claim()
                case 3..<10: scene.start()
                case 10..<16: scene.settle()
                case 16..<18: scene.take()
                case 18: scene.drop()
                default: if scene.random(5) == 0 { scene.giveUp() }
                }
            }
            while scene.ledger.unstarted > 0 { scene.start() }
            while !scene.running.isEmpty { scene.settle() }
            scene.take()
            #expect(scene.ledger.leases.isEmpty, "a shard was never finished, seed \(seed)")
            for (lease, account) in scene.accounts where !account.isDropped {
                #expect(account.isFinished, "\(lease), seed \(seed)")
                #expect(account.written.count == account.settled.count, "\(lease), seed \(seed)")
                #expect(Set(account.written) == account.settled, "\(lease), seed \(seed)")
                #expect(account.settled.union(account.givenUp) == account.images, "\(lease), seed \(seed)")
                #expect(account.settled.isDisjoint(with: account.givenUp), "\(lease), seed \(seed)")
            }
        }
    }
}
