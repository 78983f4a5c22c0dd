//! What every adapter of a family must do, proven over the wire against its double.
#[cfg(feature = "kubernetes")]
mod driver;
mod gateway;
#[cfg(feature = "kubernetes")]
mod kubernetes_sim;
