//! Terms and privacy statement: words of the locale, filled with who the seller is.
use crate::{
    domain::settings,
    kernel::{fault::CommonFault, locale},
    web::{WebError, filters, frame::Frame, principal::Visitor, public::shop::view::paragraphs, respond},
};
use actix_web::{
    HttpResponse,
    web::{self, ServiceConfig},
};
use askama::Template;

/// The addresses of the texts.
pub fn routes(config: &mut ServiceConfig) {
    config.route("/terms", web::get().to(terms)).route("/privacy", web::get().to(privacy));
}

/// A chapter of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chapter {
    /// Its heading.
    pub title: String,
    /// Its paragraphs.
    pub paragraphs: Vec<String>,
}

/// A text people consent to.
#[derive(Debug, Template)]
#[template(path = "public/legal/text.html")]
pub struct LegalPage {
    /// Around the page.
    pub frame: Frame,
    /// Its name.
    pub title: String,
    /// Which version.
    pub version: String,
    /// Its chapters.
    pub chapters: Vec<Chapter>,
}

impl LegalPage {
    /// The text of `family` (`legal-terms`, `legal-privacy`): chapters are numbered from 1 on.
    pub fn build(frame: Frame, family: &str, version: String, settings: &settings::Settings) -> Self {
        let company = &settings.company;
        let seller = if company.legal_name.is_empty() { &company.name } else { &company.legal_name };
        let billing = &settings.billing;
        let args = [
            ("seller", seller.clone()),
            ("email", company.email.clone()),
            ("grace", billing.grace_days.to_string()),
            ("retention", billing.retention_days.to_string()),
            ("cancel", billing.order_cancel_days.to_string()),
        ];
        let chapters = (1..)
            .map(|number| (format!("{family}-{number}-title"), format!("{family}-{number}-text")))
            .take_while(|(title, _)| locale::exists(frame.lang, title))
            .map(|(title, text)| Chapter { title: frame.t(&title), paragraphs: paragraphs(&frame.ta(&text, &args)) })
            .collect();
        Self { title: frame.t(&format!("{family}-title")), version, chapters, frame }
    }
}

async fn terms(visitor: Visitor) -> Result<HttpResponse, WebError> {
    let settings = settings::current(&visitor.ctx).await.map_err(CommonFault::from)?;
    let version = settings.sales.terms_version.clone();
    respond::page(&LegalPage::build(visitor.frame(), "legal-terms", version, &settings))
}

async fn privacy(visitor: Visitor) -> Result<HttpResponse, WebError> {
    let settings = settings::current(&visitor.ctx).await.map_err(CommonFault::from)?;
    let version = settings.sales.privacy_version.clone();
    respond::page(&LegalPage::build(visitor.frame(), "legal-privacy", version, &settings))
}
