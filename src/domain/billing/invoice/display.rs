//! What people read of an invoice, derived from what it is.
use chrono::{DateTime, Utc};
use entity::{
    billing::invoice,
    value::{InvoiceDisplay, InvoiceStatus},
};

/// What is left to pay, minor units: total − credited − (paid − refunded); nothing of drafts and void invoices.
pub fn open_minor(invoice: &invoice::Model) -> i64 {
    match invoice.status {
        InvoiceStatus::Draft | InvoiceStatus::Void => 0,
        InvoiceStatus::Issued | InvoiceStatus::Paid => {
            invoice.total_minor - invoice.credited_minor - (invoice.paid_minor - invoice.refunded_minor)
        }
    }
}

/// The word people see at `now`. Precedence: void, refunded, partially_refunded, paid, overdue, partially_paid, issued,
/// draft. Refunded means that everything that was invoiced was taken back after something had been paid.
pub fn display_status(invoice: &invoice::Model, now: DateTime<Utc>) -> InvoiceDisplay {
    let was_paid = invoice.paid_minor > 0;
    match invoice.status {
        InvoiceStatus::Void => InvoiceDisplay::Void,
        InvoiceStatus::Draft => InvoiceDisplay::Draft,
        _ if was_paid && invoice.credited_minor >= invoice.total_minor => InvoiceDisplay::Refunded,
        _ if invoice.refunded_minor > 0 => InvoiceDisplay::PartiallyRefunded,
        InvoiceStatus::Paid if was_paid && invoice.credited_minor > 0 => InvoiceDisplay::PartiallyRefunded,
        InvoiceStatus::Paid => InvoiceDisplay::Paid,
        InvoiceStatus::Issued if invoice.due_at.is_some_and(|due| due < now) => InvoiceDisplay::Overdue,
        InvoiceStatus::Issued if was_paid => InvoiceDisplay::PartiallyPaid,
        InvoiceStatus::Issued => InvoiceDisplay::Issued,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Duration;
    use serde_json::json;

    fn invoice(status: InvoiceStatus, paid: i64, refunded: i64, credited: i64, due_in_days: i64) -> invoice::Model {
        let at = DateTime::<Utc>::default();
        invoice::Model {
            id: "inv_1".into(),
            number: Some("INV/2026/000001".into()),
            customer_id: "cus_1".into(),
            kind: entity::value::InvoiceKind::Order,
            status,
            currency: "IDR".into(),
            subtotal_minor: 100,
            discount_minor: 0,
            tax_minor: 11,
            total_minor: 111,
            paid_minor: paid,
            refunded_minor: refunded,
            credited_minor: credited,
            buyer: json!({}),
            seller: json!({}),
            locale: "id".into(),
            calculation_version: 1,
            public_token: "t".into(),
            document_hash: None,
            previous_hash: None,
            notes: None,
            issued_at: Some(at),
            due_at: Some(at + Duration::days(due_in_days)),
            paid_at: None,
            voided_at: None,
            void_reason: None,
            tax_point_at: None,
            created_at: at,
            updated_at: at,
        }
    }

    #[test]
    fn the_word_follows_the_precedence_of_the_contract() {
        use InvoiceStatus::{Draft, Issued, Paid, Void};
        let now = DateTime::<Utc>::default();
        for (is, paid, refunded, credited, due, word) in [
            (Void, 0, 0, 111, -1, "void"),
            (Paid, 111, 111, 111, -1, "refunded"),
            (Paid, 111, 11, 11, -1, "partially_refunded"),
            (Paid, 100, 0, 11, 1, "partially_refunded"),
            (Paid, 111, 0, 0, -1, "paid"),
            (Issued, 50, 0, 0, -1, "overdue"),
            (Issued, 50, 0, 0, 1, "partially_paid"),
            (Issued, 0, 0, 0, 1, "issued"),
            (Draft, 0, 0, 0, -1, "draft"),
        ] {
            assert_eq!(display_status(&invoice(is, paid, refunded, credited, due), now).as_str(), word);
        }
    }

    #[test]
    fn what_was_given_back_is_open_again_unless_it_was_credited() {
        assert_eq!(open_minor(&invoice(InvoiceStatus::Issued, 50, 0, 0, 1)), 61);
        assert_eq!(open_minor(&invoice(InvoiceStatus::Paid, 111, 50, 50, 1)), 0);
        assert_eq!(open_minor(&invoice(InvoiceStatus::Void, 0, 0, 0, 1)), 0);
    }
}
