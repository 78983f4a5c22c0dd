//! A statement of account on paper: how the account stood, everything that moved it, and how it stands.
use super::{
    layout::{BODY, LEFT, Mark, PAGE, Paper, RIGHT, SMALL, STRONG, Style, TITLE, wrap},
    store::{PdfFile, drawn},
};
use crate::{
    domain::documents::DocumentError,
    kernel::locale::{Lang, ta},
};

/// Distance of lines of body text.
const STEP: f32 = 12.0;
/// Where the words and the document of a row begin, and the right edge of its amount; the balance ends at the margin.
const WORDS: f32 = LEFT + 72.0;
const DOCUMENT: f32 = LEFT + 220.0;
const AMOUNT: f32 = RIGHT - 86.0;
/// How wide words and documents may be.
const WORDS_WIDE: f32 = 142.0;
const DOCUMENT_WIDE: f32 = 112.0;
/// Width of each address.
const ADDRESS: f32 = 235.0;

/// What a statement of account tells, in the words and figures of the page in the panel.
#[derive(Clone, Debug)]
pub struct AccountPaper {
    /// Its language.
    pub lang: Lang,
    /// Its title.
    pub title: String,
    /// Which days.
    pub span: String,
    /// Who wrote it, and to whom: a heading and lines.
    pub parties: [(String, Vec<String>); 2],
    /// Opening balance, what was asked for and paid, closing balance.
    pub sums: Vec<(String, String)>,
    /// Heads of the columns: day, words, document, amount, balance.
    pub heads: [String; 5],
    /// The rows, oldest first.
    pub rows: Vec<[String; 5]>,
    /// What is said below them.
    pub notes: Vec<String>,
    /// Name of the file, without its ending.
    pub name: String,
}

/// Draws a statement of account. Nothing is kept: it says how things stand at the moment it is asked for.
///
/// # Errors
/// Drawing.
pub async fn account_pdf(paper: AccountPaper) -> Result<PdfFile, DocumentError> {
    let (lang, title, name) = (paper.lang, paper.title.clone(), format!("{}.pdf", paper.name));
    drawn(lang, title, name, move || paper.pages()).await
}

impl AccountPaper {
    fn pages(&self) -> Vec<Vec<Mark>> {
        let mut paper = Paper::new();
        self.head(&mut paper);
        self.heads(&mut paper);
        for row in &self.rows {
            self.row(&mut paper, row);
        }
        paper.y += 10.0;
        for line in self.notes.iter().flat_map(|note| wrap(note, SMALL, RIGHT - LEFT)) {
            paper.make_room(STEP);
            paper.left(LEFT, SMALL, &line);
            paper.y += STEP;
        }
        self.number_pages(&mut paper);
        paper.pages
    }

    fn head(&self, paper: &mut Paper) {
        paper.left(LEFT, TITLE, &self.title);
        paper.y += 17.0;
        paper.left(LEFT, BODY, &self.span);
        paper.y += 24.0;
        let (top, mut lowest) = (paper.y, paper.y);
        for ((heading, lines), x) in self.parties.iter().zip([LEFT, LEFT + ADDRESS + 30.0]) {
            paper.y = top;
            paper.left(x, SMALL, heading);
            for (place, line) in lines.iter().flat_map(|line| wrap(line, BODY, ADDRESS)).enumerate() {
                paper.y += STEP;
                paper.left(x, if place == 0 { STRONG } else { BODY }, &line);
            }
            lowest = f32::max(lowest, paper.y);
        }
        paper.y = lowest + 22.0;
        for (place, (label, amount)) in self.sums.iter().enumerate() {
            // How it stands in the end is what somebody who only glances at it must see.
            let style = if place + 1 == self.sums.len() { STRONG } else { BODY };
            paper.left(LEFT, style, label);
            paper.right(LEFT + 280.0, style, amount);
            paper.y += STEP + 2.0;
        }
        paper.y += 12.0;
    }

    fn heads(&self, paper: &mut Paper) {
        let [day, words, document, amount, balance] = &self.heads;
        paper.left(LEFT, SMALL, day);
        paper.left(WORDS, SMALL, words);
        paper.left(DOCUMENT, SMALL, document);
        paper.right(AMOUNT, SMALL, amount);
        paper.right(RIGHT, SMALL, balance);
        paper.y += 6.0;
        paper.rule();
        paper.y += STEP;
    }

