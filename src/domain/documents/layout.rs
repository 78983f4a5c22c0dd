//! Placing words on paper. Pure: pages of marks, which `draw` turns into a PDF.
use skrifa::{
    FontRef, MetadataProvider,
    instance::{LocationRef, Size},
};
use std::sync::LazyLock;

/// The fonts, with their licence in the same folder.
pub(super) static REGULAR: &[u8] = include_bytes!("../../../static/fonts/DejaVuSans.ttf");
pub(super) static BOLD: &[u8] = include_bytes!("../../../static/fonts/DejaVuSans-Bold.ttf");

static REGULAR_FONT: LazyLock<FontRef<'static>> =
    LazyLock::new(|| FontRef::new(REGULAR).expect("the font is part of the program"));
static BOLD_FONT: LazyLock<FontRef<'static>> =
    LazyLock::new(|| FontRef::new(BOLD).expect("the font is part of the program"));

/// A4 in points.
pub(super) const PAGE: (f32, f32) = (595.28, 841.89);
/// Left and right edge of the text, and the line below which a page ends.
pub(super) const LEFT: f32 = 48.0;
pub(super) const RIGHT: f32 = PAGE.0 - 48.0;
pub(super) const BOTTOM: f32 = PAGE.1 - 64.0;
const TOP: f32 = 56.0;

/// Shades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    /// Text.
    Dark,
    /// Less important.
    Gray,
    /// What is settled.
    Green,
    /// What is void.
    Red,
}

/// How text is set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Style {
    pub size: f32,
    pub bold: bool,
    pub ink: Ink,
}

pub(super) const BODY: Style = Style { size: 9.0, bold: false, ink: Ink::Dark };
pub(super) const STRONG: Style = Style { size: 9.0, bold: true, ink: Ink::Dark };
pub(super) const SMALL: Style = Style { size: 7.5, bold: false, ink: Ink::Gray };
pub(super) const TITLE: Style = Style { size: 18.0, bold: true, ink: Ink::Dark };

/// A mark on paper; `y` is the base line, from the top.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Mark {
    Text { x: f32, y: f32, style: Style, text: String },
    Line { y: f32 },
    Box { x: f32, y: f32, width: f32, height: f32, ink: Ink },
    Modules { x: f32, y: f32, size: f32, rows: Vec<Vec<bool>> },
}

/// Width of `text` in points.
pub(super) fn width(text: &str, style: Style) -> f32 {
    let font = if style.bold { &*BOLD_FONT } else { &*REGULAR_FONT };
    let (charmap, metrics) = (font.charmap(), font.glyph_metrics(Size::new(style.size), LocationRef::default()));
    text.chars().map(|c| metrics.advance_width(charmap.map(c).unwrap_or_default()).unwrap_or(0.0)).sum()
}

/// `text` in lines no wider than `max`; a word that is wider by itself is broken.
pub(super) fn wrap(text: &str, style: Style, max: f32) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            let candidate = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if width(&candidate, style) <= max {
                line = candidate;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for letter in word.chars() {
                line.push(letter);
                if width(&line, style) > max && line.chars().count() > 1 {
                    line.pop();
                    lines.push(std::mem::take(&mut line));
                    line.push(letter);
                }
            }
        }
        if !line.is_empty() {
            lines.push(line);
        }
    }
    lines
}

/// Paper being filled from the top.
#[derive(Debug)]
pub(super) struct Paper {
    pub pages: Vec<Vec<Mark>>,
    pub y: f32,
}

impl Paper {
    pub fn new() -> Self {
        Self { pages: vec![Vec::new()], y: TOP }
    }

    /// Goes on on a new page unless `height` more points fit. Returns whether it did.
    pub fn make_room(&mut self, height: f32) -> bool {
        if self.y + height <= BOTTOM {
            return false;
        }
        self.pages.push(Vec::new());
        self.y = TOP;
        true
    }

    pub fn mark(&mut self, mark: Mark) {
        self.pages.last_mut().expect("there is always a page").push(mark);
    }

    /// Text that begins at `x`.
    pub fn left(&mut self, x: f32, style: Style, text: &str) {
        let text = clean(text);
        self.mark(Mark::Text { x, y: self.y, style, text });
    }

    /// Text that ends at `x`.
    pub fn right(&mut self, x: f32, style: Style, text: &str) {
        let text = clean(text);
        self.mark(Mark::Text { x: x - width(&text, style), y: self.y, style, text });
    }

    /// A line across the text.
    pub fn rule(&mut self) {
        let y = self.y;
        self.mark(Mark::Line { y });
    }
}

/// Text without control characters: they would be boxes on paper.
fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_and_long_words_are_wrapped_within_their_column() {
        let text = "Perpanjangan layanan n8n Basic bulanan untuk alur-kerja-otomatis-yang-namanya-panjang-sekali-dan-tanpa-spasi 漢字";
        let lines = wrap(text, BODY, 120.0);
        assert!(lines.len() > 4 && lines.iter().all(|line| width(line, BODY) <= 120.0), "{lines:?}");
        let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        assert_eq!(letters(&lines.concat()), letters(text), "nothing is lost");
        assert!(wrap("", BODY, 120.0).is_empty());
    }

    #[test]
    fn bold_is_wider_and_numbers_are_even() {
        assert!(width("Total", STRONG) > width("Total", BODY));
        assert_eq!(width("1111", BODY), width("8888", BODY), "amounts stand in columns");
    }
}
