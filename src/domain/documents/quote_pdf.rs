//! A price quote on paper: what is offered to whom, at which price, until when. It says in large letters that it is no
//! invoice, so that nobody books or pays it, and what became of it, so that nobody answers one that is over.
use super::{
    DocumentError,
    layout::{BODY, Ink, LEFT, Mark, Paper, STRONG, Style},
    parties::words_below,
    sheet::{self, Row, STEP},
    store::{PdfFile, drawn},
};
use crate::kernel::{
    format::{day, money},
    locale::{Lang, t, ta},
};
use chrono::{DateTime, NaiveDate, Utc};
use entity::value::{Money, QuoteStatus, business_day};
use serde_json::Value;

/// Everything a quote on paper tells: as it was when it was sent, and where it stands.
#[derive(Clone, Debug)]
pub struct QuotePaper {
    /// Its language.
    pub lang: Lang,
    /// Its number.
    pub number: String,
    /// Where it stands now.
    pub standing: QuoteStatus,
    /// ISO 4217 code.
    pub currency: String,
    /// Who offers.
    pub seller: Value,
    /// To whom.
    pub buyer: Value,
    /// When it was sent.
    pub sent_at: DateTime<Utc>,
    /// The last day on which it can be accepted.
    pub valid_until: NaiveDate,
    /// Words before the lines.
    pub intro: String,
    /// Words after the lines.
    pub terms: String,
    /// What is offered.
    pub lines: Vec<QuoteLine>,
    /// Whether something of it goes on after its first cycle.
    pub renews: bool,
    /// Net, minor units.
    pub subtotal_minor: i64,
    /// Words of the tax and the tax, minor units; none where none is charged.
    pub tax: Option<(String, i64)>,
    /// To pay, minor units.
    pub total_minor: i64,
    /// Where it is read and accepted.
    pub url: String,
}

/// A line of it; amounts as they were agreed, minor units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuoteLine {
    /// What.
    pub description: String,
    /// How many.
    pub quantity: i64,
    /// Price of one.
    pub unit_minor: i64,
    /// What the line comes to.
    pub amount_minor: i64,
    /// What one costs otherwise, where that is more.
    pub list_minor: Option<i64>,
    /// The tax in these amounts, where there is some.
    pub tax: Option<TaxInside>,
}

/// What becomes of the tax in a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaxInside {
    /// It is paid with the price.
    Paid,
    /// The customer owes none and pays what is left.
    LeftOff,
}

impl TaxInside {
    /// Key of the words for it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Paid => "document-tax-inside",
            Self::LeftOff => "document-tax-left-off",
        }
    }
}

/// A quote as PDF.
///
/// # Errors
/// Drawing.
pub async fn quote_pdf(paper: QuotePaper) -> Result<PdfFile, DocumentError> {
    let name = format!("{}.pdf", paper.number.replace(|c: char| !c.is_ascii_alphanumeric(), "-"));
    let (lang, title) = (paper.lang, format!("{} {}", t(paper.lang, "document-quote"), paper.number));
    drawn(lang, title, name, move || paper.pages()).await
}

impl QuotePaper {
    fn pages(&self) -> Vec<Vec<Mark>> {
        let mut paper = Paper::new();
        let days = [
            ("document-issued", day(business_day(self.sent_at), self.lang)),
            ("document-quote-until", day(self.valid_until, self.lang)),
        ];
        let days = days.map(|(key, day)| format!("{}: {day}", t(self.lang, key)));
        sheet::head(&mut paper, &self.seller, &t(self.lang, "document-quote"), &self.number, &days);
        paper.y += 26.0;
        sheet::stamp(&mut paper, &self.word("document-stamp-quote"), self.ink());
        paper.y += 30.0;
        sheet::addresses(&mut paper, &self.seller, &self.buyer, self.lang);
        if !self.intro.is_empty() {
            written(&mut paper, &self.intro);
            paper.y += 12.0;
        }
        sheet::table(&mut paper, self.lines.iter().map(|line| self.row(line)), self.lang);
        sheet::sums(&mut paper, &self.sums());
        if !self.terms.is_empty() {
            // The heading stays with the first of what it heads.
            paper.make_room(3.0 * STEP);
            paper.left(LEFT, STRONG, &t(self.lang, "quote-terms"));
            paper.y += STEP;
            written(&mut paper, &self.terms);
            paper.y += 12.0;
        }
        for words in self.foot() {
            sheet::paragraph(&mut paper, &words);
        }
        sheet::paragraph(&mut paper, words_below(&self.seller, "quote_words", self.lang));
        let scan = if self.is_open() { "document-scan-to-answer" } else { "document-scan-to-see-quote" };
        sheet::code(&mut paper, &self.url, &t(self.lang, scan));
        sheet::number_pages(&mut paper, &self.number, self.lang);
        paper.pages
    }

