//! What staff do with whole accounts.
mod closing;
mod merging;
