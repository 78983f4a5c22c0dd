//! Documents: invoices, their lines and taxes, credit notes, write-offs, withheld tax, schedules of revenue, number
//! series.
pub mod credit_note;
pub mod credit_note_item;
pub mod invoice;
pub mod invoice_item;
pub mod invoice_tax;
pub mod late_fee;
pub mod late_fee_exemption;
pub mod moved_document;
pub mod number_series;
pub mod revenue_schedule;
pub mod tax_rule;
pub mod withholding;
pub mod write_off;
pub mod write_off_item;
