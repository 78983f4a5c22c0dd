//! The API as programs see it: over the whole application, with tokens.
mod codes;
mod coupons;
mod document;
mod environment;
mod house;
mod lists;
mod manners;
mod once;
mod options;
mod plans;
mod schema;
mod settings;
mod settlements;
mod usage;
mod waitlist;
mod webhooks;
