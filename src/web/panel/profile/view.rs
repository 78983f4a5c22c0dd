//! What the pages of the profile show.
use super::ProfileForm;
use crate::{
    domain::customers::Member,
    kernel::locale::Lang,
    web::{filters, form_errors::FormErrors, frame::Frame},
};
use askama::Template;
use chrono::{DateTime, Utc};
use entity::{customers::customer, identity::session, value::SessionId};

/// The fields of the form.
pub struct ProfileFields {
    pub name: String,
    pub company: String,
    pub street_1: String,
    pub street_2: String,
    pub city: String,
    pub state: String,
    pub postal_code: String,
    pub country_code: String,
    pub phone: String,
    pub npwp: String,
    pub nitku: String,
    pub locale: String,
}

impl ProfileFields {
    /// What is stored.
    pub fn of(row: &customer::Model) -> Self {
        let text = |stored: &Option<String>| stored.clone().unwrap_or_default();
        Self {
            name: row.name.clone(),
            company: text(&row.company),
            street_1: text(&row.street_1),
            street_2: text(&row.street_2),
            city: text(&row.city),
            state: text(&row.state),
            postal_code: text(&row.postal_code),
            country_code: row.country_code.clone(),
            phone: text(&row.phone),
            npwp: text(&row.npwp),
            nitku: text(&row.nitku),
            locale: row.locale.clone(),
        }
    }

    /// What was typed and refused.
    pub fn typed(form: ProfileForm) -> Self {
        Self {
            name: form.name.unwrap_or_default(),
            company: form.company.unwrap_or_default(),
            street_1: form.street_1.unwrap_or_default(),
            street_2: form.street_2.unwrap_or_default(),
            city: form.city.unwrap_or_default(),
            state: form.state.unwrap_or_default(),
            postal_code: form.postal_code.unwrap_or_default(),
            country_code: form.country_code.unwrap_or_default(),
            phone: form.phone.unwrap_or_default(),
            npwp: form.npwp.unwrap_or_default(),
            nitku: form.nitku.unwrap_or_default(),
            locale: form.locale.unwrap_or_default(),
        }
    }
}

/// A member of the account.
pub struct MemberLine {
    pub name: String,
    pub email: String,
    pub grant: &'static str,
}

/// The account's details and members.
#[derive(Template)]
#[template(path = "panel/profile/show.html")]
pub struct ProfilePage {
    pub frame: Frame,
    pub profile: ProfileFields,
    pub errors: FormErrors,
    pub may_change: bool,
    pub languages: Vec<(&'static str, &'static str)>,
    pub members: Vec<MemberLine>,
}

impl ProfilePage {
    /// The page with `profile` in its form.
    pub fn build(
        frame: Frame,
        profile: ProfileFields,
        errors: FormErrors,
        may_change: bool,
        members: &[Member],
    ) -> Self {
        let members = members.iter().map(|member| MemberLine {
            name: member.name.clone(),
            email: member.email.clone(),
            grant: member.grant.as_str(),
        });
        let languages = Lang::ALL.iter().map(|lang| (lang.code(), lang.own_name())).collect();
        Self { members: members.collect(), languages, may_change, errors, profile, frame }
    }
}

/// What an authenticator scans.
pub struct Enrolment {
    pub qr: String,
    pub secret: String,
}

/// A place where the person is signed in.
pub struct SessionRow {
    pub browser: String,
    pub address: String,
    pub since: DateTime<Utc>,
    pub is_this: bool,
}

impl SessionRow {
    /// A session; `this` is the one that reads the page.
    pub fn build(frame: &Frame, row: session::Model, this: Option<&SessionId>) -> Self {
        let agent = row.user_agent.unwrap_or_default();
        Self {
            browser: browser_of(&agent).unwrap_or_else(|| frame.t("panel-session-unknown")),
            address: row.address.unwrap_or_default(),
            since: row.created_at,
            is_this: Some(&row.id) == this,
        }
    }
}

/// `Firefox · Windows`, as far as the browser tells it.
fn browser_of(agent: &str) -> Option<String> {
    // Order matters: Edge and Opera call themselves Chrome too, Chrome calls itself Safari.
    let browsers =
        [("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")];
    let systems = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ];
    let of =
        |known: &[(&str, &'static str)]| known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    match (of(&browsers), of(&systems)) {
        (Some(browser), Some(system)) => Some(format!("{browser} · {system}")),
        (Some(one), None) | (None, Some(one)) => Some(one.to_owned()),
        (None, None) => None,
    }
}

/// Password, second factor and sessions.
#[derive(Template)]
#[template(path = "panel/profile/security.html")]
pub struct SecurityPage {
    pub frame: Frame,
    pub email: String,
    pub password_errors: FormErrors,
    pub totp_errors: FormErrors,
    pub has_second_factor: bool,
    pub enrolment: Option<Enrolment>,
    pub recovery_codes: Vec<String>,
    pub recovery_text: String,
    pub sessions: Vec<SessionRow>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_as_people_know_it() {
        let edge = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0";
        assert_eq!(browser_of(edge).as_deref(), Some("Edge · Windows"));
        let phone = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36";
        assert_eq!(browser_of(phone).as_deref(), Some("Chrome · Android"));
        assert_eq!(browser_of("curl/8"), None);
    }
}
