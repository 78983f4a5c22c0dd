//! Custom domains: a customer's own name before a service (`toko.example.id`). The rules are ADR 0131.
//!
//! A name is first proven by a text only its owner can put into its zone, then it has to lead here; only then does the
//! cluster get a way in for it, because a certificate is asked for with it. What cannot be known (a name server that is
//! silent or fails) changes nothing. What was well and is not any more is told its owner and taken away seven days
//! later.
//!
//! Invariants: among names that are not removed one is proven once in the installation (`proven_host`), and stands
//! before one service once (`open_key`). The way in follows the rows: `follow` asks for a `sync` where `is_published`
//! says that the cluster differs. Names go through [`Resolver`](crate::integrations::resolvers::Resolver), never inside
//! a transaction.
mod check;
mod claim;
pub mod find;
mod judge;
mod publish;

pub use check::{CheckDomain, CheckDomains, run_check_domain, run_check_domains};
pub use claim::{add, check_now, remove};
pub use find::Ways;
pub(super) use publish::{hosts, missing, refused, release, settled, shut};

use chrono::Duration;

/// Names before one service, at most.
pub const MAX_PER_SERVICE: u64 = 5;
/// Names put before one service within a day, at most, those that were taken away again among them: each is looked up
/// and may cost a certificate, whose issuer counts them for all customers together.
pub const MAX_PER_DAY: u64 = 20;
/// Removed names are kept for so long.
pub const KEPT: Duration = Duration::days(90);
/// A name that never became usable is given up after this time, one that is not well any more is taken away after it.
pub const PATIENCE: Duration = Duration::days(7);
/// A person may ask for a look at a name this often.
pub const ASK_AGAIN: Duration = Duration::seconds(15);

/// The name of the text that proves who owns `host`.
pub fn proof_name(host: &str) -> String {
    format!("_yumna.{host}")
}

/// What that text says.
pub fn proof_text(token: &str) -> String {
    format!("yumna-verify={token}")
}
