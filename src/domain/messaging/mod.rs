//! Notices on their way to people: written in both languages from templates, queued in the transaction of their
//! occasion, carried by a job, told once per occasion. Owns messages and suppressions. Publishes nothing; what could not
//! be delivered becomes a staff alert.
//!
//! Invariants: a template knows exactly the variables it declares, and every value is escaped; the first link of the
//! text is the notice's action; an address on the suppression list is not written to; one-time links are struck out
//! once the mail has gone or was given up, and such a message is not sent a second time.
mod deliver;
mod desk;
mod find;
mod send;
mod template;
mod test_mail;

pub use deliver::{Deliver, Delivery, deliver, queue_waiting};
pub use desk::{Retried, retry, retry_failed, suppress, unsuppress};
pub use find::{Shown, get_shown, list, list_for, list_of, suppressions, told};
pub use send::{ATTACHED, Attachment, MessagingError, Notice, Recipient, send, send_with, staff_recipients};
pub use template::{NOTICES, Template};
pub use test_mail::send_test;
