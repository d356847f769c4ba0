/// Rows of text in aligned columns.
///
/// Cells are escaped (``VisibleText/escaped(_:)``), so that no stored name can steer a terminal.
package struct Table: Sendable, Hashable {
    /// On which side a column stands flush.
    package enum Alignment: Sendable, Hashable {
        case left, right
    }

    /// A column: its heading, and how its cells are set.
    package struct Column: Sendable, Hashable {
        /// The heading.
        package let title: String
        /// On which side its cells stand flush.
        package let alignment: Alignment
        /// Whether it keeps its width as long as others can give way.
        package let isRigid: Bool
        /// Whether its cells are never cut: what people copy, such as identifiers, paths, commands.
        package let isWhole: Bool

        /// Makes a column.
        package init(
            _ title: String, alignment: Alignment = .left, rigid: Bool = false, whole: Bool = false
        ) {
            self.title = VisibleText.escaped(title)
            self.alignment = alignment
            isRigid = rigid
            isWhole = whole
        }
    }

    /// The text of one row in one column.
    package struct Cell: Sendable, Hashable, ExpressibleByStringLiteral {
        let text: String
        let tone: Style.Tone

        /// Makes a cell of any text.
        package init(_ text: String, _ tone: Style.Tone = .plain) {
            self.text = VisibleText.escaped(text)
            self.tone = tone
        }

        /// Makes a plain cell.
        package init(stringLiteral text: String) { self.init(text) }
    }

    private static let gap = 2
    private static let comfortableWidth = 6

    private let columns: [Column]
    private var rows: [[Cell]] = []

    /// Makes a table without rows.
    package init(_ columns: [Column]) { self.columns = columns }

    /// Adds a row; what is missing stays blank, cells beyond the columns are dropped.
    package mutating func append(_ cells: [Cell]) {
        let blanks = Array(repeating: Cell(""), count: max(0, columns.count - cells.count))
        rows.append(Array(cells.prefix(columns.count)) + blanks)
    }

    /// Whether it has no rows.
    package var isEmpty: Bool { rows.isEmpty }

    /// Sets the table, each line ending in a line feed; cells are cut with `…` to fit `width`
    /// columns, and never where `width` is `nil` (output that is no terminal).
    ///
    /// Where whole columns leave no room for the others, each row is a ``FieldList``, with an empty
    /// line between rows.
    package func text(width: Int?, style: Style = .plain) -> String {
        let widths = widths(within: width)
        if let width, columns.contains(where: \.isWhole),
            widths.reduce(0, +) + Self.gap * (columns.count - 1) > width
        {
            return rows.map { blockText(of: $0, width, style) }.joined(separator: "\n")
        }
        let header = columns.map { Cell($0.title, .heading) }
        var result = ""
        for row in [header] + rows {
            var line = ""
            var blanks = 0
            for (index, cell) in row.enumerated() {
                let text = DisplayWidth.truncated(cell.text, to: widths[index])
                let space = widths[index] - DisplayWidth.of(text)
                let before = columns[index].alignment == .right ? space : 0
                blanks += before
                if !text.isEmpty {
                    line += String(repeating: " ", count: blanks) + style.apply(cell.tone, to: text)
                    blanks = 0
                }
                blanks += space - before + Self.gap
            }
            result += line + "\n"
        }
        return result
    }

    /// A row with a line for each column that has something in it.
    private func blockText(of row: [Cell], _ width: Int, _ style: Style) -> String {
        var fields = FieldList()
        for (column, cell) in zip(columns, row) where !cell.text.isEmpty {
            fields.append(column.title, cell.text, cell.tone, whole: column.isWhole)
        }
        return fields.text(width: width, style: style)
    }

    /// The columns' widths: as wide as the cells, then the widest made narrower until all fit.
    ///
    /// Beside whole columns, rigid ones stay whole too, and the others keep a comfortable width: they
    /// may come to more than `limit`.
    private func widths(within limit: Int?) -> [Int] {
        var widths = columns.indices.map { index in
            rows.reduce(DisplayWidth.of(columns[index].title)) {
                max($0, DisplayWidth.of($1[index].text))
            }
        }
        guard let limit else { return widths }
        let room = limit - Self.gap * (columns.count - 1)
        let rounds = [
            (Self.comfortableWidth, true), (Self.comfortableWidth, false), (1, false),
        ]
        let hasWhole = columns.contains(where: \.isWhole)
        for (floor, sparesRigid) in hasWhole ? rounds.prefix(1) : rounds[...] {
            while widths.reduce(0, +) > room {
                let candidates = widths.indices.filter {
                    widths[$0] > floor && !columns[$0].isWhole
                        && !(sparesRigid && columns[$0].isRigid)
                }
                guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
                let next = candidates.filter { $0 != widest }.map { widths[$0] }.max() ?? floor
                let surplus = widths.reduce(0, +) - room
                // Down to the next widest at once, or by one where two are equally wide.
                let step = min(surplus, max(1, widths[widest] - max(next, floor)))
                widths[widest] -= step
            }
        }
        return widths
    }
}
