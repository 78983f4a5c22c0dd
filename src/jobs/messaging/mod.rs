//! Mail: carrying what is queued, and writing what news ask for.
pub mod contract_notices;
pub mod correction_notices;
pub mod deliver;
pub mod domain_notices;
pub mod money_notices;
pub mod notices;
pub mod quote_notices;
pub mod service_notices;
