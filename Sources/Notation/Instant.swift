/// A point in time: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
public struct Instant: Sendable, Hashable, Comparable {
    public var milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    public static func < (a: Instant, b: Instant) -> Bool { a.milliseconds < b.milliseconds }

    /// Before every time that can be written: the day before 0001-01-01 in UTC, so that no offset reaches behind it.
    public static let beforeAll = Instant(milliseconds: -62_135_683_200_000)

    public static let millisecondsPerMinute: Int64 = 60_000
    public static let millisecondsPerDay: Int64 = 86_400_000

    public func adding(minutes: Double) -> Instant { Instant(milliseconds: milliseconds + Int64((minutes * 60_000).rounded())) }
    public func adding(days: Double) -> Instant { adding(minutes: days * 1440) }
    /// Minutes from `earlier` to here; negative when `earlier` is later.
    public func minutes(since earlier: Instant) -> Double { Double(milliseconds - earlier.milliseconds) / 60_000 }
    public func days(since earlier: Instant) -> Double { minutes(since: earlier) / 1440 }

    /// The calendar day in UTC.
    public var day: Day { Day(number: Int((Double(milliseconds) / Double(Self.millisecondsPerDay)).rounded(.down))) }
}

/// A calendar day in the proleptic Gregorian calendar, without a time zone.
public struct Day: Sendable, Hashable, Comparable {
    /// Days since 1970-01-01.
    public var number: Int

    public init(number: Int) { self.number = number }

    /// Nil when the calendar has no such day. Only years 1 to 9999, as ISO 8601 writes them without agreement.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1, day <= Day.length(of: month, in: year) else { return nil }
        // Days from civil, H. Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2013).
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        number = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    public static func < (a: Day, b: Day) -> Bool { a.number < b.number }

    public static func length(of month: Int, in year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Year, month (1-12) and day of month (1-31).
    public var calendar: (year: Int, month: Int, day: Int) {
        // Civil from days, same source.
        let shifted = number + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9)
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// Midnight UTC at the start of the day.
    public var start: Instant { Instant(milliseconds: Int64(number) * Instant.millisecondsPerDay) }

    /// Completed calendar years from here to `later` (an age when this is a birth date).
    public func completedYears(to later: Day) -> Int {
        let (from, to) = (calendar, later.calendar)
        return to.year - from.year - ((to.month, to.day) < (from.month, from.day) ? 1 : 0)
    }

    /// The same day of the month `months` later, or the last of that month where it is shorter.
    public func adding(months: Int) -> Day {
        let from = calendar
        let index = from.year * 12 + from.month - 1 + months
        let (year, month) = (index / 12, index % 12 + 1)
        return Day(year: year, month: month, day: min(from.day, Day.length(of: month, in: year))) ?? self
    }

    /// Calendar months begun from here to `later`: 12 up to and including the same date a year on, 13 the day after.
    public func monthsBegun(by later: Day) -> Int {
        let (from, to) = (calendar, later.calendar)
        return (to.year - from.year) * 12 + to.month - from.month + (to.day > from.day ? 1 : 0)
    }
}

/// A time as a fact states it: an instant with the offset it was written in, or a whole day.
public struct Moment: Sendable, Hashable {
    /// The instant, or midnight UTC at the start of the day.
    public var instant: Instant
    /// Minutes east of UTC in which the time was written; nil for a whole day.
    public var offset: Int?

    public init(_ instant: Instant, offset: Int = 0) {
        self.instant = instant
        self.offset = offset
    }

    public init(_ day: Day) {
        instant = day.start
        offset = nil
    }

    public var isWholeDay: Bool { offset == nil }

    /// The calendar day where it was written.
    public var day: Day { local.day }

    /// The latest instant this moment can mean: itself, or the end of its day in the westernmost time zone (UTC-12).
    public var latest: Instant { isWholeDay ? instant.adding(minutes: (24 + 12) * 60) : instant }

    fileprivate var local: Instant { Instant(milliseconds: instant.milliseconds + Int64(offset ?? 0) * Instant.millisecondsPerMinute) }

    /// Hours and minutes where it was written, `HH:MM`; nil for a whole day.
    public var clock: String? {
        guard offset != nil else { return nil }
        let minute = Int((local.milliseconds - day.start.milliseconds) / Instant.millisecondsPerMinute)
        return String(unsafeUninitializedCapacity: 8) { bytes in
            var line = Line(bytes)
            line.append(clock: minute)
            return line.count
        }
    }
}

// MARK: - ISO 8601

/// ASCII being written. A page or a review writes thousands of times of day, so this allocates nothing.
private struct Line {
    private let bytes: UnsafeMutableBufferPointer<UInt8>
    private(set) var count = 0

    init(_ bytes: UnsafeMutableBufferPointer<UInt8>) { self.bytes = bytes }

