//! Who pays: accounts, the users who belong to them, what they consented to, and what staff note about them.
//! Owns customers, customer_members, consents, customer_notes. Publishes nothing of its own; registration publishes
//! identity's `user.registered`.
//!
//! Invariants: every customer has an owner from the start; an account of others looks like one that does not exist;
//! nobody acts in a closed account; nobody lowers his own tax by typing another country; stored contact facts have passed
//! their checks, so that documents can be printed from them as they are.
mod account;
mod close;
mod error;
mod exemption;
mod find;
mod grant;
mod note;
mod profile;
mod register;
mod renewing;
mod risk;
mod withholding;

pub use account::{Member, accounts_of, members_of, remember_choice, resolve};
pub use close::{close, reopen, status_of};
pub use error::CustomerError;
pub use exemption::set_tax_exemption;
pub use find::{Filter, Listed, Owned, get, list, name_of, names_of, owned_by_address, with_address};
pub use grant::{Area, may};
pub use note::{Note, add_note, get_note, notes_of};
pub use profile::{HOME_COUNTRY, ProfileChange, buyer_snapshot, set_tax_country, update_profile};
pub use register::{Registered, Registration, check_taken_over, record_consent, register, take_over};
pub use renewing::{RenewingChange, set_renewing};
pub use risk::{Risk, set_risk};
pub use withholding::{Duties, set_tax_duties};
