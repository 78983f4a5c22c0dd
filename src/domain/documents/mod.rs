//! Documents people keep: invoices, credit notes and receipts as PDF, and QR codes. Owns the rows of `files` whose key
//! begins with `invoice_pdf:`, `credit_note_pdf:` or `receipt_pdf:`; publishes nothing. Statements of account and price quotes
//! are drawn anew each time.
//!
//! A document is drawn from what was stored at issue, so that it says the same in ten years. Coordinates on paper are
//! floating point (points of 1/72 inch); amounts never are.
#![expect(clippy::float_arithmetic, reason = "coordinates on paper")]

mod account_pdf;
mod credit_note_pdf;
mod draw;
mod error;
mod invoice_pdf;
mod layout;
mod parties;
mod qr;
mod quote_pdf;
mod receipt_pdf;
mod receipts;
mod sheet;
mod store;

pub use account_pdf::{AccountPaper, account_pdf};
pub use error::DocumentError;
pub use parties::{buyer_lines, buyer_name, seller_lines, seller_name};
pub use qr::qr_svg;
pub use quote_pdf::{QuoteLine, QuotePaper, TaxInside, quote_pdf};
pub use receipts::{ReceiptFilter, receipts};
pub use store::{PdfFile, credit_note_pdf, has_receipt, invoice_pdf, pay_url, receipt_pdf};
