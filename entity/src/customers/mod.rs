//! Who pays: accounts, their members and consents.
pub mod consent;
pub mod customer;
pub mod member;
pub mod merge;
pub mod note;
