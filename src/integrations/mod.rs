//! The outside world behind traits. Adapters get plain requests and return plain outcomes; they know no tables, no
//! transactions and no rules of business. Adapter modules are private: the domain can only use the trait.
pub mod drivers;
pub mod gateways;
pub mod notifiers;
mod outside;
pub mod resolvers;
pub mod sim;
pub mod visitors;

pub use outside::{Acceptance, OutsideError, SettingField, SettingKind};
