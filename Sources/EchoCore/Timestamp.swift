/// Times as text.
public enum Timestamp {
  /// The time as `2026-11-22T16:43:00Z` (RFC 3339), clamped to the years 1970 to 9999.
  public static func text(secondsSince1970 seconds: Int) -> String {
    let (days, second) = daysAndSecond(secondsSince1970: seconds)
    let (year, month, day) = date(daysSince1970: days)
    return
      "\(padded(year, to: 4))-\(padded(month, to: 2))-\(padded(day, to: 2))T\(timeOfDay(second: second))Z"
  }

  /// The time as `Sun, 22 Nov 2026 16:43:00 GMT` (IMF-fixdate of RFC 9110, section 5.6.7), clamped as in
  /// ``text(secondsSince1970:)``.
  public static func httpDate(secondsSince1970 seconds: Int) -> String {
    let (days, second) = daysAndSecond(secondsSince1970: seconds)
    let (year, month, day) = date(daysSince1970: days)
    // 1970 began on a Thursday.
    let weekday = weekdays[(days + 4) % 7]
    return
      "\(weekday), \(padded(day, to: 2)) \(months[month - 1]) \(padded(year, to: 4)) \(timeOfDay(second: second)) GMT"
  }

  private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  private static func daysAndSecond(secondsSince1970 seconds: Int) -> (days: Int, second: Int) {
    let (days, second) = min(max(seconds, 0), 253_402_300_799).quotientAndRemainder(dividingBy: 86_400)
    return (days, second)
  }

  private static func timeOfDay(second: Int) -> String {
    "\(padded(second / 3600, to: 2)):\(padded(second / 60 % 60, to: 2)):\(padded(second % 60, to: 2))"
  }

  /// The Gregorian date of a day. Years begin on 1 March here, so that the leap day is the last of its year, and days
  /// are counted from 0000-03-01, so that every era of 400 years (146,097 days) is the same.
  private static func date(daysSince1970: Int) -> (year: Int, month: Int, day: Int) {
    let (era, dayOfEra) = (daysSince1970 + 719_468).quotientAndRemainder(dividingBy: 146_097)
    // Without the leap days before this one, every year has 365 days.
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    // March to July have 153 days, and so do August to December.
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
  }
}