    fn money(&self, minor: i64) -> String {
        money(&Money::new(minor, &self.currency), self.lang)
    }

    fn is_open(&self) -> bool {
        self.standing == QuoteStatus::Sent
    }

    /// The words of a family for where it stands.
    fn word(&self, family: &str) -> String {
        let until = [("until", day(self.valid_until, self.lang))];
        ta(self.lang, &format!("{family}-{}", self.standing.as_str()), &until)
    }

    fn ink(&self) -> Ink {
        match self.standing {
            QuoteStatus::Draft | QuoteStatus::Sent => Ink::Gray,
            QuoteStatus::Accepted => Ink::Green,
            QuoteStatus::Declined | QuoteStatus::Expired | QuoteStatus::Withdrawn => Ink::Red,
        }
    }

    /// What accepting it would mean, or what became of it.
    fn foot(&self) -> Vec<String> {
        if !self.is_open() {
            return vec![self.word("quote-says")];
        }
        let until = [("until", day(self.valid_until, self.lang))];
        let mut foot = vec![ta(self.lang, "document-quote-foot", &until)];
        foot.extend(self.renews.then(|| t(self.lang, "quote-renews")));
        foot
    }

    fn row<'a>(&self, line: &'a QuoteLine) -> Row<'a> {
        let instead = |list| ta(self.lang, "document-quote-instead", &[("amount", self.money(list))]);
        Row {
            words: &line.description,
            notes: line
                .list_minor
                .map(instead)
                .into_iter()
                .chain(line.tax.map(|tax| t(self.lang, tax.key())))
                .collect(),
            quantity: line.quantity,
            unit: self.money(line.unit_minor),
            amount: self.money(line.amount_minor),
        }
    }

    fn sums(&self) -> Vec<(String, String, Style)> {
        let subtotal = t(self.lang, "document-subtotal");
        let mut rows = vec![(subtotal, self.money(self.subtotal_minor), BODY)];
        rows.extend(self.tax.iter().map(|(label, minor)| (label.clone(), self.money(*minor), BODY)));
        rows.push((t(self.lang, "document-total"), self.money(self.total_minor), Style { size: 11.0, ..STRONG }));
        rows
    }
}

