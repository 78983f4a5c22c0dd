//! Documents: invoices, tax, credit notes. Owns tables `tax_rules`, `invoices`, `invoice_items`, `invoice_taxes`,
//! `credit_notes`, `credit_note_items`, `write_offs`, `write_off_items`, `withholdings`, `revenue_schedules`; publishes
//! `invoice.issued`, `invoice.paid`, `invoice.covered`, `invoice.voided`, `invoice.written_off`, `credit_note.issued`.
//!
//! Invariants: an issued invoice never changes but for what was paid, refunded, credited and written off; numbers have no
//! gaps and documents are chained by hash; the tax of a line is rounded once; lines sum to the document; open = total −
//! credited − written off − (paid − refunded) is never below zero, and the sum of a customer's open invoices is his
//! receivable. A draft is no document yet: it has no number, owes nothing, posts nothing, and only staff see it.
pub mod credit_note;
pub mod deferral;
mod error;
mod events;
pub mod invoice;
mod price;
mod tax;
pub mod tax_rules;
pub mod withholding;
pub mod words;
pub mod write_off;

pub use error::InvoiceError;
pub use events::{CreditNoteIssued, InvoiceCovered, InvoiceIssued, InvoicePaid, InvoiceVoided, InvoiceWrittenOff};
pub use price::{CALCULATION_VERSION, LineTotal, NewLine, Shown, TaxTotal, Totals, preview, shown};
pub use tax::{BuyerTax, Collecting, TaxTable, seed_tax_rules, tax_inside_line, tax_of_line};
