//! How often one network address may ask for what costs us something: passwords, accounts, mail, orders, charges.
//! Counted in memory of this process over machine time; what a person gets wrong is counted in the database besides
//! (`domain::identity::throttle`). Memory is bounded: an address is forgotten once it may ask again as it likes.
use super::{
    config::Limits,
    fault::{Fault, Kind},
};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DefaultKeyedStateStore,
};
use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

/// Addresses remembered per act at most; further ones share one allowance.
const MAX_ADDRESSES: usize = 50_000;
/// After so many questions the addresses that may ask again are forgotten.
const SWEEP_EVERY: u32 = 4_096;

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Naming a password, a code or a token.
    SignIn,
    /// Opening an account.
    Register,
    /// Asking for a mail.
    Mail,
    /// Placing an order.
    Order,
    /// Starting a payment or a top-up.
    Pay,
    /// A notification of a gateway.
    Webhook,
}

/// Too many requests from one network address.
#[derive(Debug, thiserror::Error)]
#[error("too many requests from this network address")]
pub struct RateLimited {
    /// Seconds to wait.
    pub retry_after: u64,
    /// Requests allowed within a minute.
    pub limit: u32,
}

/// What an address has left after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Requests allowed within a minute.
    pub limit: u32,
    /// Requests it may send at once.
    pub remaining: u32,
    /// Seconds until it may send `limit` again (refused: one again).
    pub reset_secs: u64,
}

impl From<&RateLimited> for Allowance {
    fn from(refused: &RateLimited) -> Self {
        Self { limit: refused.limit, remaining: 0, reset_secs: refused.retry_after }
    }
}

type Limiter = RateLimiter<IpAddr, DefaultKeyedStateStore<IpAddr>, DefaultClock, StateInformationMiddleware>;

impl Fault for RateLimited {
    fn kind(&self) -> Kind {
        Kind::TooMany { retry_after: self.retry_after }
    }

    fn code(&self) -> &'static str {
        "RATE_LIMITED"
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        vec![("seconds", self.retry_after.to_string())]
    }
}

/// The counters of a process; clones share them.
#[derive(Clone)]
pub struct RateLimits {
    counters: Arc<[Counter; 6]>,
}

struct Counter {
    /// `None`: not limited.
    limiter: Option<Limiter>,
    asked: AtomicU32,
}

impl Counter {
    fn new(per_minute: u32) -> Self {
        let limiter = NonZeroU32::new(per_minute)
            .map(|limit| RateLimiter::keyed(Quota::per_minute(limit)).with_middleware::<StateInformationMiddleware>());
        Self { limiter, asked: AtomicU32::new(0) }
    }

    fn check(&self, address: IpAddr) -> Result<Option<Allowance>, RateLimited> {
        let Some(limiter) = &self.limiter else { return Ok(None) };
        if self.asked.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
        // A flood of addresses must not fill the memory: from there on they share what one of them has.
        let key = if limiter.len() < MAX_ADDRESSES { network_of(address) } else { Ipv6Addr::UNSPECIFIED.into() };
        match limiter.check_key(&key) {
            Ok(state) => {
                let (limit, remaining) = (state.quota().burst_size().get(), state.remaining_burst_capacity());
                let spent = u64::from(limit.saturating_sub(remaining));
                Ok(Some(Allowance { limit, remaining, reset_secs: (spent * 60).div_ceil(u64::from(limit)) }))
            }
            Err(not_until) => {
                let wait = not_until.wait_time_from(DefaultClock::default().now());
                Err(RateLimited { retry_after: wait.as_secs() + 1, limit: not_until.quota().burst_size().get() })
            }
        }
    }
}

/// Whoever has one IPv6 address has a whole /64 of them.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
        v4 => v4,
    }
}

impl RateLimits {
    /// Counters with the limits of the configuration.
    pub fn new(limits: &Limits) -> Self {
        let per_minute = [limits.sign_in, limits.register, limits.mail, limits.order, limits.pay, limits.webhook];
        Self { counters: Arc::new(per_minute.map(Counter::new)) }
    }

    /// Counts one request of `act` from `address` and says what is left, where it is limited; a request without an
    /// address (a test, a socket) is not.
    ///
    /// # Errors
    /// `RateLimited` where there were too many within a minute.
    pub fn check(&self, act: Act, address: Option<IpAddr>) -> Result<Option<Allowance>, RateLimited> {
        match address {
            Some(address) => self.counters[act as usize].check(address),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn an_address_that_asks_too_often_waits_and_others_do_not() {
        let limits = RateLimits::new(&Limits { register: 2, ..Limits::default() });
        let first = limits.check(Act::Register, ip("203.0.113.1")).unwrap().unwrap();
        assert_eq!(first, Allowance { limit: 2, remaining: 1, reset_secs: 30 });
        assert!(limits.check(Act::Register, ip("203.0.113.1")).is_ok());
        let refused = limits.check(Act::Register, ip("203.0.113.1")).unwrap_err();
        assert!((1..=31).contains(&refused.retry_after), "{}", refused.retry_after);
        assert!(limits.check(Act::Register, ip("203.0.113.2")).is_ok());
        assert!(limits.check(Act::SignIn, ip("203.0.113.1")).is_ok(), "each act is counted by itself");
        assert!(limits.check(Act::Register, None).is_ok());
    }

    #[test]
    fn a_whole_ipv6_network_is_one_visitor() {
        let limits = RateLimits::new(&Limits { mail: 1, ..Limits::default() });
        assert!(limits.check(Act::Mail, ip("2001:db8::1")).is_ok());
        assert!(limits.check(Act::Mail, ip("2001:db8::2")).is_err());
        assert!(limits.check(Act::Mail, ip("2001:db8:0:1::1")).is_ok());
        assert!(limits.check(Act::Mail, ip("::ffff:203.0.113.1")).is_ok());
        assert!(limits.check(Act::Mail, ip("203.0.113.1")).is_err(), "the same address in either writing");
    }

    #[test]
    fn a_gateway_may_report_500_times_a_second_from_one_address() {
        let limits = RateLimits::new(&Limits::default());
        assert!((0..30_000).all(|_| limits.check(Act::Webhook, ip("203.0.113.1")).is_ok()), "a minute's worth");
    }

    #[test]
    fn nought_means_no_limit() {
        let limits = RateLimits::new(&Limits { order: 0, ..Limits::default() });
        assert!((0..10_000).all(|_| limits.check(Act::Order, ip("203.0.113.1")).is_ok()));
    }

    #[test]
    fn a_flood_of_addresses_does_not_fill_the_memory() {
        let counter = Counter::new(1);
        for number in 0..60_000u32 {
            let _ = counter.check(std::net::Ipv4Addr::from_bits(number + 1).into());
        }
        assert!(counter.limiter.as_ref().unwrap().len() <= MAX_ADDRESSES + 1);
    }
}
