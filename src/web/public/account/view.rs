//! What the pages of accounts show.
use crate::web::{filters, form_errors::FormErrors, frame::Frame, tone::Tone};
use askama::Template;

/// Opening an account.
#[derive(Debug, Template)]
#[template(path = "public/account/register.html")]
pub struct RegisterPage {
    /// Around the page.
    pub frame: Frame,
    /// What is wrong.
    pub errors: FormErrors,
    /// Name as typed.
    pub typed_name: String,
    /// Address as typed.
    pub email: String,
    /// Whether the terms are accepted.
    pub accepted: bool,
    /// Where to go afterwards; empty for the panel.
    pub next: String,
}

/// A word above a form that was refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How it looks.
    pub tone: Tone,
    /// One or two sentences.
    pub text: String,
}

/// Signing in.
#[derive(Debug, Template)]
#[template(path = "public/account/login.html")]
pub struct LoginPage {
    /// Around the page.
    pub frame: Frame,
    /// Why it was refused.
    pub notice: Option<Notice>,
    /// Address as typed.
    pub email: String,
    /// Where to go afterwards; empty for the panel.
    pub next: String,
}

/// The second step of signing in.
#[derive(Debug, Template)]
#[template(path = "public/account/code.html")]
pub struct CodePage {
    /// Around the page.
    pub frame: Frame,
    /// Why it was refused.
    pub notice: Option<Notice>,
    /// What the first step proved, sealed.
    pub ticket: String,
    /// Where to go afterwards; empty for the panel.
    pub next: String,
}

/// Asking for a mail: a verification link again, or a way to a new password.
#[derive(Debug, Template)]
#[template(path = "public/account/ask_mail.html")]
pub struct AskMailPage {
    /// Around the page.
    pub frame: Frame,
    /// What is wrong.
    pub errors: FormErrors,
    /// `verify` or `forgot`: beginning of the words.
    pub family: &'static str,
    /// Where the form goes.
    pub action: &'static str,
    /// Why the page is shown, where there is more to say.
    pub notice: Option<Notice>,
    /// Address as typed.
    pub email: String,
}

/// A mail is on its way, if the address is right.
#[derive(Debug, Template)]
#[template(path = "public/account/mail_sent.html")]
pub struct MailSentPage {
    /// Around the page.
    pub frame: Frame,
    /// `verify` or `forgot`: beginning of the words.
    pub family: &'static str,
    /// To which address.
    pub email: String,
    /// Where asking again goes.
    pub again: &'static str,
}

impl MailSentPage {
    /// What was sent; the same whether the address is known or not.
    pub fn sentence(&self) -> String {
        self.frame.ta(&format!("{}-sent", self.family), [("email", &self.email)])
    }
}

/// The address is proven.
#[derive(Debug, Template)]
#[template(path = "public/account/verified.html")]
pub struct VerifiedPage {
    /// Around the page.
    pub frame: Frame,
    /// Where to go on.
    pub next_url: String,
}

/// Choosing a new password.
#[derive(Debug, Template)]
#[template(path = "public/account/reset.html")]
pub struct ResetPage {
    /// Around the page.
    pub frame: Frame,
    /// What is wrong.
    pub errors: FormErrors,
    /// Where the form goes.
    pub action: String,
}
