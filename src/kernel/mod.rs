//! Tools every floor above may use: clock, HTTP client, background tasks.
pub mod clock;
pub mod http;
pub mod task;
