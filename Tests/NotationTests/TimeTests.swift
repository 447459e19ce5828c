import Notation
import Testing

@Suite struct TimeTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59.999Z", -1), ("2024-02-29T12:00:00+02:00", 1_709_200_800_000),
        ("2024-03-04T08:55Z", 1_709_542_500_000), ("2024-03-04T08:55:00.25-05:30", 1_709_562_300_250),
    ])
    func readsInstants(text: String, milliseconds: Int64) { #expect(Instant(text)?.milliseconds == milliseconds) }

    @Test(arguments: [
        "2024-03-04T09:00:00", "2024-02-30", "2023-02-29", "2024-13-01", "2024-00-10", "2024-1-1", "24-01-01", "2024-03-04 09:00Z", "2024-03-04T24:00:00Z",
        "2024-03-04T09:60Z", "2024-03-04T09:00:60Z", "2024-03-04T09:00+15:00", "2024-03-04T09:00Zx", "", "yesterday", "0000-01-01", "2024-03-04T09:00:00.Z",
    ])
    func refuses(text: String) { #expect(Moment(text) == nil) }

    @Test func writesBackWhatItRead() {
        for text in ["2024-03-04", "2024-03-04T09:00:00Z", "2024-03-04T09:00:00+05:30", "1931-12-31T23:59:59.005-08:00", "0001-01-01", "9999-12-31"] {
            #expect(Moment(text)?.description == text)
        }
    }

    /// Every day of eight centuries against counting one by one.
    @Test func calendarCountsEveryDay() throws {
        var day = try #require(Day(year: 1600, month: 1, day: 1))
        for year in 1600..<2400 {
            for month in 1...12 {
                for date in 1...Day.length(of: month, in: year) {
                    #expect(Day(year: year, month: month, day: date) == day)
                    #expect(day.calendar == (year, month, date))
                    day = Day(number: day.number + 1)
                }
            }
        }
    }

    @Test func agesAndMonths() throws {
        let birth = try #require(Day("1979-04-02"))
        for (text, years) in [("2024-04-01", 44), ("2024-04-02", 45)] {
            let later = try #require(Day(text))
            #expect(birth.completedYears(to: later) == years)
        }
        let start = try #require(Day("2023-11-01"))
        for (text, months) in [("2023-11-01", 0), ("2023-11-02", 1), ("2024-11-01", 12), ("2024-11-02", 13)] {
            let later = try #require(Day(text))
            #expect(start.monthsBegun(by: later) == months)
        }
    }

    @Test func aWholeDayIsNotMidnight() throws {
        let day = try #require(Moment("2024-03-04"))
        let midnight = try #require(Moment("2024-03-04T00:00:00Z"))
        #expect(day.isWholeDay && !midnight.isWholeDay)
        #expect(day != midnight)
        #expect(day.latest > midnight.latest)
        let lateEvening = try #require(Moment("2024-03-04T23:30:00-05:00"))
        #expect(lateEvening.day == day.day)
    }
}
