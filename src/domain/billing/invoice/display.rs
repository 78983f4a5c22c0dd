//! What people read of an invoice, derived from what it is, and the part of it that lists show.
use chrono::{DateTime, Utc};
use entity::{
    billing::invoice,
    value::{CustomerId, InvoiceDisplay, InvoiceId, InvoiceKind, InvoiceStatus},
};
use sea_orm::DerivePartialModel;

/// An invoice as lists show it: without its parties and the rest of the document.
#[derive(Clone, Debug, PartialEq, Eq, DerivePartialModel)]
#[sea_orm(entity = "invoice::Entity")]
pub struct Bill {
    /// Its id.
    pub id: InvoiceId,
    /// Its number, once issued.
    pub number: Option<String>,
    /// Whose.
    pub customer_id: CustomerId,
    /// What it is for.
    pub kind: InvoiceKind,
    /// Where it stands.
    pub status: InvoiceStatus,
    /// ISO 4217 code.
    pub currency: String,
    /// Before discount and tax, minor units.
    pub subtotal_minor: i64,
    /// Taken off, minor units.
    pub discount_minor: i64,
    /// Tax, minor units.
    pub tax_minor: i64,
    /// Tax the buyer pays to the state himself, minor units.
    pub collected_tax_minor: i64,
    /// Asked for, minor units.
    pub total_minor: i64,
    /// Money that came, minor units.
    pub paid_minor: i64,
    /// Money that went back, minor units.
    pub refunded_minor: i64,
    /// Taken back by credit notes, minor units.
    pub credited_minor: i64,
    /// Given up as a bad debt, minor units.
    pub written_off_minor: i64,
    /// When it was issued.
    pub issued_at: Option<DateTime<Utc>>,
    /// When it is due.
    pub due_at: Option<DateTime<Utc>>,
    /// When it was paid.
    pub paid_at: Option<DateTime<Utc>>,
}

impl From<invoice::Model> for Bill {
    fn from(row: invoice::Model) -> Self {
        Self {
            id: row.id,
            number: row.number,
            customer_id: row.customer_id,
            kind: row.kind,
            status: row.status,
            currency: row.currency,
            subtotal_minor: row.subtotal_minor,
            discount_minor: row.discount_minor,
            tax_minor: row.tax_minor,
            collected_tax_minor: row.collected_tax_minor,
            total_minor: row.total_minor,
            paid_minor: row.paid_minor,
            refunded_minor: row.refunded_minor,
            credited_minor: row.credited_minor,
            written_off_minor: row.written_off_minor,
            issued_at: row.issued_at,
            due_at: row.due_at,
            paid_at: row.paid_at,
        }
    }
}

/// What decides how an invoice stands, minor units.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    status: InvoiceStatus,
    total: i64,
    paid: i64,
    refunded: i64,
    credited: i64,
    written_off: i64,
    due_at: Option<DateTime<Utc>>,
}

macro_rules! standing_of {
    ($row:ty) => {
        impl From<&$row> for Standing {
            fn from(row: &$row) -> Self {
                Self {
                    status: row.status,
                    total: row.total_minor,
                    paid: row.paid_minor,
                    refunded: row.refunded_minor,
                    credited: row.credited_minor,
                    written_off: row.written_off_minor,
                    due_at: row.due_at,
                }
            }
        }
    };
}

standing_of!(invoice::Model);
standing_of!(Bill);

impl Standing {
    /// Whether money came for it that did not go back.
    pub(in crate::domain::billing) fn has_money(self) -> bool {
        self.paid > self.refunded
    }
}

/// What is left to pay, minor units: total − credited − written off − (paid − refunded); nothing of drafts and void
/// invoices.
pub fn open_minor(invoice: impl Into<Standing>) -> i64 {
    let invoice: Standing = invoice.into();
    match invoice.status {
        InvoiceStatus::Draft | InvoiceStatus::Void => 0,
        InvoiceStatus::Issued | InvoiceStatus::Paid | InvoiceStatus::WrittenOff => {
            invoice.total - invoice.credited - invoice.written_off - (invoice.paid - invoice.refunded)
        }
    }
}

/// The word people see at `now`. Precedence: void, refunded, partially_refunded, paid, overdue, partially_paid, issued,
/// draft. Refunded means that everything that was invoiced was taken back after something had been paid. A debt that was
/// given up is nobody's business but ours: to the customer the invoice is one that is no longer asked for, or one of
/// which he paid a part.
pub fn display_status(invoice: impl Into<Standing>, now: DateTime<Utc>) -> InvoiceDisplay {
    let invoice: Standing = invoice.into();
    let was_paid = invoice.paid > 0;
    match invoice.status {
        InvoiceStatus::Void => InvoiceDisplay::Void,
        InvoiceStatus::Draft => InvoiceDisplay::Draft,
        _ if was_paid && invoice.credited >= invoice.total => InvoiceDisplay::Refunded,
        _ if invoice.refunded > 0 => InvoiceDisplay::PartiallyRefunded,
        InvoiceStatus::Paid if was_paid && invoice.credited > 0 => InvoiceDisplay::PartiallyRefunded,
        InvoiceStatus::Paid => InvoiceDisplay::Paid,
        InvoiceStatus::WrittenOff if was_paid => InvoiceDisplay::PartiallyPaid,
        InvoiceStatus::WrittenOff => InvoiceDisplay::Void,
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
            vat_collector: None,
            collected_tax_minor: 0,
            total_minor: 111,
            paid_minor: paid,
            refunded_minor: refunded,
            credited_minor: credited,
            written_off_minor: 0,
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
        use InvoiceStatus::{Draft, Issued, Paid, Void, WrittenOff};
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
            (WrittenOff, 0, 0, 0, -1, "void"),
            (WrittenOff, 50, 0, 0, -1, "partially_paid"),
            (WrittenOff, 50, 20, 20, -1, "partially_refunded"),
        ] {
            assert_eq!(display_status(&invoice(is, paid, refunded, credited, due), now).as_str(), word);
        }
    }

    #[test]
    fn what_was_given_back_is_open_again_unless_it_was_credited() {
        assert_eq!(open_minor(&invoice(InvoiceStatus::Issued, 50, 0, 0, 1)), 61);
        assert_eq!(open_minor(&invoice(InvoiceStatus::Paid, 111, 50, 50, 1)), 0);
        assert_eq!(open_minor(&invoice(InvoiceStatus::Void, 0, 0, 0, 1)), 0);
        let given_up = invoice::Model { written_off_minor: 61, ..invoice(InvoiceStatus::WrittenOff, 50, 0, 0, -1) };
        assert_eq!(open_minor(&given_up), 0);
    }
}
