//! What staff read across contexts: the dashboard, a customer's history, the audit trail, alerts. A leaf: nobody imports
//! it. Owns no tables and publishes nothing. Every function runs a constant, small number of statements.
pub mod alerts;
pub mod audit;
pub mod timeline;
pub mod whm;
