//! Statement of account: a page and a file, with the figures of `domain::reports::statement`.
#[cfg(test)]
pub mod samples;
pub mod view;

use crate::{
    domain::reports::{range::Range, statement, statement_csv, statement_pdf},
    kernel::{fault::CommonFault, permission::may},
    web::{WebError, principal::Member, respond},
};
use actix_web::{
    HttpResponse,
    web::{self, Query, ServiceConfig},
};
use chrono::NaiveDate;
use entity::value::business_day;
use serde::Deserialize;
use view::StatementPage;

/// The addresses of the statement.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/panel/statement", web::get().to(show))
        .route("/panel/statement/csv", web::get().to(spreadsheet))
        .route("/panel/statement/pdf", web::get().to(paper));
}

/// Which days.
#[derive(Debug, Default, Deserialize)]
pub struct StatementQuery {
    from: Option<String>,
    to: Option<String>,
}

impl StatementQuery {
    /// The days asked for, three months where nothing is said or it cannot be read; and whether it could.
    fn range(&self, today: NaiveDate) -> (Range, bool) {
        let month = Range::month_of(today);
        let default = Range { from: month.previous().previous().from, until: month.until };
        Range::parse(self.from.as_deref(), self.to.as_deref(), default).map_or((default, false), |range| (range, true))
    }
}

/// `GET /panel/statement`
async fn show(member: Member<may::Read>, query: Query<StatementQuery>) -> Result<HttpResponse, WebError> {
    let frame = member.frame();
    let (range, is_read) = query.range(business_day(frame.now));
    let statement = statement::of(&member.ctx, &member.customer_id, range).await.map_err(CommonFault::from)?;
    respond::page(&StatementPage::build(frame, &statement, is_read))
}

/// `GET /panel/statement/csv`
async fn spreadsheet(member: Member<may::Read>, query: Query<StatementQuery>) -> Result<HttpResponse, WebError> {
    let frame = member.frame();
    let (range, _) = query.range(business_day(frame.now));
    let file = statement_csv::of(&member.ctx, &member.customer_id, range, frame.lang).await;
    let file = file.map_err(CommonFault::from)?;
    Ok(respond::file(&file.name, "text/csv; charset=utf-8", file.text))
}

/// `GET /panel/statement/pdf`: the same on paper, in the language of the page.
async fn paper(member: Member<may::Read>, query: Query<StatementQuery>) -> Result<HttpResponse, WebError> {
    let frame = member.frame();
    let (range, _) = query.range(business_day(frame.now));
    let file = statement_pdf::of(&member.ctx, &member.customer_id, range, frame.lang).await?;
    Ok(respond::pdf(file))
}
