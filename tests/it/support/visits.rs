//! Visits that come to what a test says.
use async_trait::async_trait;
use std::{collections::HashMap, sync::Mutex};
use yumna::integrations::visitors::{Answer, Visitor};

/// Everybody answers 200 where nobody says otherwise.
#[derive(Default)]
pub struct Visits(Mutex<Street>);

#[derive(Default)]
struct Street {
    /// What comes of visits to addresses with this text in them.
    doors: HashMap<String, Answer>,
    /// What comes of every visit.
    all: Option<Answer>,
    /// Addresses that were visited.
    visited: Vec<String>,
}

impl Visits {
    /// Addresses with `part` in them answer so from now on.
    pub fn answers(&self, part: &str, answer: Answer) {
        self.0.lock().unwrap().doors.insert(part.to_owned(), answer);
    }

    /// Every visit comes to this; `None`: to what each door says.
    pub fn all(&self, answer: Option<Answer>) {
        self.0.lock().unwrap().all = answer;
    }

    /// Addresses that were visited since the last time somebody asked.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().visited)
    }
}

#[async_trait]
impl Visitor for Visits {
    async fn visit(&self, url: &str) -> Answer {
        let mut street = self.0.lock().unwrap();
        street.visited.push(url.to_owned());
        let door = street.doors.iter().find(|(part, _)| url.contains(part.as_str())).map(|(_, answer)| *answer);
        street.all.or(door).unwrap_or(Answer::Status(200))
    }
}
