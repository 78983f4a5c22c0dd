//! The statement of account as a table for spreadsheets, with the figures of the page.
use super::{
    csv::{self, Value},
    range::Range,
    statement::{self, Line, Statement},
};
use crate::{
    domain::Ctx,
    kernel::locale::{Lang, t},
};
use entity::value::{CustomerId, business_day};
use sea_orm::DbErr;

/// A table as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvFile {
    /// Name to save it under.
    pub name: String,
    /// Its content.
    pub text: String,
}

/// The statement of a customer over `range` in the words of `lang`; whose it is, is the caller's check.
///
/// # Errors
/// The database.
pub async fn of(ctx: &Ctx, customer_id: &CustomerId, range: Range, lang: Lang) -> Result<CsvFile, DbErr> {
    Ok(file(&statement::of(ctx, customer_id, range).await?, lang))
}

fn file(statement: &Statement, lang: Lang) -> CsvFile {
    let range = statement.range;
    let heads = ["statement-at", "statement-what", "statement-document", "statement-amount", "statement-balance"];
    let heads = heads.map(|key| t(lang, key));
    let opening = vec![
        range.from.to_string().into(),
        t(lang, "statement-opening").into(),
        "".into(),
        "".into(),
        statement.opening_minor.into(),
    ];
    let row = |line: &Line| -> Vec<Value> {
        vec![
            business_day(line.posted_at).to_string().into(),
            t(lang, &format!("statement-{}", line.word())).into(),
            line.document.as_deref().into(),
            line.amount_minor.into(),
            line.balance_minor.into(),
        ]
    };
    let cut = statement.is_cut.then(|| vec!["".into(), t(lang, "statement-cut").into()]);
    let closing = vec![
        range.last().to_string().into(),
        t(lang, "statement-closing").into(),
        "".into(),
        "".into(),
        statement.closing_minor().into(),
    ];
    let rows = std::iter::once(opening).chain(statement.lines.iter().map(row)).chain(cut).chain([closing]);
    CsvFile { name: format!("statement-{}-{}.csv", range.from, range.last()), text: csv::file(&heads, rows) }
}