/// What a person typed: a line stays a line, an empty one is a gap.
fn written(paper: &mut Paper, text: &str) {
    for line in text.lines() {
        match line.trim() {
            "" => paper.y += STEP / 2.0,
            words => sheet::paragraph(paper, words),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::documents::layout::{PAGE, RIGHT, width};
    use serde_json::json;

    fn paper(lang: Lang, lines: usize, words: &str, has_tax: bool) -> QuotePaper {
        let line = QuoteLine {
            description: words.to_owned(),
            quantity: 2,
            unit_minor: 40_000,
            amount_minor: 80_000,
            list_minor: Some(50_000),
            tax: has_tax.then_some(TaxInside::Paid),
        };
        QuotePaper {
            lang,
            number: "QUO/2026/000001".to_owned(),
            standing: QuoteStatus::Sent,
            currency: "IDR".to_owned(),
            seller: json!({ "name": "Yumna", "street": words, "is_pkp": has_tax, "npwp": "0123456789012345" }),
            buyer: json!({ "company": "PT Maju", "name": words }),
            sent_at: "2026-11-21T03:00:00Z".parse().unwrap(),
            valid_until: "2026-12-05".parse().unwrap(),
            intro: format!("{words}\n\n{words}"),
            terms: words.to_owned(),
            lines: vec![line; lines],
            renews: true,
            subtotal_minor: 80_000,
            tax: has_tax.then(|| ("PPN 11%".to_owned(), 8_800)),
            total_minor: if has_tax { 88_800 } else { 80_000 },
            url: "https://example.test/quote/abc".to_owned(),
        }
    }

    fn texts(pages: &[Vec<Mark>]) -> Vec<String> {
        let text = |mark: &Mark| match mark {
            Mark::Text { text, .. } => Some(text.clone()),
            _ => None,
        };
        pages.iter().flatten().filter_map(text).collect()
    }

    #[test]
    fn a_quote_says_that_it_is_no_invoice_and_until_when_it_counts() {
        for (lang, title, stamp, total) in [
            (Lang::Id, "Penawaran", "PENAWARAN, BUKAN TAGIHAN", "Rp 88.800"),
            (Lang::En, "Quote", "QUOTE, NOT AN INVOICE", "IDR 88,800"),
        ] {
            let said = texts(&paper(lang, 1, "n8n Basic", true).pages());
            let has = |words: &str| said.iter().any(|text| text == words);
            assert!(has(title) && has(stamp) && has(total) && has("PPN 11%"), "{said:?}");
            assert!(said.iter().all(|text| !text.contains('⟦')), "{said:?}");
            let plain = texts(&paper(lang, 1, "n8n Basic", false).pages());
            assert!(!plain.iter().any(|text| text.contains("PPN") || text.contains("NPWP")), "{plain:?}");
        }
    }

    #[test]
    fn the_last_day_ends_with_it_and_what_goes_on_is_said() {
        for (lang, until, renews) in [
            (Lang::Id, "sampai akhir 5 Des 2026 (WIB)", "diperpanjang dengan harga satuan yang sama"),
            (Lang::En, "until the end of 5 Dec 2026 (WIB, Jakarta time)", "renew at the same unit price"),
        ] {
            let said = |paper: QuotePaper| texts(&paper.pages()).join(" ");
            let open = said(paper(lang, 1, "n8n Basic", true));
            assert!(open.contains(until) && open.contains(renews), "{open}");
            let once = said(QuotePaper { renews: false, ..paper(lang, 1, "Pelatihan", true) });
            assert!(!once.contains(renews), "{once}");
        }
    }

    #[test]
    fn a_quote_that_is_over_says_so_and_asks_for_no_answer() {
        let over = [QuoteStatus::Accepted, QuoteStatus::Declined, QuoteStatus::Expired, QuoteStatus::Withdrawn];
        for (lang, standing) in Lang::ALL.iter().flat_map(|lang| over.map(|standing| (*lang, standing))) {
            let said = texts(&QuotePaper { standing, ..paper(lang, 1, "n8n Basic", true) }.pages());
            let open = texts(&paper(lang, 1, "n8n Basic", true).pages());
            for key in ["document-stamp-quote-sent", "document-scan-to-answer"] {
                let words = t(lang, key);
                assert!(open.contains(&words) && !said.contains(&words), "{standing}: {said:?}");
            }
            assert!(said.contains(&t(lang, &format!("document-stamp-quote-{standing}"))), "{said:?}");
            assert!(said.iter().all(|text| !text.contains('⟦')), "{said:?}");
        }
    }

    #[test]
    fn every_mark_lies_on_the_paper_however_much_is_offered() {
        let long = "Langganan dengan nama yang sangat panjang sekali ".repeat(5);
        for (lines, words) in [(1, "n8n"), (30, long.as_str()), (3, &"W".repeat(255))] {
            let pages = paper(Lang::Id, lines, words, true).pages();
            for mark in pages.iter().flatten() {
                let (left, right, y) = match mark {
                    Mark::Text { x, y, style, text } => (*x, x + width(text, *style), *y),
                    Mark::Line { y } => (LEFT, RIGHT, *y),
                    Mark::Box { x, y, width, .. } => (*x, x + width, *y),
                    Mark::Modules { x, y, size, .. } => (*x, x + size, y + size),
                };
                assert!(left >= LEFT - 12.0 && right <= RIGHT + 0.5 && (0.0..=PAGE.1 - 30.0).contains(&y), "{mark:?}");
            }
        }
    }
}
