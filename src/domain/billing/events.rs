//! News of billing.
use crate::kernel::outbox::Event;
use entity::value::{CreditNoteId, CustomerId, InvoiceId};
use serde::{Deserialize, Serialize};

/// An invoice was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceIssued {
    /// Which.
    pub invoice_id: InvoiceId,
    /// Who pays.
    pub customer_id: CustomerId,
}

impl Event for InvoiceIssued {
    const NAME: &'static str = "invoice.issued";

    fn aggregate_id(&self) -> String {
        self.invoice_id.0.clone()
    }
}

/// Nothing is left to pay of an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoicePaid {
    /// Which.
    pub invoice_id: InvoiceId,
    /// Who paid.
    pub customer_id: CustomerId,
}

impl Event for InvoicePaid {
    const NAME: &'static str = "invoice.paid";

    fn aggregate_id(&self) -> String {
        self.invoice_id.0.clone()
    }
}

/// Everything of an invoice is paid but tax the buyer withholds, whose proof is awaited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceCovered {
    /// Which.
    pub invoice_id: InvoiceId,
    /// Who paid.
    pub customer_id: CustomerId,
}

impl Event for InvoiceCovered {
    const NAME: &'static str = "invoice.covered";

    fn aggregate_id(&self) -> String {
        self.invoice_id.0.clone()
    }
}

/// An invoice is no longer asked for, and nothing of it was paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceVoided {
    /// Which.
    pub invoice_id: InvoiceId,
    /// Who need not pay.
    pub customer_id: CustomerId,
}

impl Event for InvoiceVoided {
    const NAME: &'static str = "invoice.voided";

    fn aggregate_id(&self) -> String {
        self.invoice_id.0.clone()
    }
}

/// What was open of an invoice was given up as a bad debt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceWrittenOff {
    /// Which.
    pub invoice_id: InvoiceId,
    /// Who is not asked any more.
    pub customer_id: CustomerId,
}

impl Event for InvoiceWrittenOff {
    const NAME: &'static str = "invoice.written_off";

    fn aggregate_id(&self) -> String {
        self.invoice_id.0.clone()
    }
}

/// A credit note was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditNoteIssued {
    /// Which.
    pub credit_note_id: CreditNoteId,
    /// Of which invoice.
    pub invoice_id: InvoiceId,
    /// Whose.
    pub customer_id: CustomerId,
    /// Whether what it takes back was paid: the money goes back with it, and a refund tells of that.
    pub is_paid_back: bool,
}

impl Event for CreditNoteIssued {
    const NAME: &'static str = "credit_note.issued";

    fn aggregate_id(&self) -> String {
        self.invoice_id.0.clone()
    }
}
