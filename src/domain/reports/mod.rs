//! What people read across contexts: staff's dashboard, a customer's history, the audit trail, alerts; the customer's
//! own home; reports of money and tax. A leaf: nobody imports it. Owns `report_mails` and publishes nothing. Every function
//! runs a constant, small number of statements.
//!
//! Reports of money (`tax`, `revenue`, `products`, `deferred`, `ageing`, `gateways`, `mrr`, `wallets`) are in the home currency, sum in SQL and
//! bring the figure of the ledger they have to agree with. The journal is the ledger itself, in every currency.
pub mod ageing;
pub mod alerts;
pub mod audit;
pub mod closing;
pub mod coretax;
pub mod csv;
pub mod deferred;
pub mod gateways;
pub mod journal;
pub mod mailed;
pub mod mrr;
pub mod panel;
pub mod products;
pub mod quota;
pub mod range;
pub mod revenue;
pub mod search;
pub mod setup;
pub mod sheet;
mod sheets_of_shop;
pub mod statement;
pub mod statement_csv;
pub mod statement_pdf;
pub mod tax;
pub mod timeline;
pub mod wallets;
pub mod whm;
pub mod withheld;

pub use panel::{KnownHomes, PanelDashboard, RecentPayment, RecentTask, panel_dashboard};
pub use whm::KnownSums;
