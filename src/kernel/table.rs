//! Tables as other systems and spreadsheets write them: a byte order mark or none, comma, semicolon or tab between
//! cells, cells in quotes that may hold all of these (RFC 4180). Pure.
use csv::{ReaderBuilder, StringRecord};
use std::ops::Range;

/// Lines by which the mark between cells is found.
const LOOKED_AT: usize = 10;

/// How much of a table is read.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Largest file, in bytes.
    pub bytes: usize,
    /// Rows at most, headings not counted.
    pub rows: usize,
    /// Columns that are kept.
    pub columns: usize,
    /// Characters of a cell that are kept.
    pub cell: usize,
    /// What becomes of the end of a line within a cell.
    pub line_break: &'static str,
}

/// A table with headings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Headings, as written.
    pub headings: Vec<String>,
    /// Rows with the number of the line they begin at; as many cells as headings.
    pub rows: Vec<(usize, Vec<String>)>,
}

/// Why a file is no table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// Larger than is read.
    TooLarge,
    /// Neither UTF-8 nor anything else that is text.
    NoText,
    /// No row of headings with at least two columns.
    NoTable,
    /// More rows than are read.
    TooManyRows,
}

/// Reads `body`. Rows before the headings (a title, an empty line) are passed over: the headings are the first row with
/// at least two cells that are filled.
///
/// # Errors
/// `Unreadable`.
pub fn read(body: &[u8], limits: &Limits) -> Result<Table, Unreadable> {
    if body.len() > limits.bytes {
        return Err(Unreadable::TooLarge);
    }
    let text = std::str::from_utf8(body).map_err(|_| Unreadable::NoText)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.contains('\0') {
        return Err(Unreadable::NoText);
    }
    let mark = mark_of(text);
    let text = &without_gaps(text, mark);
    let mut reader =
        ReaderBuilder::new().delimiter(mark).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let (mut table, mut record) = (Table::default(), StringRecord::new());
    let mut place = Place { line: 1, byte: 0 };
    while reader.read_record(&mut record).map_err(|_| Unreadable::NoText)? {
        let line = place.line_of(text, record.position().map_or(0, csv::Position::byte));
        let mut cells: Vec<String> = record.iter().take(limits.columns).map(|cell| clean(cell, limits)).collect();
        let filled = cells.iter().filter(|cell| !cell.is_empty()).count();
        if table.headings.is_empty() {
            if filled >= 2 {
                table.headings = cells;
            }
            continue;
        }
        if filled == 0 {
            continue;
        }
        if table.rows.len() == limits.rows {
            return Err(Unreadable::TooManyRows);
        }
        cells.resize(table.headings.len(), String::new());
        table.rows.push((line, cells));
    }
    if table.headings.is_empty() { Err(Unreadable::NoTable) } else { Ok(table) }
}

/// How far a text was counted. The reader names the place where the row before ended; empty lines may follow it.
struct Place {
    line: usize,
    byte: usize,
}

impl Place {
    /// The line on which the row that follows `byte` begins.
    fn line_of(&mut self, text: &str, byte: u64) -> usize {
        let bytes = text.as_bytes();
        let byte = usize::try_from(byte).unwrap_or(usize::MAX).clamp(self.byte, bytes.len());
        self.line += ends_in(bytes, self.byte..byte);
        self.byte = byte;
        let empty = bytes[byte..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        self.line + ends_in(bytes, byte..byte + empty)
    }
}

/// Lines that end within `range`: by a line feed, by a carriage return, or by both together.
fn ends_in(bytes: &[u8], range: Range<usize>) -> usize {
    let is_end = |at: &usize| match bytes[*at] {
        b'\n' => true,
        b'\r' => bytes.get(*at + 1) != Some(&b'\n'),
        _ => false,
    };
    range.filter(is_end).count()
}

/// What stands between cells: the usual mark that is most frequent outside quotes in the first lines.
fn mark_of(text: &str) -> u8 {
    let mut counts = [(b',', 0usize), (b';', 0), (b'\t', 0)];
    let (mut is_quoted, mut lines) = (false, 0);
    for byte in text.bytes() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' if !is_quoted => {
                lines += 1;
                if lines == LOOKED_AT {
                    break;
                }
            }
            byte if !is_quoted => {
                for (mark, count) in &mut counts {
                    *count += usize::from(*mark == byte);
                }
            }
            _ => {}
        }
    }
    let [comma, semicolon, tab] = counts;
    // Addresses and amounts may be full of commas where other marks part the cells, never the other way round.
    if tab.1 > 0 && tab.1 * 3 >= comma.1 && tab.1 >= semicolon.1 {
        tab.0
    } else if semicolon.1 > 0 && semicolon.1 * 3 >= comma.1 {
        semicolon.0
    } else {
        comma.0
    }
}

