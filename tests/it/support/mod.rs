//! What tests stand on.
pub mod days;
pub mod db;
pub mod drafts;
pub mod driver;
pub mod gateway;
pub mod money;
pub mod moves;
pub mod names;
pub mod options;
pub mod people;
pub mod quotes;
pub mod shop;
pub mod site;
pub mod snapshot;
pub mod town;
pub mod transfers;
pub mod visits;
pub mod world;

pub use world::World;
