//! Rows of reports.
pub mod report_mail;
