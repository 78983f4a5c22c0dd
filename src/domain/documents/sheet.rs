//! What invoices and price quotes have in common on paper.
use super::{
    layout::{BODY, BOTTOM, Ink, LEFT, Mark, PAGE, Paper, RIGHT, SMALL, STRONG, Style, TITLE, width, wrap},
    parties::{buyer_lines, seller_lines, text},
    qr,
};
use crate::kernel::{
    format::number,
    locale::{Lang, t, ta},
};
use serde_json::Value;

/// Distance of lines of body text.
pub(super) const STEP: f32 = 12.5;
/// Right edges of the columns of numbers, and the width of the words before them.
const QUANTITY: f32 = 350.0;
const UNIT: f32 = 448.0;
const WORDS: f32 = 255.0;
/// Width of each address.
const ADDRESS: f32 = 235.0;
/// Edge of the QR code.
const QR: f32 = 76.0;

/// A line of the table.
pub(super) struct Row<'a> {
    pub words: &'a str,
    /// Small words below.
    pub notes: Vec<String>,
    pub quantity: i64,
    pub unit: String,
    pub amount: String,
}

/// Who sells, what kind of paper this is, its number and the days that count.
pub(super) fn head(paper: &mut Paper, seller: &Value, title: &str, number: &str, days: &[String]) {
    for line in wrap(text(seller, "name"), Style { size: 15.0, ..TITLE }, 300.0).iter().take(2) {
        paper.left(LEFT, Style { size: 15.0, ..TITLE }, line);
        paper.y += 18.0;
    }
    paper.y = 56.0;
    paper.right(RIGHT, TITLE, title);
    paper.y += 18.0;
    paper.right(RIGHT, STRONG, number);
    for day in days {
        paper.y += STEP;
        paper.right(RIGHT, BODY, day);
    }
}

/// What somebody who only glances at it must see.
pub(super) fn stamp(paper: &mut Paper, words: &str, ink: Ink) {
    let style = Style { size: 14.0, bold: true, ink };
    let (x, room) = (LEFT + 180.0, width(words, style));
    let y = paper.y;
    paper.mark(Mark::Box { x: x - 10.0, y: y - 16.0, width: room + 20.0, height: 23.0, ink });
    paper.left(x, style, words);
}

/// Who sells at the left, who buys at the right.
pub(super) fn addresses(paper: &mut Paper, seller: &Value, buyer: &Value, lang: Lang) {
    let top = paper.y;
    let mut lowest = top;
    let right = LEFT + ADDRESS + 30.0;
    for (x, key, lines) in
        [(LEFT, "document-from", seller_lines(seller, lang)), (right, "document-to", buyer_lines(buyer, seller, lang))]
    {
        paper.y = top;
        paper.left(x, SMALL, &t(lang, key));
        for (i, line) in lines.iter().flat_map(|line| wrap(line, BODY, ADDRESS)).enumerate() {
            paper.y += STEP;
            paper.left(x, if i == 0 { STRONG } else { BODY }, &line);
        }
        lowest = f32::max(lowest, paper.y);
    }
    paper.y = lowest + 24.0;
}

fn table_head(paper: &mut Paper, lang: Lang) {
    paper.left(LEFT, SMALL, &t(lang, "document-description"));
    paper.right(QUANTITY, SMALL, &t(lang, "document-quantity"));
    paper.right(UNIT, SMALL, &t(lang, "document-unit-price"));
    paper.right(RIGHT, SMALL, &t(lang, "document-amount"));
    paper.y += 6.0;
    paper.rule();
    paper.y += 14.0;
}

/// The table of lines; its heading stands on every page.
pub(super) fn table<'a>(paper: &mut Paper, rows: impl Iterator<Item = Row<'a>>, lang: Lang) {
    table_head(paper, lang);
    for row in rows {
        let words = wrap(row.words, BODY, WORDS);
        if paper.make_room((words.len() + row.notes.len()) as f32 * STEP + 4.0) {
            table_head(paper, lang);
        }
        paper.right(QUANTITY, BODY, &number(row.quantity, lang));
        paper.right(UNIT, BODY, &row.unit);
        paper.right(RIGHT, BODY, &row.amount);
        for line in &words {
            paper.left(LEFT, BODY, line);
            paper.y += STEP;
        }
        for note in &row.notes {
            paper.left(LEFT, SMALL, note);
            paper.y += STEP;
        }
        paper.y += 4.0;
    }
    paper.rule();
    paper.y += 16.0;
}

/// What it comes to: words, amounts, how they are set.
pub(super) fn sums(paper: &mut Paper, rows: &[(String, String, Style)]) {
    paper.make_room(rows.len() as f32 * 15.0);
    for (words, amount, style) in rows {
        paper.right(UNIT, *style, words);
        paper.right(RIGHT, *style, amount);
        paper.y += 15.0;
    }
    paper.y += 10.0;
}

/// Words across the whole width.
pub(super) fn paragraph(paper: &mut Paper, words: &str) {
    for line in wrap(words, BODY, RIGHT - LEFT) {
        paper.make_room(STEP);
        paper.left(LEFT, BODY, &line);
        paper.y += STEP;
    }
}

/// A code that leads to `url`, with words beside it, at the foot, where people look for it.
pub(super) fn code(paper: &mut Paper, url: &str, words: &str) {
    let Some(rows) = qr::modules(url) else { return };
    paper.make_room(QR + 14.0);
    let y = BOTTOM - QR;
    paper.mark(Mark::Modules { x: LEFT, y, size: QR, rows });
    paper.y = y + QR / 2.0;
    paper.left(LEFT + QR + 14.0, BODY, words);
    for line in wrap(url, SMALL, RIGHT - LEFT - QR - 14.0) {
        paper.y += STEP;
        paper.left(LEFT + QR + 14.0, SMALL, &line);
    }
}

/// The number of the document and of the page at the foot of every page.
pub(super) fn number_pages(paper: &mut Paper, left: &str, lang: Lang) {
    let pages = paper.pages.len();
    for (page, marks) in (1..).zip(&mut paper.pages) {
        let words = ta(lang, "document-page", &[("page", page), ("pages", pages)]);
        let y = PAGE.1 - 36.0;
        let x = RIGHT - width(&words, SMALL);
        marks.push(Mark::Text { x, y, style: SMALL, text: words });
        marks.push(Mark::Text { x: LEFT, y, style: SMALL, text: left.to_owned() });
    }
}
