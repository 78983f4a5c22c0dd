//! An invoice on paper: who, to whom, for what, how much, what was paid, and a code that leads to the page where it can
//! be paid.
use super::{
    layout::{BODY, BOTTOM, Ink, LEFT, Mark, PAGE, Paper, RIGHT, SMALL, STRONG, Style, TITLE, width, wrap},
    parties::{buyer_lines, paid_by, seller_lines, text},
    qr,
};
use crate::{
    domain::billing::invoice::{Full, open_minor},
    kernel::{
        format::{day, money, number},
        locale::{Lang, t, ta},
    },
};
use chrono::{DateTime, Utc};
use entity::{
    payments::payment,
    value::{InvoiceStatus, Money, business_day},
};

/// Distance of lines of body text.
const STEP: f32 = 12.5;
/// Right edges of the columns of numbers, and the width of the words before them.
const QUANTITY: f32 = 350.0;
const UNIT: f32 = 448.0;
const WORDS: f32 = 255.0;
/// Width of each address.
const ADDRESS: f32 = 235.0;
/// Edge of the QR code.
const QR: f32 = 76.0;

/// Everything an invoice on paper tells.
pub(super) struct Sheet<'a> {
    /// The invoice.
    pub full: &'a Full,
    /// Money that came for it, oldest first.
    pub payments: &'a [payment::Model],
    /// Where it can be paid and seen.
    pub pay_url: &'a str,
    /// Its language.
    pub lang: Lang,
}

