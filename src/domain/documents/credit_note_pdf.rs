//! A credit note on paper (*nota kredit*): which invoice it takes something back of, what of which line, with the exact
//! share of tax, and why.
use super::{
    layout::{BODY, LEFT, Mark, Paper, RIGHT, SMALL, STRONG, Style, wrap},
    parties::words_below,
    sheet::{self, STEP},
};
use crate::{
    domain::billing::{credit_note::FullNote, invoice::Full},
    kernel::{
        format::{day, money},
        locale::{Lang, t, ta},
    },
};
use chrono::{DateTime, Utc};
use entity::{
    billing::{credit_note_item, invoice_item},
    value::{Money, business_day},
};

/// Right edge of the column of tax, and the width of the words before it.
const TAX: f32 = 448.0;
const WORDS: f32 = 300.0;

/// Everything a credit note on paper tells.
pub(super) struct CreditSheet<'a> {
    /// The invoice it is about, as it was issued.
    pub full: &'a Full,
    /// The credit note.
    pub credit: &'a FullNote,
    /// Its language.
    pub lang: Lang,
}

impl CreditSheet<'_> {
    /// Its pages.
    pub fn pages(&self) -> Vec<Vec<Mark>> {
        let mut paper = Paper::new();
        self.head(&mut paper);
        sheet::addresses(&mut paper, &self.full.invoice.seller, &self.full.invoice.buyer, self.lang);
        self.about(&mut paper);
        self.table(&mut paper);
        self.totals(&mut paper);
        sheet::paragraph(&mut paper, words_below(&self.full.invoice.seller, "credit_words", self.lang));
        sheet::number_pages(&mut paper, &self.credit.note.number, self.lang);
        paper.pages
    }

    fn money(&self, minor: i64) -> String {
        money(&Money::new(minor, &self.credit.note.currency), self.lang)
    }

    fn day(&self, at: DateTime<Utc>) -> String {
        day(business_day(at), self.lang)
    }

    fn invoice_number(&self) -> &str {
        self.full.invoice.number.as_deref().unwrap_or_default()
    }

    fn head(&self, paper: &mut Paper) {
        let issued = format!("{}: {}", t(self.lang, "document-issued"), self.day(self.credit.note.issued_at));
        let about = format!("{}: {}", t(self.lang, "document-credit-invoice"), self.invoice_number());
        let title = t(self.lang, "document-credit-note");
        sheet::head(paper, &self.full.invoice.seller, &title, &self.credit.note.number, &[issued, about]);
        paper.y += 26.0;
    }

    /// What it does, and why.
    fn about(&self, paper: &mut Paper) {
        let invoice = &self.full.invoice;
        let issued = invoice.issued_at.map(|at| self.day(at)).unwrap_or_default();
        let words = [("number", self.invoice_number().to_owned()), ("date", issued)];
        sheet::paragraph(paper, &ta(self.lang, "document-credit-says", &words));
        let reason = [("reason", self.credit.note.reason.as_str())];
        sheet::paragraph(paper, &ta(self.lang, "document-credit-reason", &reason));
        paper.y += 14.0;
    }

    /// Tax that the buyer pays to the state himself, and takes back there.
    fn collected(&self) -> i64 {
        self.credit.items.iter().map(|item| item.collected_tax_minor).sum()
    }

    /// Where no tax was charged there is no word of it.
    fn is_taxed(&self) -> bool {
        self.credit.note.tax_minor != 0 || self.collected() != 0
    }

    /// What was taken back of each line, in the order of the invoice.
    fn lines(&self) -> Vec<(&invoice_item::Model, &credit_note_item::Model)> {
        let of = |line: &invoice_item::Model| self.credit.items.iter().find(|item| item.invoice_item_id == line.id);
        self.full.items.iter().filter_map(|line| of(line).map(|item| (line, item))).collect()
    }

    fn table_head(&self, paper: &mut Paper) {
        paper.left(LEFT, SMALL, &t(self.lang, "document-description"));
        if self.is_taxed() {
            paper.right(TAX, SMALL, &t(self.lang, "document-credit-tax"));
        }
        paper.right(RIGHT, SMALL, &t(self.lang, "document-amount"));
        paper.y += 6.0;
        paper.rule();
        paper.y += 14.0;
    }

    fn table(&self, paper: &mut Paper) {
        self.table_head(paper);
        for (line, item) in self.lines() {
            let words = wrap(&line.description, BODY, WORDS);
            if paper.make_room(words.len() as f32 * STEP + 4.0) {
                self.table_head(paper);
            }
            if self.is_taxed() {
                paper.right(TAX, BODY, &self.money(item.tax_minor + item.collected_tax_minor));
            }
            paper.right(RIGHT, BODY, &self.money(item.net_minor));
            for words in &words {
                paper.left(LEFT, BODY, words);
                paper.y += STEP;
            }
            paper.y += 4.0;
        }
        paper.rule();
        paper.y += 16.0;
    }

    fn totals(&self, paper: &mut Paper) {
        let (note, invoice) = (&self.credit.note, &self.full.invoice);
        let mut rows = vec![(t(self.lang, "document-subtotal"), self.money(note.subtotal_minor), BODY)];
        if self.is_taxed() {
            // One tax is called by its name; a note knows no more of several than their sum.
            let label = match self.full.taxes.as_slice() {
                [tax] => tax.label.clone(),
                _ => t(self.lang, "document-credit-tax"),
            };
            rows.push((label, self.money(note.tax_minor + self.collected()), BODY));
        }
        if let Some(collector) = invoice.vat_collector {
            let words = t(self.lang, &format!("document-collected-{collector}"));
            rows.push((words, self.money(-self.collected()), BODY));
        }
        let total = Style { size: 11.0, ..STRONG };
        rows.push((t(self.lang, "document-credit-total"), self.money(note.total_minor), total));
        sheet::sums(paper, &rows);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::documents::{
        draw::pdf,
        layout::{PAGE, width},
    };
    use entity::{
        billing::{credit_note, invoice, invoice_tax},
        value::{CreditNoteItemId, InvoiceItemId, InvoiceKind, InvoiceStatus, InvoiceTaxId, ProductKind},
    };
    use serde_json::json;

    fn about(items: usize, words: &str, tax: i64) -> (Full, FullNote) {
        let at = "2026-11-21T03:00:00Z".parse::<DateTime<Utc>>().unwrap();
        let address = json!({ "name": "Yumna", "street": words, "city": "Jakarta", "is_pkp": tax != 0 });
        let item = |position: usize| invoice_item::Model {
            id: InvoiceItemId::generate(),
            invoice_id: "inv_1".into(),
            position: i32::try_from(position).unwrap(),
            description: words.to_owned(),
            quantity: 1,
            unit_minor: 50_000,
            discount_minor: 0,
            net_minor: 50_000,
            tax_minor: tax,
            collected_tax_minor: 0,
            product_kind: ProductKind::PaasService,
            subscription_id: None,
            cycle_number: None,
            period_start: None,
            period_end: None,
        };
        let lines: Vec<_> = (1..=items).map(item).collect();
        let count = i64::try_from(items).unwrap();
        let invoice = invoice::Model {
            id: "inv_1".into(),
            number: Some("INV/2026/000123".into()),
            customer_id: "cus_1".into(),
            kind: InvoiceKind::Order,
            status: InvoiceStatus::Issued,
            currency: "IDR".into(),
            subtotal_minor: 50_000 * count,
            discount_minor: 0,
            tax_minor: tax * count,
            vat_collector: None,
            collected_tax_minor: 0,
            total_minor: (50_000 + tax) * count,
            paid_minor: 0,
            refunded_minor: 0,
            credited_minor: 0,
            written_off_minor: 0,
            buyer: address.clone(),
            seller: address,
            locale: "id".into(),
            calculation_version: 1,
            public_token: "t".into(),
            document_hash: None,
            previous_hash: None,
            notes: None,
            issued_at: Some(at),
            due_at: Some(at),
            paid_at: None,
            voided_at: None,
            void_reason: None,
            tax_point_at: None,
            created_at: at,
            updated_at: at,
        };
        let back = |line: &invoice_item::Model| credit_note_item::Model {
            id: CreditNoteItemId::generate(),
            credit_note_id: "crn_1".into(),
            invoice_item_id: line.id.clone(),
            net_minor: 10_000,
            tax_minor: tax / 5,
            collected_tax_minor: 0,
        };
        let back: Vec<_> = lines.iter().map(back).collect();
        let note = credit_note::Model {
            id: "crn_1".into(),
            number: "CN/2026/000004".into(),
            invoice_id: "inv_1".into(),
            customer_id: "cus_1".into(),
            reason: words.to_owned(),
            subtotal_minor: 10_000 * count,
            tax_minor: tax / 5 * count,
            total_minor: (10_000 + tax / 5) * count,
            currency: "IDR".into(),
            idempotency_key: "x".into(),
            document_hash: "x".into(),
            previous_hash: None,
            issued_at: at,
        };
        let rule = invoice_tax::Model {
            id: InvoiceTaxId::generate(),
            invoice_id: "inv_1".into(),
            tax_rule_id: "txr_1".into(),
            label: "PPN 11%".into(),
            rate_num: 11,
            rate_den: 100,
            base_minor: 50_000 * count,
            tax_minor: tax * count,
        };
        let taxes = if tax == 0 { Vec::new() } else { vec![rule] };
        (Full { invoice, items: lines, taxes }, FullNote { note, items: back })
    }

    fn texts(pages: &[Vec<Mark>]) -> Vec<&str> {
        let mut texts = Vec::new();
        for mark in pages.iter().flatten() {
            if let Mark::Text { text, .. } = mark {
                texts.push(text.as_str());
            }
        }
        texts
    }

    #[test]
    fn every_mark_lies_on_the_paper_however_long_the_texts_and_the_list() {
        for (items, words) in [(1, "n8n".to_owned()), (60, "Langganan yang panjang ".repeat(9)), (2, "W".repeat(160))] {
            let (full, credit) = about(items, &words, 5_500);
            let pages = CreditSheet { full: &full, credit: &credit, lang: Lang::Id }.pages();
            for mark in pages.iter().flatten() {
                if let Mark::Text { x, y, style, text } = mark {
                    let right = x + width(text, *style);
                    assert!(*x >= LEFT - 12.0 && right <= RIGHT + 0.5 && (0.0..=PAGE.1 - 30.0).contains(y), "{mark:?}");
                }
            }
            assert!(items < 60 || pages.len() > 2, "{}", pages.len());
        }
    }

    #[test]
    fn it_says_in_both_languages_what_of_which_invoice_is_taken_back_and_its_share_of_tax() {
        let (full, credit) = about(2, "n8n Basic", 5_500);
        for (lang, title, total, tax) in
            [(Lang::Id, "Nota kredit", "Rp 22.200", "Rp 2.200"), (Lang::En, "Credit note", "IDR 22,200", "IDR 2,200")]
        {
            let pages = CreditSheet { full: &full, credit: &credit, lang }.pages();
            let texts = texts(&pages);
            for word in [title, "CN/2026/000004", total, tax, "PPN 11%"] {
                assert!(texts.contains(&word), "{word}: {texts:?}");
            }
            assert!(texts.iter().any(|text| text.contains("INV/2026/000123")), "{texts:?}");
            assert!(texts.iter().all(|text| !text.contains('⟦')), "{texts:?}");
        }
    }

    #[test]
    fn where_no_tax_was_charged_there_is_no_word_of_it() {
        let (full, credit) = about(1, "n8n Basic", 0);
        let pages = CreditSheet { full: &full, credit: &credit, lang: Lang::Id }.pages();
        assert!(!texts(&pages).iter().any(|text| text.contains("Pajak") || text.contains("PPN")));
        assert!(pdf("CN/2026/000004", "id-ID", &pages).unwrap().starts_with(b"%PDF-1."));
    }
}
