import Notation

/// A clinic's wall clock: Eastern time of the United States, which changes on the second Sunday of March and the first of November.
struct ClinicClock {
    /// The moment so many minutes after midnight of `day` began, with the offset that then is in force: on a night of change a session goes
    /// on while the clock on the wall jumps.
    func moment(_ day: Day, minute: Double) -> Moment {
        let midnight = day.start.adding(minutes: -Double(offset(at: day.start.adding(minutes: 300))))
        let instant = midnight.adding(minutes: minute)
        return Moment(instant, offset: offset(at: instant))
    }

    /// Minutes east of UTC. The clocks change at two in the morning: 07:00 UTC in spring, 06:00 UTC in autumn.
    private func offset(at instant: Instant) -> Int {
        let year = instant.day.calendar.year
        let summer = sunday(2, of: 3, year).start.adding(minutes: 420)..<sunday(1, of: 11, year).start.adding(minutes: 360)
        return summer.contains(instant) ? -240 : -300
    }

    private func sunday(_ count: Int, of month: Int, _ year: Int) -> Day {
        let first = Day(year: year, month: month, day: 1) ?? Day(number: 0)
        // Day 0, 1970-01-01, was a Thursday; day 3 a Sunday.
        let ahead = ((3 - first.number) % 7 + 7) % 7
        return Day(number: first.number + ahead + 7 * (count - 1))
    }
}
