import Testing

@testable import Plot

@Suite struct AxisTests {
    @Test func linearScaleIsStraightAndHeldInside() {
        let scale = LinearScale(0...60, start: 150, end: 0)
        #expect(scale(0) == 150 && scale(30) == 75 && scale(60) == 0)
        #expect(scale(-5) == 150 && scale(99) == 0)
        #expect(LinearScale(3...3, start: 0, end: 10)(3) == 5)
        #expect(scale(.nan) == 75)
    }

    @Test func linearTicksAreRound() {
        #expect(LinearScale(0...60, start: 0, end: 1).ticks(4) == [0, 20, 40, 60])
        #expect(LinearScale(0...27, start: 0, end: 1).ticks(3) == [0, 10, 20])
        #expect(LinearScale(0...0, start: 0, end: 1).ticks(3) == [0])
    }

    @Test(arguments: [-3_000, 0, 59, 60, 11_016, 19_782, 19_783, 47_540, -719_468, 2_000_000])
    func calendarRoundTrips(_ number: Int) {
        let time = Double(number) * day
        let civil = CivilTime(time)
        #expect(CivilTime.start(year: civil.year, month: civil.month) + Double(civil.day - 1) * day == time)
        #expect(civil.minute == 0)
    }

    @Test func timesReadAsAClinicianWritesThem() {
        #expect(CivilTime(march4).text == "4 Mar 2024")
        #expect(CivilTime(march4 + 29_100_000).text == "4 Mar 2024 08:05")
        #expect(CivilTime(-day).date == "31 Dec 1969")
        #expect(duration(45 * 60_000) == "45 min" && duration(9 * 7 * day) == "9 wk" && duration(1278 * day) == "3.5 y")
    }

    @Test func hoursFallOnTheClockAndNameTheirDayOnce() {
        let ticks = TimeAxis((march4 + 7.5 * 3_600_000)...(march4 + 12 * 3_600_000), start: 0, end: 640).ticks()
        #expect(ticks.map(\.label) == ["08:00", "09:00", "10:00", "11:00", "12:00"])
        #expect(ticks.compactMap(\.context) == ["4 Mar 2024"])
    }

    @Test func theOffsetMovesTheTicks() {
        let ticks = TimeAxis(march4...(march4 + 3 * day), start: 0, end: 200, offset: 330).ticks()
        #expect(ticks.map { CivilTime($0.time + 330 * 60_000).minute } == [0, 0, 0])
        #expect(ticks.map(\.label) == ["5 Mar", "6 Mar", "7 Mar"])
    }

    @Test func weeksBeginOnMonday() {
        let ticks = TimeAxis((march4 + day)...(march4 + 60 * day), start: 0, end: 700).ticks()
        #expect(ticks.map(\.label).prefix(3) == ["11 Mar", "18 Mar", "25 Mar"])
    }

    @Test func monthsNameTheYearWhereItBegins() {
        let ticks = TimeAxis((march4 + 200 * day)...(march4 + 500 * day), start: 0, end: 800).ticks()
        #expect(ticks.map(\.label).prefix(5) == ["Oct", "Nov", "Dec", "Jan", "Feb"])
        #expect(ticks.compactMap(\.context) == ["2024", "2025"])
    }

    @Test func decadesGetRoundYears() {
        let ticks = TimeAxis(CivilTime.start(year: 1967, month: 3)...march4, start: 0, end: 500).ticks()
        #expect(ticks.map(\.label) == ["1970", "1980", "1990", "2000", "2010", "2020"])
    }

    @Test func ticksAreInsideApartAndFew() {
        var dice = Dice(state: 11)
        for _ in 0..<300 {
            let a = Double.random(in: -3e12...3e12, using: &dice)
            let length = Double.random(in: 1...10, using: &dice)
            let axis = TimeAxis(
                a...(a + 60_000 * Double.random(in: 1...9, using: &dice) * [1, 60, 1440, 43_200, 525_600, 5_256_000][Int(length) % 6]),
                start: 0, end: 700)
            let ticks = axis.ticks()
            #expect(ticks.count <= 13)
            for tick in ticks { #expect(axis.domain.contains(tick.time)) }
            for (one, next) in zip(ticks, ticks.dropFirst()) { #expect(axis(next.time) - axis(one.time) >= 50) }
        }
    }

    // MARK: - Cut axis

    private func year(_ year: Int) -> Double { CivilTime.start(year: year, month: 1) }

    @Test func aTrialOf1967DoesNotSqueezeLastWinter() {
        let axis = BrokenTimeAxis(events: [year(1967), year(1968), year(2022), year(2023), year(2024)], start: 0, end: 500)
        #expect(axis.segments.count == 2)
        #expect(axis.cuts.count == 1)
        #expect(axis(year(2024)) - axis(year(2022)) > 150)
        #expect(axis(year(1968)) - axis(year(1967)) > 75)
        #expect(Set(axis.ticks.flatMap { [$0.label, $0.context] }).isSuperset(of: ["1967", "2023"]))
    }

    @Test func evenlySpacedYearsAreNotCut() {
        #expect(BrokenTimeAxis(events: (1998...2024).map(year), start: 0, end: 500).cuts.isEmpty)
    }

    @Test func laterIsNeverFurtherLeft() {
        var dice = Dice(state: 3)
        for _ in 0..<100 {
            let events = (0..<8).map { _ in year(Int.random(in: 1930...2024, using: &dice)) }
            let axis = BrokenTimeAxis(events: events, start: 10, end: 510)
            let times = stride(from: year(1900), to: year(2050), by: 100 * day).map { axis($0) }
            for (a, b) in zip(times, times.dropFirst()) { #expect(a <= b) }
            for event in events { #expect((10...510).contains(axis(event))) }
            let spots = axis.ticks.map { axis($0.time) }
            for (a, b) in zip(spots, spots.dropFirst()) { #expect(b - a >= 17) }
        }
    }
}
