//! Taking running customers over from another system: files of customers and contracts, looked at row by row, then taken
//! over by a job that can be stopped and begun again at any row (ADR 0090).
//!
//! Owns `imports`, `import_rows` and `import_links`; publishes nothing of its own.
//! Invariants: a customer or contract of another system is taken over once, whichever file tells of it (unique source,
//! kind and key); a dry run writes nothing; what is begun is what was looked at; what was taken over is never overwritten by a later file; each row is a
//! transaction of its own with all that belongs to it; nobody is written to unless staff ask for it; nothing is billed
//! for what was before.
mod apply;
mod cells;
mod columns;
mod error;
mod files;
mod find;
mod import;
mod judge;
mod known;
mod preview;
mod rows;
mod run;

pub use columns::{Columns, Role};
pub use error::TakeoverError;
pub use files::forget_files;
pub use find::{Outcome, faulty, get, list, outcome, row_list};
pub use import::{LARGEST_FILE_BYTES, Options, discard, remap, send_in};
pub use judge::{Finding, Reason};
pub use preview::{Preview, Totals, look, preview};
pub use rows::{Row, What};
pub use run::{AT_ONCE, TakeOver, go_on, run_some, start, topic};
