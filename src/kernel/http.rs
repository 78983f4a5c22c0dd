//! The one way to make an HTTP client: TLS provider installed, timeouts set, no redirects followed.
use rustls::ClientConfig;
use rustls_platform_verifier::ConfigVerifierExt;
use std::{sync::LazyLock, time::Duration};

/// Time to reach a server.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Time for a whole exchange.
pub const TOTAL_TIMEOUT: Duration = Duration::from_secs(30);

/// Installs the process's TLS provider (ring). Calling it again does nothing.
pub fn init_crypto() {
    // An error means that a provider is installed already, which is what we want.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// TLS as the system trusts it. Read once: a client of its own per adapter would read every certificate of the system anew.
static TLS: LazyLock<ClientConfig> = LazyLock::new(|| {
    init_crypto();
    let mut config = ClientConfig::with_platform_verifier().expect("the system's certificates can be read");
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
});

/// A client for calls to outside systems.
#[expect(clippy::disallowed_methods, reason = "the one place that builds clients")]
pub fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .tls_backend_preconfigured(TLS.clone())
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TOTAL_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("yumna/", env!("CARGO_PKG_VERSION")))
        .build()
        .expect("a client with a TLS provider and constant settings can be built")
}
