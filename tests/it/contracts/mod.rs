//! What every adapter of a family must do, proven over the wire against its double.
mod gateway;
#[cfg(feature = "kubernetes")]
mod kubernetes_sim;
