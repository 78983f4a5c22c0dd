//! The value types of the ground floor: money, periods, discounts, ids, addresses, states.

mod contact;
mod discount;
mod id;
mod money;
mod period;
mod status;
