//! The words of the trade as types: money, ids, periods, states. Pure: no input, no output.
#![deny(clippy::float_arithmetic)]

pub mod contact;
mod discount;
pub mod host;
mod id;
mod money;
mod option;
mod period;
mod status;
mod terms;

pub use discount::*;
pub use id::*;
pub use money::*;
pub use option::*;
pub use period::*;
pub use status::*;
pub use terms::*;
