//! Fees for what is paid late: off unless the settings say otherwise. Owns `late_fees` and `late_fee_exemptions`.
//!
//! Issued invoices never change, so that a fee is an invoice of its own, which names the late one. Nobody is charged for
//! an order he never paid, nor for a fee; and nobody while a pause covers him or one of the contracts on the invoice,
//! nor whom staff have let off. Invariant: one fee per invoice and period (unique).
mod charge;
mod exempt;
mod find;
pub mod rules;

pub use charge::{Charged, charge_due, expected};
pub use exempt::{exemption, lift_exemption, place_exemption};
pub use find::{LateFacts, coming, facts, fees_of, late_of};
