//! The two lowest floors of the house: `value` (words: money, ids, periods, states) and, above it, one module per
//! context with the rows of its tables. Only shapes and row scopes live here, no rules of business.
pub mod value;
