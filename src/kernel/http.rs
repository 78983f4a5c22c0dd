//! The one way to make an HTTP client: TLS provider installed, timeouts set, no redirects followed.
use std::time::Duration;

/// Time to reach a server.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Time for a whole exchange.
pub const TOTAL_TIMEOUT: Duration = Duration::from_secs(30);

/// Installs the process's TLS provider (ring). Calling it again does nothing.
pub fn init_crypto() {
    // An error means that a provider is installed already, which is what we want.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A client for calls to outside systems.
#[expect(clippy::disallowed_methods, reason = "the one place that builds clients")]
pub fn client() -> reqwest::Client {
    init_crypto();
    reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TOTAL_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("yumna/", env!("CARGO_PKG_VERSION")))
        .build()
        .expect("a client with a TLS provider and constant settings can be built")
}
