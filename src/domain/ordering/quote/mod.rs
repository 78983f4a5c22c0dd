//! Price quotes (*penawaran harga*): what staff offer one customer, at which price, until which day, and how it becomes an
//! order. Not to be confused with the quote of a change of plan (`ordering::change`), which the program makes by itself.
//!
//! Owns `quotes` and `quote_items`. Publishes `quote.sent`, `quote.ending` and `quote.decided`.
//! Invariants: a sent quote never changes but for its state; draft → sent → accepted | declined | expired | withdrawn,
//! each by one guarded update; an accepted quote is one order, placed in the same transaction, that asks for exactly the
//! total of the quote, to the unit, or there is no order at all (docs/adr/0045-quotes.md).
mod accept;
mod draft;
pub mod events;
pub mod find;
mod lines;
mod paper;
mod send;
mod tend;

pub use accept::{Answers, accept, decline, questioned};
pub use draft::{LineInput, QuoteInput, What, create, input_of, revise};
pub use lines::{agreed_minor, shown};
pub use paper::pdf;
pub use send::{copy, public_url, send, withdraw};
pub use tend::{expire_due, remind_due};
