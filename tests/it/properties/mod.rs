//! What must hold whatever happens at once.
mod quota;
