//! A name service that says what a test tells it to.
use async_trait::async_trait;
use std::{collections::HashMap, net::IpAddr, sync::Mutex};
use yumna::integrations::resolvers::{Resolver, Unanswered};

/// Names it does not know do not exist.
#[derive(Default)]
pub struct Names(Mutex<Zone>);

#[derive(Default)]
struct Zone {
    texts: HashMap<String, Vec<String>>,
    aliases: HashMap<String, String>,
    addresses: HashMap<String, Vec<IpAddr>>,
    /// What is wrong with every question.
    trouble: Option<Unanswered>,
    questions: usize,
}

impl Names {
    fn zone<T>(&self, act: impl FnOnce(&mut Zone) -> T) -> T {
        act(&mut self.0.lock().unwrap())
    }

    /// `host` has the proof `token`.
    pub fn proves(&self, host: &str, token: &str) {
        self.zone(|zone| zone.texts.insert(format!("_yumna.{host}"), vec![format!("yumna-verify={token}")]));
    }

    /// `host` has the proofs of two.
    pub fn proves_both(&self, host: &str, tokens: [&str; 2]) {
        let texts = tokens.map(|token| format!("yumna-verify={token}")).to_vec();
        self.zone(|zone| zone.texts.insert(format!("_yumna.{host}"), texts));
    }

    /// The proof of `host` is gone.
    pub fn forgets_proof(&self, host: &str) {
        self.zone(|zone| zone.texts.remove(&format!("_yumna.{host}")));
    }

    /// `host` stands for `other`.
    pub fn leads(&self, host: &str, other: &str) {
        self.zone(|zone| zone.aliases.insert(host.to_owned(), other.to_owned()));
    }

    /// `host` has these addresses.
    pub fn lies_at(&self, host: &str, addresses: &[&str]) {
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        self.zone(|zone| zone.addresses.insert(host.to_owned(), addresses));
    }

    /// Every question comes to this from now on; `None`: it works again.
    pub fn fails(&self, trouble: Option<Unanswered>) {
        self.zone(|zone| zone.trouble = trouble);
    }

    /// How many questions were asked.
    pub fn questions(&self) -> usize {
        self.zone(|zone| zone.questions)
    }

    fn answer<T>(&self, find: impl FnOnce(&Zone) -> Option<T>) -> Result<T, Unanswered> {
        self.zone(|zone| {
            zone.questions += 1;
            match zone.trouble {
                Some(trouble) => Err(trouble),
                None => find(zone).ok_or(Unanswered::NoName),
            }
        })
    }
}

#[async_trait]
impl Resolver for Names {
    async fn texts(&self, name: &str) -> Result<Vec<String>, Unanswered> {
        self.answer(|zone| zone.texts.get(name).cloned())
    }

    async fn alias(&self, name: &str) -> Result<Option<String>, Unanswered> {
        self.answer(|zone| {
            let is_there = zone.addresses.contains_key(name).then_some(None);
            zone.aliases.get(name).cloned().map(Some).or(is_there)
        })
    }

    async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, Unanswered> {
        self.answer(|zone| {
            let target = zone.aliases.get(name).map_or(name, String::as_str);
            let is_there = zone.aliases.contains_key(name).then(Vec::new);
            zone.addresses.get(target).cloned().or(is_there)
        })
    }
}
