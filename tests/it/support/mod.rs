//! What tests stand on.
pub mod db;
pub mod world;

pub use world::World;
