import CQREncode
import Plot

/// A QR code (ISO/IEC 18004) by libqrencode, as a picture that prints and scales.
struct QRCode: Sendable {
    /// Rows of dark (true) and light modules.
    let modules: [[Bool]]

    /// - Throws: `QRCodeError` when the text is too long for a code.
    init(_ text: String) throws(QRCodeError) {
        guard let code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M) else { throw QRCodeError() }
        defer { QRcode_free(code) }
        let width = Int(code.pointee.width)
        // The lowest bit of each module says whether it is dark.
        modules = (0..<width).map { row in (0..<width).map { code.pointee.data[row * width + $0] & 1 == 1 } }
    }

    /// Black on white in any theme, with the quiet zone of four modules the standard asks for.
    func svg(title: String) -> String {
        let side = modules.count + 8
        let squares = modules.enumerated().flatMap { row, line in
            line.enumerated().filter(\.element).map { column, _ in "M\(column + 4) \(row + 4)h1v1h-1z" }
        }
        return """
            <svg class="qr" viewBox="0 0 \(side) \(side)" role="img" aria-label="\(escapedHTML(title))" shape-rendering="crispEdges">\
            <rect width="\(side)" height="\(side)" fill="#fff"/><path fill="#000" d="\(squares.joined())"/></svg>
            """
    }
}

struct QRCodeError: Error {}
