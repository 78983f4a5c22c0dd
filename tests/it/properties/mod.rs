//! What must hold whatever happens at once.
mod coupons;
mod ledger;
mod money;
mod numbering;
mod options;
mod prices_with_tax;
mod quota;
mod states;
mod tax;
mod uptime;
