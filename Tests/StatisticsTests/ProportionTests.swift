import Foundation
import Statistics
import Testing

@Suite struct ProportionTests {
    @Test func limitsOfSharesAndRatesAgreeWithR() throws {
        let r = try Reference.shared.get()
        for events in [0, 3, 20] {
            let limits = try #require(Proportion(events, of: 20).interval())
            expectClose([limits.low, limits.high], try r("wilson.\(events)"), 1e-12, "Wilson \(events)")
        }
        for events in [0, 1, 10, 300] {
            let limits = EventRate.exactInterval(events: events, exposure: 1)
            expectClose([limits.low, limits.high], try r("garwood.\(events)"), 1e-11, "Garwood \(events)")
        }
        #expect(Proportion(0, of: 0).share == nil && Proportion(0, of: 0).interval() == nil)
    }

    /// Between the two counts at whose border the distribution passes the probability.
    @Test func funnelLimitsLieAtTheQuantilesOfTheBinomial() throws {
        let r = try Reference.shared.get()
        for n in [5, 40, 700] {
            let limits = Proportion.funnelLimits(0.37, count: n, level: 0.95)
            for (p, limit) in [(0.025, limits.low), (0.975, limits.high)] {
                let (quantile, above, below) = try { ($0[0], $0[1], $0[2]) }(r("binomial.\(n).\(p)"))
                let expected = (quantile - (above - p) / (above - below)) / Double(n)
                #expect(abs(limit - max(0, expected)) < 1e-12, "\(n) \(p)")
            }
        }
        #expect(Proportion.funnelLimits(0.5, count: 0, level: 0.95) == (0.5, 0.5))
        let (narrow, wide) = (Proportion.funnelLimits(0.4, count: 50, level: 0.95), Proportion.funnelLimits(0.4, count: 50, level: 0.998))
        #expect(wide.low < narrow.low && narrow.high < wide.high)
    }

    /// When everybody has the same exposure the rate is a mean of people, with its usual error.
    @Test func aClusteredRateIsAMeanOfPeople() throws {
        let events = [0, 2, 5, 1, 0, 9]
        var rate = ClusteredRate()
        var moments = Moments()
        for count in events {
            rate.insert(events: count, exposure: 10)
            moments.insert(Double(count) / 10)
        }
        let limits = try #require(rate.interval())
        let half = 1.959963984540054 * (try #require(moments.standardDeviation)) / 6.0.squareRoot()
        #expect(abs(try #require(rate.rate) - moments.mean) < 1e-15)
        #expect(abs(limits.high - (moments.mean + half)) < 1e-12 && limits.low == max(0, moments.mean - half))
        var none = ClusteredRate()
        for _ in 0..<3 { none.insert(events: 0, exposure: 20) }
        #expect(abs(try #require(none.interval()).high - 3.688879454113936 / 60) < 1e-12)
    }
}
