import Notation

/// A civil date and time of day in the proleptic Gregorian calendar.
struct CivilTime: Equatable {
    var year: Int
    /// 1 to 12.
    var month: Int
    /// 1 to 31.
    var day: Int
    /// Minutes since midnight, 0 to 1439.
    var minute: Int

    static let minute = 60_000.0
    static let hour = 3_600_000.0
    static let dayLength = 86_400_000.0
    static let meanYear = 365.2425 * dayLength

    /// The times that can be drawn: years -9999 to 9999, in milliseconds since 1970.
    static let drawable = -377_705_116_800_000.0...253_402_300_799_000.0

    /// `time` in milliseconds since 1970-01-01T00:00:00Z; what is not finite counts as that instant.
    init(_ time: Double) {
        let time = time.isFinite ? min(max(time, Self.drawable.lowerBound), Self.drawable.upperBound) : 0
        let number = Int((time / Self.dayLength).rounded(.down))
        minute = Int(((time - Double(number) * Self.dayLength) / Self.minute).rounded(.down))
        (year, month, day) = Day(number: number).calendar
    }

    /// Milliseconds since 1970 of midnight on the first of a month; `month` may lie outside 1...12 and then counts on.
    static func start(year: Int, month: Int) -> Double {
        let months = year * 12 + month - 1
        let year = Int((Double(months) / 12).rounded(.down))
        let month = months - year * 12 + 1
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Double(era * 146_097 + dayOfEra - 719_468) * dayLength
    }

    static let monthNames = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    var monthName: String { Self.monthNames[month - 1] }
    /// `4 Mar`.
    var dayAndMonth: String { "\(day) \(monthName)" }
    /// `4 Mar 2024`.
    var date: String { "\(dayAndMonth) \(year)" }
    /// `08:05`.
    var clock: String { (minute < 600 ? "0" : "") + "\(minute / 60):" + (minute % 60 < 10 ? "0" : "") + "\(minute % 60)" }
    /// `4 Mar 2024 08:05`, without the clock at midnight: charts write a whole day as its first instant.
    var text: String { minute == 0 ? date : "\(date) \(clock)" }
}

/// How long, in the unit a clinician would use: `45 min`, `6 h`, `12 d`, `9 wk`, `5 mo`, `3.5 y`.
func duration(_ milliseconds: Double) -> String {
    let days = milliseconds / CivilTime.dayLength
    switch days {
    case ..<0: return "0 min"
    case ..<(1.5 / 24): return "\(Int((days * 1440).rounded())) min"
    case ..<2: return "\(Int((days * 24).rounded())) h"
    case ..<14: return "\(Int(days.rounded())) d"
    case ..<183: return "\(Int((days / 7).rounded())) wk"
    case ..<730: return "\(Int((days / 30.44).rounded())) mo"
    default: return decimal((days / 36.52425).rounded() / 10) + " y"
    }
}
