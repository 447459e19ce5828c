/// An estimate of how wide `text` is set in a wide interface font, in pixels: rather too much than too little, since SVG gives no
/// measure without a browser.
func textWidth(_ text: String, size: Double) -> Double {
    var em = 0.0
    for character in text {
        switch character {
        case "i", "j", "l", "I", "'", ".", ",", ":", ";", "|", "!", " ": em += 0.32
        case "f", "r", "t", "(", ")", "-", "/", "·": em += 0.4
        case "m", "w", "M", "W", "@", "%": em += 0.98
        case "A"..."Z": em += 0.7
        default: em += character.unicodeScalars.first.map { $0.value > 0x2E7F } == true ? 1 : 0.63
        }
    }
    return em * size
}

/// `text` cut with an ellipsis to `width` pixels.
func fitted(_ text: String, width: Double, size: Double) -> String {
    // A name of thousands of characters costs no more to measure than one that fits.
    let head = text.prefix(400)
    if head.endIndex == text.endIndex, textWidth(text, size: size) <= width { return text }
    var kept = ""
    var used = textWidth("…", size: size)
    for character in head {
        used += textWidth(String(character), size: size)
        if used > width { break }
        kept.append(character)
    }
    while kept.last == " " || kept.last == "," { kept.removeLast() }
    return kept + "…"
}

/// `text` in lines no wider than `width`, broken at spaces; a word that is wider by itself is cut.
func wrapped(_ text: String, width: Double, size: Double) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ") {
        if let last = lines.last, textWidth("\(last) \(word)", size: size) <= width {
            lines[lines.count - 1] = "\(last) \(word)"
        } else {
            lines.append(fitted(String(word), width: width, size: size))
        }
    }
    return lines
}

/// Places labels of one height as near as possible to where each wants to be, without overlap and, while they fit, inside `range`.
///
/// Returns the centres in the order given. Labels keep their order; equal wishes keep the order of the input.
func spread(_ wishes: [Double], height: Double, in range: ClosedRange<Double>) -> [Double] {
    let order = wishes.indices.sorted { (wishes[$0], $0) < (wishes[$1], $1) }
    var centres = wishes
    var floor = range.lowerBound + height / 2
    for index in order {
        centres[index] = max(wishes[index], floor)
        floor = centres[index] + height
    }
    var ceiling = range.upperBound - height / 2
    for index in order.reversed() {
        centres[index] = min(centres[index], ceiling)
        ceiling = centres[index] - height
    }
    return centres
}
