//! Keyset pages: a list continues after the last row seen, so that the last page is as fast as the first.
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// Rows on a page when nobody says.
pub const DEFAULT_LIMIT: u64 = 50;
/// Rows on a page at most.
pub const MAX_LIMIT: u64 = 200;

/// Where a page begins and how long it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// Id of the last row of the page before.
    pub after: Option<String>,
    /// Rows wanted, 1 to `MAX_LIMIT`.
    pub limit: u64,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { after: None, limit: DEFAULT_LIMIT }
    }
}

impl PageRequest {
    /// From what a caller sent: the limit is clamped, a cursor that is not ours is `None` in the result.
    pub fn parse(cursor: Option<&str>, limit: Option<u64>) -> Option<Self> {
        let after = match cursor {
            None | Some("") => None,
            Some(text) => Some(decode(text)?),
        };
        Some(Self { after, limit: limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT) })
    }

    /// How many rows to read: one more than wanted tells whether there is a next page.
    pub fn fetch(&self) -> u64 {
        self.limit + 1
    }
}

/// The cursor that leads on after `key`: letters, digits and `_`, at most 80 of them.
pub fn cursor_of(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(key)
}

fn decode(cursor: &str) -> Option<String> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    (text.len() <= 80 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')).then_some(text)
}

/// Rows and where to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Cursor of the next page, if there is one.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Makes a page of the up to `fetch()` rows read; `key` names the id the list is sorted by.
    pub fn of(mut rows: Vec<T>, request: &PageRequest, key: impl Fn(&T) -> &str) -> Self {
        let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| has_more).map(|row| cursor_of(key(row)));
        Self { rows, next_cursor }
    }

    /// A page of a list that is short enough to be read as a whole. Where the row a cursor names has gone since, the
    /// list ends.
    pub fn within(rows: Vec<T>, request: &PageRequest, key: impl Fn(&T) -> &str) -> Self {
        let begin = match &request.after {
            None => 0,
            Some(after) => rows.iter().position(|row| key(row) == after).map_or(rows.len(), |at| at + 1),
        };
        Self::of(rows.into_iter().skip(begin).collect(), request, key)
    }

    /// The same page with other rows.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { rows: self.rows.into_iter().map(f).collect(), next_cursor: self.next_cursor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_whether_there_is_another() {
        let request = PageRequest { after: None, limit: 2 };
        let page = Page::of(vec!["a_1", "a_2", "a_3"], &request, |row| row);
        assert_eq!(page.rows, ["a_1", "a_2"]);
        let next = PageRequest::parse(page.next_cursor.as_deref(), Some(2)).unwrap();
        assert_eq!(next.after.as_deref(), Some("a_2"));
        assert_eq!(Page::of(vec!["a_3"], &next, |row| row).next_cursor, None);
    }

    #[test]
    fn a_list_read_as_a_whole_has_pages_too() {
        let (all, first) = (vec!["b_1", "a_2", "c_3"], PageRequest { after: None, limit: 2 });
        let page = Page::within(all.clone(), &first, |row| row);
        assert_eq!(page.rows, ["b_1", "a_2"]);
        let next = PageRequest::parse(page.next_cursor.as_deref(), Some(2)).unwrap();
        let page = Page::within(all.clone(), &next, |row| row);
        assert_eq!((page.rows, page.next_cursor), (vec!["c_3"], None));
        let gone = PageRequest { after: Some("z_9".into()), limit: 2 };
        assert!(Page::within(all, &gone, |row| row).rows.is_empty());
    }

    #[test]
    fn foreign_cursors_and_wild_limits_are_tamed() {
        assert_eq!(PageRequest::parse(Some("not a cursor!"), None), None);
        assert_eq!(PageRequest::parse(None, Some(10_000)).unwrap().limit, MAX_LIMIT);
        assert_eq!(PageRequest::parse(Some(""), Some(0)).unwrap().limit, 1);
    }
}