impl Sheet<'_> {
    /// The pages of the invoice.
    pub fn pages(&self) -> Vec<Vec<Mark>> {
        let mut paper = Paper::new();
        self.head(&mut paper);
        self.addresses(&mut paper);
        self.lines(&mut paper);
        self.totals(&mut paper);
        self.received(&mut paper);
        self.foot(&mut paper);
        self.number_pages(&mut paper);
        paper.pages
    }

    fn money(&self, minor: i64) -> String {
        money(&Money::new(minor, &self.full.invoice.currency), self.lang)
    }

    fn day(&self, at: Option<DateTime<Utc>>) -> String {
        at.map(|at| day(business_day(at), self.lang)).unwrap_or_default()
    }

    fn number(&self) -> &str {
        self.full.invoice.number.as_deref().unwrap_or_default()
    }

    fn head(&self, paper: &mut Paper) {
        let invoice = &self.full.invoice;
        for line in wrap(text(&invoice.seller, "name"), Style { size: 15.0, ..TITLE }, 300.0).iter().take(2) {
            paper.left(LEFT, Style { size: 15.0, ..TITLE }, line);
            paper.y += 18.0;
        }
        paper.y = 56.0;
        paper.right(RIGHT, TITLE, &t(self.lang, "document-invoice"));
        paper.y += 18.0;
        paper.right(RIGHT, STRONG, self.number());
        for (key, at) in [("document-issued", invoice.issued_at), ("document-due", invoice.due_at)] {
            paper.y += STEP;
            paper.right(RIGHT, BODY, &format!("{}: {}", t(self.lang, key), self.day(at)));
        }
        self.stamp(paper);
        paper.y += 26.0;
    }

    /// What somebody who only glances at it must see.
    fn stamp(&self, paper: &mut Paper) {
        let (key, ink) = match self.full.invoice.status {
            InvoiceStatus::Paid => ("document-stamp-paid", Ink::Green),
            InvoiceStatus::Void => ("document-stamp-void", Ink::Red),
            InvoiceStatus::Draft | InvoiceStatus::Issued | InvoiceStatus::WrittenOff => return,
        };
        let (words, style) = (t(self.lang, key), Style { size: 14.0, bold: true, ink });
        let (x, room) = (LEFT + 180.0, width(&words, style));
        let y = paper.y;
        paper.mark(Mark::Box { x: x - 10.0, y: y - 16.0, width: room + 20.0, height: 23.0, ink });
        paper.left(x, style, &words);
    }

    fn addresses(&self, paper: &mut Paper) {
        let invoice = &self.full.invoice;
        let top = paper.y;
        let mut lowest = top;
        let right = LEFT + ADDRESS + 30.0;
        for (x, key, lines) in [
            (LEFT, "document-from", seller_lines(&invoice.seller, self.lang)),
            (right, "document-to", buyer_lines(&invoice.buyer, &invoice.seller, self.lang)),
        ] {
            paper.y = top;
            paper.left(x, SMALL, &t(self.lang, key));
            for (i, line) in lines.iter().flat_map(|line| wrap(line, BODY, ADDRESS)).enumerate() {
                paper.y += STEP;
                paper.left(x, if i == 0 { STRONG } else { BODY }, &line);
            }
            lowest = f32::max(lowest, paper.y);
        }
        paper.y = lowest + 24.0;
    }

    fn table_head(&self, paper: &mut Paper) {
        paper.left(LEFT, SMALL, &t(self.lang, "document-description"));
        paper.right(QUANTITY, SMALL, &t(self.lang, "document-quantity"));
        paper.right(UNIT, SMALL, &t(self.lang, "document-unit-price"));
        paper.right(RIGHT, SMALL, &t(self.lang, "document-amount"));
        paper.y += 6.0;
        paper.rule();
        paper.y += 14.0;
    }

    fn lines(&self, paper: &mut Paper) {
        self.table_head(paper);
        for item in &self.full.items {
            let words = wrap(&item.description, BODY, WORDS);
            let mut notes = Vec::new();
            if let (Some(start), Some(end)) = (item.period_start, item.period_end.and_then(|end| end.pred_opt())) {
                let days = [("start", day(start, self.lang)), ("end", day(end, self.lang))];
                notes.push(ta(self.lang, "document-period", &days));
            }
            if item.discount_minor != 0 {
                notes.push(format!("{}: {}", t(self.lang, "document-discount"), self.money(-item.discount_minor)));
            }
            if paper.make_room((words.len() + notes.len()) as f32 * STEP + 4.0) {
                self.table_head(paper);
            }
            paper.right(QUANTITY, BODY, &number(item.quantity, self.lang));
            paper.right(UNIT, BODY, &self.money(item.unit_minor));
            paper.right(RIGHT, BODY, &self.money(item.net_minor));
            for line in &words {
                paper.left(LEFT, BODY, line);
                paper.y += STEP;
            }
            for note in &notes {
                paper.left(LEFT, SMALL, note);
                paper.y += STEP;
            }
            paper.y += 4.0;
        }
        paper.rule();
        paper.y += 16.0;
    }

    fn totals(&self, paper: &mut Paper) {
        let invoice = &self.full.invoice;
        // Tax law asks for the base in words; mostly it is the whole subtotal.
        let is_base =
            !self.full.taxes.is_empty() && self.full.taxes.iter().all(|tax| tax.base_minor == invoice.subtotal_minor);
        let subtotal = t(self.lang, if is_base { "document-subtotal-base" } else { "document-subtotal" });
        let mut rows = vec![(subtotal, invoice.subtotal_minor, BODY)];
        rows.extend(self.full.taxes.iter().map(|tax| (tax.label.clone(), tax.tax_minor, BODY)));
        if let Some(collector) = invoice.vat_collector {
            let words = t(self.lang, &format!("document-collected-{collector}"));
            rows.push((words, -invoice.collected_tax_minor, BODY));
        }
        rows.push((t(self.lang, "document-total"), invoice.total_minor, Style { size: 11.0, ..STRONG }));
        let changes = [
            ("document-paid", -invoice.paid_minor),
            ("document-refunded", invoice.refunded_minor),
            ("document-credited", -invoice.credited_minor),
            ("document-written-off", -invoice.written_off_minor),
        ];
        let is_touched = changes.iter().any(|(_, minor)| *minor != 0);
        rows.extend(
            changes.into_iter().filter(|(_, minor)| *minor != 0).map(|(key, minor)| (t(self.lang, key), minor, BODY)),
        );
        if is_touched {
            rows.push((t(self.lang, "document-open"), open_minor(invoice), STRONG));
        }
        paper.make_room(rows.len() as f32 * 15.0);
        for (words, minor, style) in rows {
            paper.right(UNIT, style, &words);
            paper.right(RIGHT, style, &self.money(minor));
            paper.y += 15.0;
        }
        paper.y += 10.0;
    }

    fn received(&self, paper: &mut Paper) {
        if self.payments.is_empty() {
            return;
        }
        paper.make_room(3.0 * STEP);
        paper.left(LEFT, STRONG, &t(self.lang, "document-payments"));
        for payment in self.payments {
            paper.y += STEP;
            if paper.make_room(STEP) {
                paper.y += STEP;
            }
            let words = [
                ("date", self.day(payment.settled_at)),
                ("method", paid_by(payment, self.lang)),
                ("reference", payment.reference.clone()),
            ];
            paper.left(LEFT, BODY, &ta(self.lang, "document-payment-line", &words));
            paper.right(RIGHT, BODY, &self.money(payment.applied_minor));
        }
        paper.y += 24.0;
    }

    fn foot(&self, paper: &mut Paper) {
        let invoice = &self.full.invoice;
        let seller = &invoice.seller;
        let mut words: Vec<String> = invoice.notes.iter().cloned().collect();
        if invoice.status == InvoiceStatus::Issued && !text(seller, "bank_account").is_empty() {
            let bank = ["bank_name", "bank_account", "bank_account_name"].map(|key| text(seller, key)).join(" · ");
            words.push(format!("{}: {bank}", t(self.lang, "document-bank")));
        }
        words.push(text(seller, "terms_note").to_owned());
        for line in words.iter().flat_map(|words| wrap(words, BODY, RIGHT - LEFT)) {
            paper.make_room(STEP);
            paper.left(LEFT, BODY, &line);
            paper.y += STEP;
        }
        if invoice.status != InvoiceStatus::Void
            && let Some(rows) = qr::modules(self.pay_url)
        {
            paper.make_room(QR + 14.0);
            // Always at the foot, where people look for it.
            let y = BOTTOM - QR;
            paper.mark(Mark::Modules { x: LEFT, y, size: QR, rows });
            paper.y = y + QR / 2.0;
            let is_open = invoice.status == InvoiceStatus::Issued;
            let words = t(self.lang, if is_open { "document-scan-to-pay" } else { "document-scan-to-see" });
            paper.left(LEFT + QR + 14.0, BODY, &words);
            for line in wrap(self.pay_url, SMALL, RIGHT - LEFT - QR - 14.0) {
                paper.y += STEP;
                paper.left(LEFT + QR + 14.0, SMALL, &line);
            }
        }
    }

    fn number_pages(&self, paper: &mut Paper) {
        let pages = paper.pages.len();
        let left = self.number().to_owned();
        for (page, marks) in (1..).zip(&mut paper.pages) {
            let words = ta(self.lang, "document-page", &[("page", page), ("pages", pages)]);
            let y = PAGE.1 - 36.0;
            let x = RIGHT - width(&words, SMALL);
            marks.push(Mark::Text { x, y, style: SMALL, text: words });
            marks.push(Mark::Text { x: LEFT, y, style: SMALL, text: left.clone() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::documents::draw::pdf;
    use entity::{
        billing::{invoice, invoice_item},
        value::{InvoiceItemId, InvoiceKind, ProductKind},
    };
    use serde_json::json;

    fn full(items: usize, words: &str) -> Full {
        let at = "2026-11-21T03:00:00Z".parse::<DateTime<Utc>>().unwrap();
        let address = json!({
            "name": "Yumna", "legal_name": "PT Yumna Awan Nusantara", "street": "Jalan Melati 1", "street_1": words,
            "city": "Jakarta", "postal_code": "10110", "country_code": "ID", "is_pkp": false, "npwp": "0123456789012345",
        });
        let item = |position: usize| invoice_item::Model {
            id: InvoiceItemId::generate(),
            invoice_id: "inv_1".into(),
            position: i32::try_from(position).unwrap(),
            description: words.to_owned(),
            quantity: 1,
            unit_minor: 50_000,
            discount_minor: 1_000,
            net_minor: 49_000,
            tax_minor: 0,
            collected_tax_minor: 0,
            product_kind: ProductKind::PaasService,
            subscription_id: None,
            cycle_number: None,
            period_start: "2026-11-21".parse().ok(),
            period_end: "2026-12-21".parse().ok(),
        };
        let total = 49_000 * i64::try_from(items).unwrap();
        let invoice = invoice::Model {
            id: "inv_1".into(),
            number: Some("INV/2026/000123".into()),
            customer_id: "cus_1".into(),
            kind: InvoiceKind::Order,
            status: InvoiceStatus::Paid,
            currency: "IDR".into(),
            subtotal_minor: total,
            discount_minor: 1_000,
            tax_minor: 0,
            vat_collector: None,
            collected_tax_minor: 0,
            total_minor: total,
            paid_minor: total,
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
            notes: Some(words.to_owned()),
            issued_at: Some(at),
            due_at: Some(at),
            paid_at: Some(at),
            voided_at: None,
            void_reason: None,
            tax_point_at: Some(at),
            created_at: at,
            updated_at: at,
        };
        Full { invoice, items: (1..=items).map(item).collect(), taxes: Vec::new() }
    }

    fn pages(full: &Full, lang: Lang) -> Vec<Vec<Mark>> {
        Sheet { full, payments: &[], pay_url: "https://example.test/pay/abc", lang }.pages()
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
        let long = "Langganan dengan nama yang sangat panjang sekali ".repeat(5);
        for (items, words) in [(1, "n8n"), (40, long.as_str()), (3, &"W".repeat(255))] {
            let pages = pages(&full(items, words), Lang::Id);
            for mark in pages.iter().flatten() {
                let (left, right, y) = match mark {
                    Mark::Text { x, y, style, text } => (*x, x + width(text, *style), *y),
                    Mark::Line { y } => (LEFT, RIGHT, *y),
                    Mark::Box { x, y, width, .. } => (*x, x + width, *y),
                    Mark::Modules { x, y, size, .. } => (*x, x + size, y + size),
                };
                assert!(left >= LEFT - 12.0 && right <= RIGHT + 0.5 && (0.0..=PAGE.1 - 30.0).contains(&y), "{mark:?}");
            }
            assert!(items < 40 || pages.len() > 3);
        }
    }

    #[test]
    fn both_languages_say_the_same_and_no_word_is_missing() {
        let sheet = full(2, "n8n Basic");
        for (lang, stamp, amount) in [(Lang::Id, "LUNAS", "Rp 98.000"), (Lang::En, "PAID", "IDR 98,000")] {
            let pages = pages(&sheet, lang);
            let texts = texts(&pages);
            assert!(texts.contains(&stamp) && texts.contains(&amount), "{texts:?}");
            assert!(texts.iter().all(|text| !text.contains('⟦')), "{texts:?}");
            assert!(!texts.iter().any(|text| text.contains("PPN")), "no PKP, no word of tax");
        }
    }

    #[test]
    fn the_result_is_a_pdf_with_its_fonts() {
        let bytes = pdf("INV/2026/000123", "id-ID", &pages(&full(30, "n8n Basic"), Lang::Id)).unwrap();
        assert!(bytes.starts_with(b"%PDF-1.") && bytes.len() > 8_000 && bytes.len() < 300_000, "{}", bytes.len());
    }
}
