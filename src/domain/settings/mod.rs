//! What the business decides: who the seller is, tax, numbers, days of grace. One row per section in `settings`; a
//! section that was never saved has its defaults. Owns table `settings`, publishes nothing.
//!
//! Invariants: a stored section has passed its validation; the shop opens only while the checklist is complete.
mod checklist;
mod sections;
mod store;

pub use checklist::{ChecklistItem, Facts, checklist, set_selling};
pub use sections::{
    Automation, Billing, Books, Checks, Company, Installation, LateFeeKind, LateFees, Numbering, Sales, Tax, TaxPoint,
    Wallet,
};
pub use store::{
    KnownSettings, Section, Settings, SettingsError, change_fields, change_fields_in, confirm_numbering, current,
    ensure_installation, fields_of, load, record_mail_test, release_breaker, save_section, save_section_in,
};
