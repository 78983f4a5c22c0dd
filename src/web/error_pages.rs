//! What people see when something went wrong: a page for browsers, an alert for htmx. Which error becomes which is
//! decided by the one mapper of errors, not here.
use super::{filters, frame::Frame, tone::Tone};
use askama::Template;

/// A whole page. Title and text are sentences for the person; `incident` only for errors of ours.
#[derive(Debug, Template)]
#[template(path = "errors/error.html")]
pub struct ErrorPage {
    /// Around the page.
    pub frame: Frame,
    /// The HTTP status shown small.
    pub status: u16,
    /// What happened.
    pub title: String,
    /// Whether something changed, and what to do.
    pub text: String,
    /// What staff look up in the log.
    pub incident: Option<String>,
}

impl ErrorPage {
    /// The page of a kind with its general words: `invalid`, `unauthenticated`, `forbidden`, `not-found`, `conflict`,
    /// `too-many`, `upstream`, `internal`, `unavailable`.
    pub fn of_kind(frame: Frame, status: u16, kind: &str) -> Self {
        let title = frame.t(&format!("error-{kind}-title"));
        let text = frame.t(&format!("error-{kind}-text"));
        Self { frame, status, title, text, incident: None }
    }
}

/// One alert for the region `#toasts` (`HX-Retarget: #toasts`, `HX-Reswap: beforeend`).
#[derive(Debug, Template)]
#[template(path = "errors/_alert.html")]
pub struct AlertFragment {
    /// For the words of its parts.
    pub frame: Frame,
    /// How it looks.
    pub tone: Tone,
    /// One sentence.
    pub text: String,
    /// What staff look up in the log.
    pub incident: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kernel::locale::Lang, web::frame::Door, web::page_checks};

    #[test]
    fn every_kind_has_its_page_in_every_door_and_language() {
        let kinds = [
            "invalid",
            "unauthenticated",
            "forbidden",
            "not-found",
            "conflict",
            "too-many",
            "upstream",
            "internal",
            "unavailable",
        ];
        for door in [Door::Public, Door::Panel, Door::Whm] {
            for lang in Lang::ALL {
                for kind in kinds {
                    let mut page = ErrorPage::of_kind(Frame::sample(door, *lang), 500, kind);
                    page.incident = Some("01J8Z".into());
                    assert_eq!(page_checks::problems(&page.render().unwrap()), Vec::<String>::new(), "{kind}");
                }
            }
        }
    }

    #[test]
    fn an_alert_is_one_element_and_escapes_what_it_says() {
        let frame = Frame::sample(Door::Panel, Lang::En);
        let alert = AlertFragment { frame, tone: Tone::Bad, text: "<b>no</b>".into(), incident: None };
        let html = alert.render().unwrap();
        assert!(!html.contains("<b>") && html.trim_start().starts_with("<div"), "{html}");
        assert_eq!(page_checks::problems(&html), Vec::<String>::new());
    }
}
