//! What the address of a list says.
use super::view::Chip;
use crate::{kernel::page::PageRequest, web::frame::Frame};
use serde::Deserialize;

/// The state that stands for all of them, in lists that show one where nobody says.
const EVERY: &str = "all";

/// The query of a list.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ListQuery {
    /// What is searched for.
    pub q: Option<String>,
    /// Only rows in this state.
    pub status: Option<String>,
    /// Only rows of this customer.
    pub customer: Option<String>,
    /// Where the page begins.
    pub cursor: Option<String>,
}

impl ListQuery {
    /// Which page; a cursor that is not ours begins anew.
    pub fn page(&self) -> PageRequest {
        PageRequest::parse(self.cursor.as_deref(), None).unwrap_or_default()
    }

    /// The word searched for.
    pub fn search(&self) -> Option<String> {
        self.q.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// The state asked for, empty for all.
    pub fn state(&self) -> &str {
        self.status.as_deref().unwrap_or_default()
    }

    /// The customer asked for.
    pub fn of_customer(&self) -> Option<&str> {
        self.customer.as_deref().filter(|id| !id.is_empty())
    }

    /// Whether rows are hidden.
    pub fn is_filtered(&self) -> bool {
        self.search().is_some() || !self.state().is_empty() || self.of_customer().is_some()
    }

    /// The address of the next page.
    pub fn next(&self, path: &str, cursor: Option<&str>) -> String {
        cursor.map_or_else(String::new, |cursor| self.address(path, self.state(), cursor))
    }

    /// Chips for all and for each of `states`, whose words are of `family`.
    pub fn chips(&self, frame: &Frame, path: &str, family: &str, states: &[&str]) -> Vec<Chip> {
        let chip =
            |label, state: &str| Chip { label, href: self.address(path, state, ""), active: self.state() == state };
        let all = chip(frame.t("whm-all"), "");
        [all].into_iter().chain(states.iter().map(|state| chip(frame.word(family, state), state))).collect()
    }

    /// Chips of a list of what is to be dealt with, which shows the first of `states` where nobody says: the states, whose
    /// words are of `family`, and all. `chosen` is the state shown now.
    pub fn queue_chips(
        frame: &Frame,
        path: &str,
        family: &str,
        states: &[&'static str],
        chosen: Option<&str>,
    ) -> Vec<Chip> {
        let of_state = |(place, state): (usize, &&'static str)| Chip {
            label: frame.word(family, state),
            href: if place == 0 { path.to_owned() } else { format!("{path}?status={state}") },
            active: chosen == Some(*state),
        };
        let every =
            Chip { label: frame.t("whm-all"), href: format!("{path}?status={EVERY}"), active: chosen.is_none() };
        states.iter().enumerate().map(of_state).chain([every]).collect()
    }

    fn address(&self, path: &str, state: &str, cursor: &str) -> String {
        let pairs = [
            ("q", self.q.as_deref().unwrap_or_default()),
            ("status", state),
            ("customer", self.customer.as_deref().unwrap_or_default()),
            ("cursor", cursor),
        ];
        let given: Vec<(&str, &str)> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let query = serde_urlencoded::to_string(given).unwrap_or_default();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_keeps_the_filter() {
        let query = ListQuery { q: Some("a b".into()), status: Some("paid".into()), ..ListQuery::default() };
        assert_eq!(query.next("/x", Some("c")), "/x?q=a+b&status=paid&cursor=c");
        assert_eq!(query.next("/x", None), "");
        assert_eq!(ListQuery::default().address("/x", "", ""), "/x");
    }
}