    fn row(&self, paper: &mut Paper, row: &[String; 5]) {
        let [day, words, document, amount, balance] = row;
        let words = wrap(words, BODY, WORDS_WIDE);
        let reference = Style { size: 7.5, ..BODY };
        let document = wrap(document, reference, DOCUMENT_WIDE);
        let lines = words.len().max(document.len()).max(1);
        if paper.make_room(STEP * lines as f32) {
            self.heads(paper);
        }
        let top = paper.y;
        paper.left(LEFT, BODY, day);
        paper.right(AMOUNT, BODY, amount);
        paper.right(RIGHT, BODY, balance);
        for (x, style, texts) in [(WORDS, BODY, &words), (DOCUMENT, reference, &document)] {
            paper.y = top;
            for text in texts {
                paper.left(x, style, text);
                paper.y += STEP;
            }
        }
        paper.y = top + STEP * lines as f32 + 2.0;
    }

    /// Says on every page which it is of how many, where there are several.
    fn number_pages(&self, paper: &mut Paper) {
        let count = paper.pages.len();
        if count < 2 {
            return;
        }
        for (place, page) in paper.pages.iter_mut().enumerate() {
            let words = [("page", (place + 1).to_string()), ("pages", count.to_string())];
            let text = ta(self.lang, "document-page", &words);
            page.push(Mark::Text { x: LEFT, y: PAGE.1 - 36.0, style: SMALL, text });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paper(rows: usize) -> AccountPaper {
        let row = |place: usize| {
            let words = "Pembayaran ditarik kembali oleh bank, ditahan untuk diperiksa".to_owned();
            let amount = format!("-Rp 10.000.{place:03}");
            ["30 Nov 2026".to_owned(), words, "INV-01KB3M7VQ2W8X9Y0Z1A2B3C4D5".to_owned(), amount.clone(), amount]
        };
        AccountPaper {
            lang: Lang::Id,
            title: "Laporan rekening".to_owned(),
            span: "1 Nov 2026 – 30 Nov 2026".to_owned(),
            parties: [("Dari".to_owned(), vec!["PT Yumna".to_owned()]), ("Kepada".to_owned(), vec!["Budi".to_owned()])],
            sums: vec![("Saldo akhir".to_owned(), "Rp 0".to_owned())],
            heads: ["Tanggal", "Keterangan", "Dokumen", "Jumlah", "Saldo"].map(str::to_owned),
            rows: (0..rows).map(row).collect(),
            notes: vec!["Hanya 1.000 baris pertama.".to_owned()],
            name: "laporan".to_owned(),
        }
    }

    fn texts(pages: &[Vec<Mark>]) -> Vec<&str> {
        pages
            .iter()
            .flatten()
            .filter_map(|mark| if let Mark::Text { text, .. } = mark { Some(text.as_str()) } else { None })
            .collect()
    }

    #[test]
    fn every_row_is_there_once_and_no_mark_lies_outside_the_paper() {
        let pages = paper(300).pages();
        let said = texts(&pages);
        for place in 0..300 {
            let amount = format!("-Rp 10.000.{place:03}");
            assert_eq!(said.iter().filter(|text| **text == amount).count(), 2, "{amount}");
        }
        assert!(pages.len() > 5);
        for mark in pages.iter().flatten() {
            if let Mark::Text { x, y, style, text } = mark {
                let right = x + super::super::layout::width(text, *style);
                assert!(*x >= LEFT - 1.0 && right <= RIGHT + 1.0 && *y < PAGE.1 - 20.0, "{text} at {x}, {y}");
            }
        }
        assert!(said.iter().filter(|text| **text == "Keterangan").count() == pages.len(), "heads on every page");
    }

    #[test]
    fn an_empty_statement_is_one_page_without_a_number() {
        let pages = paper(0).pages();
        assert_eq!(pages.len(), 1);
        assert!(!texts(&pages).iter().any(|text| text.contains('1') && text.contains('/')));
    }

    #[tokio::test]
    async fn it_can_be_drawn() {
        let file = account_pdf(paper(3)).await.unwrap();
        assert!(file.body.starts_with(b"%PDF") && file.name == "laporan.pdf");
    }
}
