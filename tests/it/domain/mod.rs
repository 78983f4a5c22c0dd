//! Rules of the business that need a database.
mod catalog;
