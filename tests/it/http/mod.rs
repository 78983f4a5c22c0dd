//! What holds for every address of the house, found by walking over all of them: who may come in, what a stranger
//! sees, what bad input does. A new address that is not covered here fails a test.
mod access;
mod bad_forms;
mod bad_json;
mod checkout;
mod drafts;
mod forgery;
pub mod forms;
mod gateway_door;
mod once;
mod pages;
mod pay;
mod permissions;
mod profile;
mod queries;
mod quotes;
pub mod routes;
mod service_settings;
mod settlements;
mod take_over;
mod tenancy;
mod transfers;
