//! Tables as vendors and spreadsheets write them: a byte order mark or none, comma, semicolon or tab between cells, cells
//! in quotes that may hold all of these (RFC 4180). Pure.

/// Largest file that is read, in bytes.
pub const LARGEST_FILE_BYTES: usize = 2 * 1024 * 1024;
/// Rows read at most, headings not counted.
pub const MOST_ROWS: usize = 5_000;
/// Columns read at most.
const MOST_COLUMNS: usize = 80;
/// Characters of a cell that are kept.
const CELL_LENGTH: usize = 200;

/// A table with headings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
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

/// Reads `body` in one pass. Rows before the headings (a title, an empty line) are passed over: the headings are the
/// first row with at least two cells that are filled.
///
/// # Errors
/// `Unreadable`.
pub fn read(body: &[u8]) -> Result<Sheet, Unreadable> {
    if body.len() > LARGEST_FILE_BYTES {
        return Err(Unreadable::TooLarge);
    }
    let text = std::str::from_utf8(body).map_err(|_| Unreadable::NoText)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.contains('\0') {
        return Err(Unreadable::NoText);
    }
    let mut sheet = Sheet::default();
    for (line, cells) in (Rows { text, line: 1, separator: separator_of(text) }) {
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
            return Err(Unreadable::TooManyRows);
        }
        let mut cells = cells;
        cells.resize(sheet.headings.len(), String::new());
        sheet.rows.push((line, cells));
    }
    if sheet.headings.is_empty() { Err(Unreadable::NoTable) } else { Ok(sheet) }
}

/// What stands between cells: whichever of the usual marks is most frequent outside quotes in the first lines.
fn separator_of(text: &str) -> char {
    let mut counts = [(';', 0usize), (',', 0), ('\t', 0)];
    let (mut is_quoted, mut lines) = (false, 0);
    for c in text.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            '\n' if !is_quoted => {
                lines += 1;
                if lines == 10 {
                    break;
                }
            }
            c if !is_quoted => {
                for (mark, count) in &mut counts {
                    *count += usize::from(*mark == c);
                }
            }
            _ => {}
        }
    }
    // Amounts may be full of commas where semicolons part the cells, never the other way round.
    let [semicolon, comma, tab] = counts;
    if semicolon.1 > 0 && semicolon.1 * 3 >= comma.1 {
        ';'
    } else if tab.1 > comma.1 {
        '\t'
    } else {
        ','
    }
}

/// Rows one after the other, with the line each begins at.
struct Rows<'a> {
    text: &'a str,
    line: usize,
    separator: char,
}

impl Iterator for Rows<'_> {
    type Item = (usize, Vec<String>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.text.is_empty() {
            return None;
        }
        let (begins, mut cells, mut cell) = (self.line, Vec::new(), String::new());
        let (mut is_quoted, mut was_quoted) = (false, false);
        let mut end = self.text.len();
        let mut chars = self.text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            if c == '\n' {
                self.line += 1;
            }
            match c {
                '"' if is_quoted && chars.peek().is_some_and(|(_, next)| *next == '"') => {
                    chars.next();
                    cell.push('"');
                }
                '"' if is_quoted => is_quoted = false,
                '"' if cell.trim().is_empty() && !was_quoted => {
                    cell.clear();
                    (is_quoted, was_quoted) = (true, true);
                }
                c if is_quoted => cell.push(c),
                c if c == self.separator => {
                    keep(&mut cells, &mut cell);
                    was_quoted = false;
                }
                '\n' => {
                    end = at + 1;
                    break;
                }
                '\r' => {}
                c => cell.push(c),
            }
        }
        keep(&mut cells, &mut cell);
        self.text = &self.text[end..];
        Some((begins, cells))
    }
}

fn keep(cells: &mut Vec<String>, cell: &mut String) {
    let clean: String = cell.trim().chars().filter(|c| !c.is_control()).take(CELL_LENGTH).collect();
    if cells.len() < MOST_COLUMNS {
        // Spreadsheets put an apostrophe before long numbers so that they stay text.
        cells.push(clean.strip_prefix('\'').map(str::to_owned).unwrap_or(clean));
    }
    cell.clear();
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
            "Order ID,Amount\nINV-1,50000\n",
            "\u{feff}Order ID;Amount\r\nINV-1;50000\r\n",
            "Order ID\tAmount\nINV-1\t50000",
            "\"Order ID\" , \"Amount\"\n\"INV-1\",\"50000\"",
            "Laporan\n\nOrder ID,Amount\n\nINV-1,50000\n,\n",
        ] {
            let sheet = read(text.as_bytes()).unwrap();
            assert_eq!(sheet.headings, ["Order ID", "Amount"], "{text:?}");
            assert_eq!(rows(text), [["INV-1", "50000"]], "{text:?}");
        }
        assert_eq!(rows("a;b\nx;1.250.000,00\n"), [["x", "1.250.000,00"]], "commas of amounts part no cells");
        assert_eq!(rows("a,b\n\"x \"\"y\"\",\nz\",1\n2,3"), [["x \"y\",z", "1"], ["2", "3"]]);
        assert_eq!(rows("a,b,c\nx\n'0123,1,2,3,4"), [["x", "", ""], ["0123", "1", "2"]], "short and long rows");
        assert_eq!(read(b"a,b\n\"x\ny\",1\nz,2").unwrap().rows[1].0, 4, "lines are counted as the file shows them");
    }

    #[test]
    fn what_is_no_table_is_refused_and_never_panics() {
        assert_eq!(read(b""), Err(Unreadable::NoTable));
        assert_eq!(read(b"only one column\n1\n2"), Err(Unreadable::NoTable));
        assert_eq!(read(b"\xff\xfea,b"), Err(Unreadable::NoText));
        assert_eq!(read(b"a,b\n\0,1"), Err(Unreadable::NoText));
        assert_eq!(read(&vec![b'a'; LARGEST_FILE_BYTES + 1]), Err(Unreadable::TooLarge));
        let long = format!("a,b\n{}", "1,2\n".repeat(MOST_ROWS + 1));
        assert_eq!(read(long.as_bytes()), Err(Unreadable::TooManyRows));
        for odd in ["\"", "a,\"b", "a,b\n\"\"\"", ",,\n,", "a,b\n\"x\"y,1", "ü,漢\n😀,1"] {
            let _ = read(odd.as_bytes());
        }
    }
}