/// The text without the gaps some write before a cell in quotes, which the reader takes for the cell's own.
fn without_gaps(text: &str, mark: u8) -> String {
    let (mut out, mut is_quoted, mut begins) = (String::with_capacity(text.len()), false, true);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            // Two of them within quotes are one of the text.
            '"' if is_quoted && chars.next_if_eq(&'"').is_some() => out.push(c),
            '"' if is_quoted => is_quoted = false,
            '"' if begins => {
                out.truncate(out.trim_end_matches(' ').len());
                is_quoted = true;
            }
            _ => {}
        }
        begins = !is_quoted && (c == '\n' || c == char::from(mark) || (begins && c == ' '));
        out.push(c);
    }
    out
}

fn clean(cell: &str, limits: &Limits) -> String {
    let line = cell.replace(['\r', '\n', '\t'], limits.line_break);
    let clean: String = line.trim().chars().filter(|c| !c.is_control()).take(limits.cell).collect();
    // Spreadsheets put an apostrophe before long numbers so that they stay text, and so do files of ours.
    clean.strip_prefix('\'').map(|rest| rest.trim().to_owned()).unwrap_or(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Small, so that going beyond them is quick.
    const LIMITS: Limits = Limits { bytes: 4_000, rows: 50, columns: 20, cell: 100, line_break: " " };

    fn rows(text: &str) -> Vec<Vec<String>> {
        read(text.as_bytes(), &LIMITS).unwrap().rows.into_iter().map(|(_, cells)| cells).collect()
    }

    #[test]
    fn commas_semicolons_tabs_marks_and_quotes_are_all_tables() {
        for text in [
            "Order ID,Amount\nINV-1,50000\n",
            "\u{feff}Order ID;Amount\r\nINV-1;50000\r\n",
            "Order ID\tAmount\nINV-1\t50000",
            "\"Order ID\" , \"Amount\"\n\"INV-1\",\"50000\"",
            "Laporan\n\nOrder ID,Amount\n\nINV-1,50000\n,\n",
        ] {
            let table = read(text.as_bytes(), &LIMITS).unwrap();
            assert_eq!(table.headings, ["Order ID", "Amount"], "{text:?}");
            assert_eq!(rows(text), [["INV-1", "50000"]], "{text:?}");
        }
        assert_eq!(rows("a;b\nx;1.250.000,00\n"), [["x", "1.250.000,00"]], "commas of amounts part no cells");
        assert_eq!(rows("id;alamat\n7;Jl. Melati 1, RT 2, RW 3, Sleman\n")[0][1], "Jl. Melati 1, RT 2, RW 3, Sleman");
        assert_eq!(rows("a,b,c\nx\n'0123,1,2,3,4"), [["x", "", ""], ["0123", "1", "2"]], "short and long rows");
        assert_eq!(rows("a,b\nx,  \"1,5 \"\"y\"\"\" \n"), [["x", "1,5 \"y\""]], "gaps before quotes");
        assert_eq!(rows("a,b\n5\" disk, \"6,5\"\n"), [["5\" disk", "6,5"]], "inches");
    }

    #[test]
    fn the_end_of_a_line_within_a_cell_becomes_what_the_reader_wants() {
        let text = "a,b\n\"x \"\"y\"\",\nz\",1\n2,3";
        assert_eq!(rows(text), [["x \"y\", z", "1"], ["2", "3"]]);
        let bare = read(text.as_bytes(), &Limits { line_break: "", ..LIMITS }).unwrap();
        assert_eq!(bare.rows[0].1, ["x \"y\",z", "1"]);
    }

    #[test]
    fn lines_are_counted_as_the_file_shows_them() {
        for (text, line) in [
            ("a,b\n\"x\ny\",1\nz,2", 4),
            ("a,b\r\nx,1\r\nz,2", 3),
            ("\na,b\n\nx,1\n\n\nz,2\n", 7),
            ("a,b\rx,1\rz,2", 3),
        ] {
            assert_eq!(read(text.as_bytes(), &LIMITS).unwrap().rows[1].0, line, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_table_is_refused_and_never_panics() {
        assert_eq!(read(b"", &LIMITS), Err(Unreadable::NoTable));
        assert_eq!(read(b"only one column\n1\n2", &LIMITS), Err(Unreadable::NoTable));
        assert_eq!(read(b"\xff\xfea,b", &LIMITS), Err(Unreadable::NoText));
        assert_eq!(read(b"a,b\n\0,1", &LIMITS), Err(Unreadable::NoText));
        assert_eq!(read(&vec![b'a'; LIMITS.bytes + 1], &LIMITS), Err(Unreadable::TooLarge));
        let long = format!("a,b\n{}", "1,2\n".repeat(LIMITS.rows + 1));
        assert_eq!(read(long.as_bytes(), &LIMITS), Err(Unreadable::TooManyRows));
        for odd in ["\"", "a,\"b", "a,b\n\"\"\"", ",,\n,", "a,b\n\"x\"y,1", "ü,漢\n😀,1", " \"", "a, \"b\nc"] {
            let _ = read(odd.as_bytes(), &LIMITS);
        }
    }
}
