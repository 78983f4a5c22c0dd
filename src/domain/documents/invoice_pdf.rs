//! An invoice on paper: who, to whom, for what, how much, what was paid, and a code that leads to the page where it can
//! be paid.
use super::{
    layout::{BODY, Ink, LEFT, Mark, Paper, RIGHT, STRONG, Style},
    parties::{paid_by, text, words_below},
    sheet::{self, Row, STEP},
};
use crate::{
    domain::billing::invoice::{Full, open_minor},
    kernel::{
        format::{day, money},
        locale::{Lang, t, ta},
    },
};
use chrono::{DateTime, Utc};
use entity::{
    billing::invoice_item,
    payments::payment,
    value::{InvoiceStatus, Money, business_day},
};

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
        sheet::addresses(&mut paper, &self.full.invoice.seller, &self.full.invoice.buyer, self.lang);
        sheet::table(&mut paper, self.full.items.iter().map(|item| self.row(item)), self.lang);
        self.totals(&mut paper);
        self.received(&mut paper);
        self.foot(&mut paper);
        sheet::number_pages(&mut paper, self.number(), self.lang);
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
        let days = [("document-issued", invoice.issued_at), ("document-due", invoice.due_at)];
        let days = days.map(|(key, at)| format!("{}: {}", t(self.lang, key), self.day(at)));
        sheet::head(paper, &invoice.seller, &t(self.lang, "document-invoice"), self.number(), &days);
        let stamp = match invoice.status {
            InvoiceStatus::Paid => Some(("document-stamp-paid", Ink::Green)),
            InvoiceStatus::Void => Some(("document-stamp-void", Ink::Red)),
            InvoiceStatus::Draft | InvoiceStatus::Issued | InvoiceStatus::WrittenOff => None,
        };
        if let Some((key, ink)) = stamp {
            sheet::stamp(paper, &t(self.lang, key), ink);
        }
        paper.y += 26.0;
    }

    fn row<'a>(&self, item: &'a invoice_item::Model) -> Row<'a> {
        let mut notes = Vec::new();
        if let (Some(start), Some(end)) = (item.period_start, item.period_end.and_then(|end| end.pred_opt())) {
            let days = [("start", day(start, self.lang)), ("end", day(end, self.lang))];
            notes.push(ta(self.lang, "document-period", &days));
        }
        if item.discount_minor != 0 {
            notes.push(format!("{}: {}", t(self.lang, "document-discount"), self.money(-item.discount_minor)));
        }
        Row {
            words: &item.description,
            notes,
            quantity: item.quantity,
            unit: self.money(item.unit_minor),
            amount: self.money(item.net_minor),
        }
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
        let rows: Vec<(String, String, Style)> =
            rows.into_iter().map(|(words, minor, style)| (words, self.money(minor), style)).collect();
        sheet::sums(paper, &rows);
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
        words.push(words_below(seller, "terms_note", self.lang).to_owned());
        for words in &words {
            sheet::paragraph(paper, words);
        }
        if invoice.status != InvoiceStatus::Void {
            let is_open = invoice.status == InvoiceStatus::Issued;
            let words = t(self.lang, if is_open { "document-scan-to-pay" } else { "document-scan-to-see" });
            sheet::code(paper, self.pay_url, &words);
        }
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
    fn the_words_below_are_those_of_its_language_and_there_is_always_something_where_there_is_anything() {
        let below = |id: &str, en: &str, lang: Lang| {
            let mut sheet = full(1, "n8n Basic");
            sheet.invoice.seller["terms_note"] = id.into();
            sheet.invoice.seller["terms_note_en"] = en.into();
            let pages = pages(&sheet, lang);
            let found: Vec<&str> =
                texts(&pages).into_iter().filter(|text| ["Terima kasih", "Thank you"].contains(text)).collect();
            found.join(" / ")
        };
        assert_eq!(below("Terima kasih", "Thank you", Lang::Id), "Terima kasih");
        assert_eq!(below("Terima kasih", "Thank you", Lang::En), "Thank you");
        assert_eq!(below("Terima kasih", "", Lang::En), "Terima kasih");
        assert_eq!(below("", "Thank you", Lang::Id), "Thank you");
        assert_eq!(below("", "", Lang::Id), "");
    }

    #[test]
    fn the_result_is_a_pdf_with_its_fonts() {
        let bytes = pdf("INV/2026/000123", "id-ID", &pages(&full(30, "n8n Basic"), Lang::Id)).unwrap();
        assert!(bytes.starts_with(b"%PDF-1.") && bytes.len() > 8_000 && bytes.len() < 300_000, "{}", bytes.len());
    }
}
