/// The word of a list that was probably meant by one that is not in it, or `nil` when none is similar.
///
/// Words are compared by their optimal string alignment distance, ignoring case: an insertion, a deletion, a
/// replacement and a swap of neighbours each count 1. At most a third of the longer word may differ.
func nearestWord(to word: String, in list: [String]) -> String? {
  // No word of a list is this long, and the time stays bounded.
  guard word.utf8.count <= Limits.nameBytes else { return nil }
  let near = list.compactMap { candidate -> (word: String, distance: Int)? in
    let distance = alignmentDistance(Array(word.lowercased().utf8), Array(candidate.lowercased().utf8))
    let allowed = max(word.utf8.count, candidate.utf8.count) / 3
    return distance <= max(1, allowed) ? (candidate, distance) : nil
  }
  return near.min { $0.distance < $1.distance }?.word
}

private func alignmentDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
  // rows[i][j] is the distance between the first i bytes of one word and the first j of the other.
  var rows = [Array(0...right.count)]
  for i in left.indices {
    var row = [i + 1]
    for j in right.indices {
      var least = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (left[i] == right[j] ? 0 : 1))
      if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
        least = min(least, rows[i - 1][j - 1] + 1)
      }
      row.append(least)
    }
    rows.append(row)
  }
  return rows[left.count][right.count]
}
