// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Tables

@Suite("CSV is split into records")
struct CSVScannerTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// Splits with read buffers of all sizes, which must make no difference.
    private func records(
        _ text: String, columns: Int, format: TableFormat? = nil
    ) throws -> Split {
        let path = try scratch.file("a.csv", text)
        let format = try format ?? headerless()
        let whole = try split(path, format: format, columns: columns)
        for chunk in chunkSizes {
            let again = try split(path, format: format, columns: columns, chunk: chunk)
            #expect(again == whole, "read buffer of \(chunk) bytes")
        }
        return whole
    }

    @Test(
        "as RFC 4180 says",
        arguments: [
            ("a,b\nc,d\n", [["a", "b"], ["c", "d"]]),
            ("a,b\r\nc,d\r\n", [["a", "b"], ["c", "d"]]),
            ("a,b\nc,d", [["a", "b"], ["c", "d"]]),
            ("a,b\r\nc,d\r", [["a", "b"], ["c", "d"]]),
            (",\n,", [["", ""], ["", ""]]),
            ("a,", [["a", ""]]),
            ("\"a\",\"b\"\n", [["a", "b"]]),
            ("\"a\",\"b\"\r", [["a", "b"]]),
            ("\"\",\"\"", [["", ""]]),
            ("\"a,b\",\"c\nd\"\n", [["a,b", "c\nd"]]),
            ("\"a\r\nb\",\"c\rd\"\r\n", [["a\r\nb", "c\rd"]]),
            ("\"a\"\"b\",\"\"\"\"\n", [["a\"b", "\""]]),
            ("\"\"\"a\"\"\",\"\"\"\"\"\"\n", [["\"a\"", "\"\""]]),
            (" a ,\tb \n", [[" a ", "\tb "]]),
            ("a\"b, \"c\"\n", [["a\"b", " \"c\""]]),
            ("ä,\"日本\n語\"\n", [["ä", "日本\n語"]]),
        ])
    func grammar(text: String, expected: [[String]]) throws {
        let found = try records(text, columns: 2)
        #expect(found.records == expected)
        #expect(found.bad.isEmpty)
    }

    @Test("blank lines are skipped, but for one column they are empty fields")
    func blankLines() throws {
        #expect(
            try records("a,b\n\n\r\n\nc,d\n\n", columns: 2).records == [["a", "b"], ["c", "d"]])
        #expect(try records("a,b\r\n\r", columns: 2).records == [["a", "b"]])
        #expect(try records("a\n\nb\n", columns: 1).records == [["a"], [""], ["b"]])
        #expect(try records("\n", columns: 1).records == [[""]])
    }

    @Test("lines are counted as an editor counts them")
    func lines() throws {
        let found = try records("a,b\n\n\"c\n\nd\",e\r\nf,g\n\nh\n\"i\"x,\nj,k", columns: 2)
        #expect(found.lines == [1, 3, 6, 10])
        #expect(found.bad == ["h\n", "\"i\"x,\n"])
    }

    @Test("a quoted newline does not end the record")
    func quotedNewline() throws {
        #expect(try records("a,\"\n\n\n\"\n", columns: 2).records == [["a", "\n\n\n"]])
    }

    @Test("other delimiters and quotes are honoured, and the usual ones are then plain text")
    func dialects() throws {
        let tabs = try headerless("\t")
        #expect(try records("a\tb,c\n", columns: 2, format: tabs).records == [["a", "b,c"]])
        let odd = try headerless(";", quote: "'")
        #expect(
            try records("'a;''b'';';\"c\"\n", columns: 2, format: odd).records
                == [["a;'b';", "\"c\""]])
        let pipe = try headerless("|")
        #expect(try records("a|\"b|\"\n", columns: 2, format: pipe).records == [["a", "b|"]])
    }

    @Test("too few and too many fields make a record bad, and the next one is found")
    func ragged() throws {
        let found = try records("a,b\nc\nd,e,f\n\"g\"\nh,i\n", columns: 2)
        #expect(found.records == [["a", "b"], ["h", "i"]])
        #expect(found.bad == ["c\n", "d,e,f\n", "\"g\"\n"])
    }

    @Test("text after a closing quote makes the rest of the line bad")
    func afterQuote() throws {
        let found = try records("a,\"b\"c,d\ne,f\n\"g\" ,h\ni,j", columns: 2)
        #expect(found.records == [["e", "f"], ["i", "j"]])
        #expect(found.bad == ["a,\"b\"c,d\n", "\"g\" ,h\n"])
    }

    @Test("a carriage return of its own makes a record bad, inside quotes it is text")
    func loneReturn() throws {
        let found = try records("a,b\rc,d\ne,\"f\rg\"\nh\r,i\n\"j\"\r,k\nl,m\n", columns: 2)
        #expect(found.records == [["e", "f\rg"], ["l", "m"]])
        #expect(found.bad == ["a,b\rc,d\n", "h\r,i\n", "\"j\"\r,k\n"])
    }

    @Test("no byte is lost: bad and good records together are the file")
    func nothingLost() throws {
        var random = SeededGenerator(seed: 7)
        let pieces = [
            "a", "b", ",", ",", "\n", "\n", "\r\n", "\r", "\"", "\"\"", "\"x\"", "é", " ",
        ]
        for _ in 0..<400 {
            let text = (0..<Int.random(in: 1...24, using: &random))
                .map { _ in pieces[Int.random(in: 0..<pieces.count, using: &random)] }.joined()
            do throws(TableError) {
                let path: String
                do { path = try scratch.file("a.csv", text) } catch { return }
                guard let format = try? headerless() else { return }
                let whole = try split(path, format: format, columns: 2)
                for chunk in [1, 2, 3] {
                    #expect(try split(path, format: format, columns: 2, chunk: chunk) == whole)
                }
                // Letters are in no quotes' or line ends' business.
                let letters = whole.records.joined().joined() + whole.bad.joined()
                for letter in ["a", "b", "x", "é"] as [Character] {
                    #expect(letters.count { $0 == letter } == text.count { $0 == letter })
                }
            } catch {
                #expect(error.kind == .badRecord, "\(error)")
            }
        }
    }

    @Test("an open quote at the end is an error that names the line where it opens")
    func unclosed() throws {
        for (text, line) in [
            ("a,b\nc,\"d\ne,f\ng,h\n", 2), ("\"", 1), ("a,\"b\nc\",\"d\"\ne,\"f", 3),
        ] {
            let path = try scratch.file("a.csv", text)
            for chunk in chunkSizes {
                let error = #expect(throws: TableError.self) {
                    try split(path, format: try headerless(), columns: 2, chunk: chunk)
                }
                #expect(error?.line == line)
                #expect(error?.kind == .badRecord)
            }
        }
    }

    @Test("a field of a megabyte is a field")
    func longField() throws {
        let long = String(repeating: "x\"\",\n", count: 200_000)
        let path = try scratch.file("a.csv", "a,\"\(long)\"\nb,c\n")
        let found = try split(path, format: try headerless(), columns: 2)
        #expect(found.records.count == 2)
        #expect(found.records[0][1] == long.replacing("\"\"", with: "\""))
        #expect(found.lines == [1, 200_002])
    }

    @Test("a record beyond 16 MiB is refused, with the line where it begins")
    func endless() throws {
        let long = String(repeating: "x", count: OpenTable.maximumRecord + (1 << 20))
        let path = try scratch.file("a.csv", "a,b\nc,\"\(long)\"\n")
        let error = #expect(throws: TableError.self) {
            try split(path, format: try headerless(), columns: 2)
        }
        #expect(error?.line == 2)
    }

    @Test("may have escapes in quotes and outside, and lines that are comments")
    func escapesAndComments() throws {
        let format = try TableFormat(
            kind: .csv, escape: UInt8(ascii: "\\"), comment: UInt8(ascii: "#"), header: false)
        let text = #"""
            # made by hand, "unclosed
            a\,b,c
            "d\"e","f""g"
            #x,y
            h\\,i"j

            """#
        let rows = [["a,b", "c"], ["d\"e", "f\"g"], ["h\\", "i\"j"]]
        let scratch = try Scratch()
        let kept = try scratch.file("t.csv", text)
        for chunk in chunkSizes {
            let found = try split(kept, format: format, columns: 2, chunk: chunk)
            #expect(found.records == rows)
            #expect(found.lines == [2, 3, 5])
        }
    }

    @Test("may have a comment before the header, and an escaped line end in a field")
    func commentBeforeHeader() throws {
        let scratch = try Scratch()
        let format = try TableFormat(
            kind: .csv, escape: UInt8(ascii: "\\"), comment: UInt8(ascii: "#"))
        let path = try scratch.file("t.csv", "#one\n#two\na,b\nx\\\ny,z\n")
        let table = try schema(
            #"{"name": "a", "constraints": {"enum": ["x\ny"]}}, {"name": "b", "constraints": {"enum": ["z"]}}"#
        )
        for chunk in chunkSizes {
            let found = try read([path], table, format: format, chunk: chunk)
            #expect(found.rows == [[0, 0]])
        }
    }

    @Test("refuses marks that are the same, or no character")
    func marks() {
        let comma = UInt8(ascii: ",")
        #expect(throws: TableError.self) { try TableFormat(kind: .csv, escape: comma) }
        #expect(throws: TableError.self) { try TableFormat(kind: .csv, comment: 0x0A) }
        #expect(throws: TableError.self) {
            try TableFormat(kind: .csv, escape: 0x23, comment: 0x23)
        }
        #expect((try? TableFormat(kind: .csv, escape: UInt8(ascii: "\"")))?.escape == nil)
    }
}
