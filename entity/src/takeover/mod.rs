//! What was taken over from other systems: files as they were sent in, what became of their rows, and which of their
//! customers and contracts is which of ours.
pub mod import;
pub mod import_link;
pub mod import_row;