    mutating func append(_ character: Unicode.Scalar) {
        bytes[count] = UInt8(truncatingIfNeeded: character.value)
        count += 1
    }

    /// In decimal, with leading zeros to `width` digits.
    mutating func append(_ value: Int, width: Int) {
        if value < 0 { append("-") }
        var unit = 1
        for _ in 1..<width { unit *= 10 }
        let value = abs(value)
        while value / unit >= 10 { unit *= 10 }
        while unit > 0 {
            bytes[count] = 0x30 + UInt8(value / unit % 10)
            count += 1
            unit /= 10
        }
    }

    /// `hh:mm`
    mutating func append(clock minutes: Int) {
        append(minutes / 60, width: 2)
        append(":")
        append(minutes % 60, width: 2)
    }

    mutating func append(_ day: Day) {
        let date = day.calendar
        append(date.year, width: 4)
        append("-")
        append(date.month, width: 2)
        append("-")
        append(date.day, width: 2)
    }
}

extension Day: CustomStringConvertible {
    /// `YYYY-MM-DD`.
    public var description: String {
        String(unsafeUninitializedCapacity: 32) { bytes in
            var line = Line(bytes)
            line.append(self)
            return line.count
        }
    }

    /// Reads `YYYY-MM-DD`; nil for anything else.
    public init?(_ text: String) {
        var scan = Scan(text)
        guard let day = scan.day(), scan.atEnd else { return nil }
        self = day
    }
}

extension Moment: CustomStringConvertible {
    /// `YYYY-MM-DD`, or the time in the offset it was written in, with milliseconds only where there are any.
    public var description: String {
        guard let offset else { return day.description }
        let clock = Int(local.milliseconds - day.start.milliseconds)
        return String(unsafeUninitializedCapacity: 48) { bytes in
            var line = Line(bytes)
            line.append(day)
            line.append("T")
            line.append(clock: clock / Int(Instant.millisecondsPerMinute))
            line.append(":")
            line.append(clock / 1000 % 60, width: 2)
            if clock % 1000 != 0 {
                line.append(".")
                line.append(clock % 1000, width: 3)
            }
            if offset == 0 {
                line.append("Z")
            } else {
                line.append(offset < 0 ? "-" : "+")
                line.append(clock: abs(offset))
            }
            return line.count
        }
    }

    /// Reads `YYYY-MM-DD` or a date and time with `Z` or `±hh:mm`; nil for anything else, a time without offset included:
    /// two clinics may mean different instants by it.
    public init?(_ text: String) {
        var scan = Scan(text)
        guard let day = scan.day() else { return nil }
        if scan.atEnd {
            self.init(day)
            return
        }
        guard let (milliseconds, offset) = scan.timeAndOffset(), scan.atEnd else { return nil }
        self.init(Instant(milliseconds: day.start.milliseconds + milliseconds - Int64(offset) * Instant.millisecondsPerMinute), offset: offset)
    }
}

extension Instant: CustomStringConvertible {
    /// ISO 8601 in UTC.
    public var description: String { Moment(self).description }

    /// Reads a date and time with offset; nil for anything else.
    public init?(_ text: String) {
        guard let moment = Moment(text), !moment.isWholeDay else { return nil }
        self = moment.instant
    }
}

/// A cursor over the ASCII of an ISO 8601 text.
private struct Scan {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) { bytes = Array(text.utf8.prefix(64)) }

    var atEnd: Bool { position == bytes.count }

    mutating func digits(_ count: Int) -> Int? {
        guard position + count <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[position..<position + count] {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        position += count
        return value
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func day() -> Day? {
        guard let year = digits(4), skip("-"), let month = digits(2), skip("-"), let day = digits(2) else { return nil }
        return Day(year: year, month: month, day: day)
    }

    /// Milliseconds since local midnight, and the offset in minutes.
    mutating func timeAndOffset() -> (Int64, Int)? {
        guard skip("T"), let hour = digits(2), hour < 24, skip(":"), let minute = digits(2), minute < 60 else { return nil }
        var milliseconds = Int64(hour * 60 + minute) * 60_000
        if skip(":") {
            guard let second = digits(2), second < 60 else { return nil }
            milliseconds += Int64(second) * 1000
            if skip(".") {
                var scale: Int64 = 100
                var any = false
                while let digit = digits(1) {
                    milliseconds += Int64(digit) * scale
                    scale /= 10
                    any = true
                }
                guard any else { return nil }
            }
        }
        if skip("Z") { return (milliseconds, 0) }
        let negative = skip("-")
        guard negative || skip("+"), let hours = digits(2), hours <= 14, skip(":"), let minutes = digits(2), minutes < 60 else { return nil }
        return (milliseconds, (negative ? -1 : 1) * (hours * 60 + minutes))
    }
}
