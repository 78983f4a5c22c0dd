//! Tables for spreadsheets: CSV as RFC 4180 has it, with a mark that tells spreadsheets that it is UTF-8, semicolons
//! between cells (what spreadsheets expect where the comma is the decimal mark, as in Indonesia), and nothing in it that
//! a spreadsheet would run.

/// What tells a spreadsheet that the text is UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";
/// Between two cells.
const SEPARATOR: char = ';';
/// A text that begins so would be taken for a formula (OWASP, *CSV Injection*).
const FORMULAS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Words of anybody: made harmless.
    Text(String),
    /// Our own number: stays a number.
    Number(i64),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        Self::Text(text.unwrap_or_default().to_owned())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

/// A number of many digits that is none to reckon with (a tax number), in groups of four: a spreadsheet would round it, or
/// drop its leading noughts.
pub fn digits(number: &str) -> String {
    let digits: Vec<char> = number.chars().collect();
    digits.chunks(4).map(String::from_iter).collect::<Vec<_>>().join(" ")
}

/// A table as a file: headings, rows.
pub fn file(headings: &[String], rows: impl IntoIterator<Item = Vec<Value>>) -> String {
    let mut text = head(headings);
    for cells in rows {
        row(&mut text, cells);
    }
    text
}

/// How a file begins: its mark and its headings. Rows follow by `row`.
pub fn head(headings: &[String]) -> String {
    let mut text = BYTE_ORDER_MARK.to_owned();
    row(&mut text, headings.iter().map(|heading| Value::Text(heading.clone())));
    text
}

/// One more row at the end of `text`.
pub fn row(text: &mut String, cells: impl IntoIterator<Item = Value>) {
    for (place, cell) in cells.into_iter().enumerate() {
        if place > 0 {
            text.push(SEPARATOR);
        }
        match cell {
            Value::Number(number) => text.push_str(&number.to_string()),
            Value::Text(words) => quote(text, &words),
        }
    }
    text.push_str("\r\n");
}

fn quote(text: &mut String, words: &str) {
    // A spreadsheet shows the apostrophe in front of a formula as nothing and the rest as words.
    let is_formula = words.trim_start_matches(' ').starts_with(FORMULAS);
    let is_plain = !words.contains([SEPARATOR, ',', '"', '\n', '\r', '\t']) && words.trim() == words;
    if is_formula {
        text.push_str("\"'");
        text.push_str(&words.replace('"', "\"\""));
        text.push('"');
    } else if is_plain {
        text.push_str(words);
    } else {
        text.push('"');
        text.push_str(&words.replace('"', "\"\""));
        text.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let rows = vec![vec!["a;b".into(), "say \"yes\"".into(), "two\nlines".into(), Value::Number(-5)]];
        let file = file(&["Nomor".to_owned(), "Pelanggan".to_owned()], rows);
        assert_eq!(file, "\u{feff}Nomor;Pelanggan\r\n\"a;b\";\"say \"\"yes\"\"\";\"two\nlines\";-5\r\n");
    }

    #[test]
    fn no_text_of_a_customer_is_a_formula() {
        for bad in ["=HYPERLINK(\"x\")", "+62811", "-1+2", "@SUM(A1)", "\t=1", " =1", "\n=1", "＝1+1"] {
            let file = file(&[], vec![vec![bad.into()]]);
            let cell = file.lines().nth(1).unwrap();
            assert!(cell.starts_with("\"'"), "{bad} became {cell}");
        }
    }

    /// Reads a file back as a spreadsheet does.
    fn read(text: &str) -> Vec<Vec<String>> {
        let (mut rows, mut row, mut cell, mut is_quoted) = (Vec::new(), Vec::new(), String::new(), false);
        let mut signs = text.trim_start_matches('\u{feff}').chars().peekable();
        while let Some(sign) = signs.next() {
            match sign {
                '"' if is_quoted && signs.peek() == Some(&'"') => cell.extend(signs.next()),
                '"' => is_quoted = !is_quoted,
                ';' if !is_quoted => row.push(std::mem::take(&mut cell)),
                '\r' if !is_quoted && signs.peek() == Some(&'\n') => {
                    signs.next();
                    row.push(std::mem::take(&mut cell));
                    rows.push(std::mem::take(&mut row));
                }
                other => cell.push(other),
            }
        }
        rows
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_back(cells in proptest::collection::vec(".*", 1..6)) {
            let row: Vec<Value> = cells.iter().map(|cell| Value::from(cell.as_str())).collect();
            let back = read(&file(&["x".to_owned()], vec![row]));
            for (read, written) in back[1].iter().zip(&cells) {
                prop_assert_eq!(read.strip_prefix('\'').unwrap_or(read), written.strip_prefix('\'').unwrap_or(written));
            }
        }
    }
}
