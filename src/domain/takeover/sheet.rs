//! Tables as other systems and spreadsheets write them: a byte order mark or none, comma, semicolon or tab between
//! cells, cells in quotes that may hold all of these. Pure.
use csv::{ReaderBuilder, StringRecord};

/// Largest file that is read, in bytes.
pub const LARGEST_FILE_BYTES: usize = 5 * 1024 * 1024;
/// Rows read at most, headings not counted.
const MOST_ROWS: usize = 20_000;
/// Columns read at most: other systems write out all they have.
const MOST_COLUMNS: usize = 160;
/// Characters of a cell that are kept.
const CELL_LENGTH: usize = 400;
/// Lines by which the mark between cells is found.
const LOOKED_AT: usize = 10;

/// A table with headings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sheet {
    /// Headings, as written.
    pub headings: Vec<String>,
    /// Rows with the number of the line they begin at; as many cells as headings.
    pub rows: Vec<(usize, Vec<String>)>,
}

/// Why a file is no table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// Larger than is read, or more rows.
    TooLarge,
    /// Not UTF-8, or no row of headings with at least two columns.
    NoTable,
}

/// Reads `body`. Rows before the headings (a title, an empty line) are passed over: the headings are the first row with
/// at least two cells that are filled.
///
/// # Errors
/// `Unreadable`.
pub(super) fn read(body: &[u8]) -> Result<Sheet, Unreadable> {
    if body.len() > LARGEST_FILE_BYTES {
        return Err(Unreadable::TooLarge);
    }
    let text = std::str::from_utf8(body).map_err(|_| Unreadable::NoTable)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.contains('\0') {
        return Err(Unreadable::NoTable);
    }
    let mut table = ReaderBuilder::new()
        .delimiter(delimiter_of(text))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let (mut sheet, mut record) = (Sheet::default(), StringRecord::new());
    let mut place = Place { line: 1, byte: 0 };
    while table.read_record(&mut record).map_err(|_| Unreadable::NoTable)? {
        let line = place.line_of(text, record.position().map_or(0, csv::Position::byte));
        let mut cells: Vec<String> = record.iter().take(MOST_COLUMNS).map(clean).collect();
        let filled = cells.iter().filter(|cell| !cell.is_empty()).count();
        if sheet.headings.is_empty() {
            if filled >= 2 {
                sheet.headings = cells;
            }
            continue;
        }
        if filled == 0 {
            continue;
        }
        if sheet.rows.len() == MOST_ROWS {
            return Err(Unreadable::TooLarge);
        }
        cells.resize(sheet.headings.len(), String::new());
        sheet.rows.push((line, cells));
    }
    if sheet.headings.is_empty() { Err(Unreadable::NoTable) } else { Ok(sheet) }
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
        self.line += bytes[self.byte..byte].iter().filter(|byte| **byte == b'\n').count();
        self.byte = byte;
        let empty = bytes[byte..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
        self.line + empty.filter(|byte| **byte == b'\n').count()
    }
}

/// What stands between cells: the usual mark that is most frequent outside quotes in the first lines.
fn delimiter_of(text: &str) -> u8 {
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

fn clean(cell: &str) -> String {
    // Lines of an address become one line; other control characters are nobody's.
    let spaced = cell.replace(['\r', '\n', '\t'], " ");
    let clean: String = spaced.trim().chars().filter(|c| !c.is_control()).take(CELL_LENGTH).collect();
    // Spreadsheets put an apostrophe before long numbers so that they stay text, and so do files of ours.
    clean.strip_prefix('\'').map(|rest| rest.trim().to_owned()).unwrap_or(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Vec<String>> {
        read(text.as_bytes()).unwrap().rows.into_iter().map(|(_, cells)| cells).collect()
    }

    #[test]
    fn commas_semicolons_tabs_marks_and_quotes_are_all_tables() {
        for text in [
            "id,email\n7,budi@example.test\n",
            "\u{feff}id;email\r\n7;budi@example.test\r\n",
            "id\temail\n7\tbudi@example.test",
            "\"id\",\"email\"\n\"7\",\"budi@example.test\"",
            "Pelanggan\n\nid,email\n\n7,budi@example.test\n,\n",
        ] {
            let sheet = read(text.as_bytes()).unwrap();
            assert_eq!(sheet.headings, ["id", "email"], "{text:?}");
            assert_eq!(rows(text), [["7", "budi@example.test"]], "{text:?}");
        }
        assert_eq!(rows("id;alamat\n7;Jl. Melati 1, RT 2, RW 3, Sleman\n")[0][1], "Jl. Melati 1, RT 2, RW 3, Sleman");
        assert_eq!(rows("a,b\n\"x \"\"y\"\",\nz\",1\n2,3"), [["x \"y\", z", "1"], ["2", "3"]]);
        assert_eq!(rows("a,b,c\nx\n'0123,1,2,3,4"), [["x", "", ""], ["0123", "1", "2"]], "short and long rows");
        for (text, line) in [("a,b\n\"x\ny\",1\nz,2", 4), ("a,b\r\nx,1\r\nz,2", 3), ("\na,b\n\nx,1\n\n\nz,2\n", 7)] {
            assert_eq!(read(text.as_bytes()).unwrap().rows[1].0, line, "lines are counted as the file shows them");
        }
    }

    #[test]
    fn what_is_no_table_is_refused_and_never_panics() {
        for body in [&b""[..], b"only one column\n1\n2", b"\xff\xfea,b", b"a,b\n\0,1"] {
            assert_eq!(read(body), Err(Unreadable::NoTable), "{body:?}");
        }
        assert_eq!(read(&vec![b'a'; LARGEST_FILE_BYTES + 1]), Err(Unreadable::TooLarge));
        let long = format!("a,b\n{}", "1,2\n".repeat(MOST_ROWS + 1));
        assert_eq!(read(long.as_bytes()), Err(Unreadable::TooLarge));
        for odd in ["\"", "a,\"b", "a,b\n\"\"\"", ",,\n,", "a,b\n\"x\"y,1", "ü,漢\n😀,1"] {
            let _ = read(odd.as_bytes());
        }
    }
}
