//! What people read across contexts: staff's dashboard, a customer's history, the audit trail, alerts; the customer's
//! own home. A leaf: nobody imports it. Owns no tables and publishes nothing. Every function runs a constant, small
//! number of statements.
pub mod alerts;
pub mod audit;
pub mod panel;
pub mod search;
pub mod timeline;
pub mod whm;

pub use panel::{KnownHomes, PanelDashboard, RecentPayment, RecentTask, panel_dashboard};
pub use whm::KnownSums;
