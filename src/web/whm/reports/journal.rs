//! The journal: postings with debit and credit, for whoever closes the books elsewhere.
use super::{
    ReportQuery, database, pager, today, unread,
    view::{Period, ReportPage, Section, address},
};
use crate::{
    domain::{
        Ctx,
        reports::{
            csv::{self, Value as Csv},
            journal::{self, Line, Total},
            range::Range,
        },
    },
    kernel::{fault::CommonFault, permission::can},
    web::{
        WebError,
        frame::Frame,
        principal::Staff,
        respond,
        whm::view::{Cell, Table},
    },
};
use actix_web::{
    HttpResponse,
    error::ErrorInternalServerError,
    http::header,
    web::{Bytes, Query},
};
use entity::value::{Money, in_wib};
use futures_util::{StreamExt, stream};

const PATH: &str = "/whm/reports/journal";
/// Columns of the file.
const COLUMNS: [&str; 12] = [
    "journal-posted-at",
    "journal-posting",
    "whm-kind",
    "journal-document",
    "journal-source",
    "journal-account",
    "journal-account-name",
    "journal-owner",
    "journal-currency",
    "journal-debit",
    "journal-credit",
    "whm-description",
];

/// `GET /whm/reports/journal`
pub async fn show(staff: Staff<can::ReadReports>, query: Query<ReportQuery>) -> Result<HttpResponse, WebError> {
    let frame = staff.frame();
    let (range, is_read) = query.range(today(&frame), Range::month_of);
    let totals = journal::totals(&staff.ctx, range).await.map_err(database)?;
    let lines = journal::lines(&staff.ctx, range, &query.page()).await.map_err(database)?;
    let mut page = page(frame, range, &totals, &query, &lines.rows, lines.next_cursor.as_deref());
    page.notices.extend(unread(&page.frame, is_read));
    respond::page(&page)
}

pub(super) fn page(
    frame: Frame,
    range: Range,
    totals: &[Total],
    query: &ReportQuery,
    lines: &[Line],
    next: Option<&str>,
) -> ReportPage {
    let period = Period::span(&frame, PATH, range);
    let mut page = ReportPage::new(frame, "journal", period);
    let is_even = totals.iter().all(|total| total.debit_minor == total.credit_minor);
    if !totals.is_empty() {
        page.tie(is_even, ("report-journal-ties", "report-journal-differs"), &[("n", totals.len().to_string())]);
    }
    for total in totals {
        let money = |minor| page.frame.money(&Money::new(minor, &total.currency));
        let (debit, credit) = (money(total.debit_minor), money(total.credit_minor));
        page.stat("journal-debit", debit, total.currency.clone());
        page.stat("journal-credit", credit, total.currency.clone());
    }
    let columns = [
        (page.frame.t("journal-account"), "cell-main"),
        (page.frame.t("whm-kind"), "cell-sub"),
        (page.frame.t("journal-document"), ""),
        (page.frame.t("journal-posted-at"), ""),
        (page.frame.t("journal-debit"), "num"),
        (page.frame.t("journal-credit"), "cell-side num"),
    ];
    let rows = lines.iter().map(|line| {
        let side = |minor| if minor == 0 { Cell::Nothing } else { Cell::Money(Money::new(minor, &line.currency)) };
        vec![
            Cell::Noted(account(&page.frame, line), line.owner.clone().unwrap_or_default()),
            Cell::Text(kind(&page.frame, line)),
            document(line),
            Cell::Time(line.posted_at),
            side(line.debit_minor()),
            side(line.credit_minor()),
        ]
    });
    let title = page.frame.t("journal-postings");
    let table = Table::new(title.clone(), columns).with(rows);
    let (first, next) = pager(&address(PATH, range), query, next);
    let list = Section::new(title, String::new(), table, page.frame.t("report-journal-none"));
    page.sections = vec![Section { first, next, ..list }];
    page.csv(address(&format!("{PATH}/csv"), range));
    page
}

/// An account in words: its kind, and of revenue the kind of product.
fn account(frame: &Frame, line: &Line) -> String {
    let kind = frame.word("ledger-account-kind", &line.account_kind);
    let product = line.account.strip_prefix("revenue:").and_then(|code| code.split(':').next());
    match product {
        Some(product) => format!("{kind}: {}", frame.word("product-kind", product)),
        None => kind,
    }
}

fn kind(frame: &Frame, line: &Line) -> String {
    frame.known(&format!("posting-{}", line.kind.replace('_', "-"))).unwrap_or_else(|| line.kind.clone())
}

fn document(line: &Line) -> Cell {
    let Some(number) = line.document.clone() else { return Cell::Nothing };
    match line.source_type.as_str() {
        "invoice" => Cell::Link(number, format!("/whm/invoices/{}", line.source_id)),
        "payment" => Cell::Link(number, format!("/whm/payments/{}", line.source_id)),
        _ => Cell::Text(number),
    }
}

/// What a download has written so far.
struct Download {
    ctx: Ctx,
    frame: Frame,
    range: Range,
    last: Option<Line>,
    /// Currency, debit, credit.
    sums: Vec<(String, i64, i64)>,
    is_over: bool,
}

/// `GET /whm/reports/journal/csv`: written while it is read, a piece of postings at a time.
pub async fn csv(staff: Staff<can::ReadReports>, query: Query<ReportQuery>) -> Result<HttpResponse, WebError> {
    let frame = staff.frame();
    let (range, _) = query.range(today(&frame), Range::month_of);
    let head = csv::head(&COLUMNS.map(|key| frame.t(key)));
    let begun = Download { ctx: staff.ctx.clone(), frame, range, last: None, sums: Vec::new(), is_over: false };
    // The first piece is read before the answer begins: a database that is away is an error page, not half a file.
    let (first, begun) = piece(begun).await.map_err(database)?;
    let rest = stream::unfold(Some(begun), |state| async move {
        let state = state.filter(|state| !state.is_over)?;
        match piece(state).await {
            Ok((text, state)) => Some((Ok(Bytes::from(text)), Some(state))),
            // The connection breaks off, so that nobody takes half a file for the whole.
            Err(error) => Some((Err(ErrorInternalServerError(error)), None)),
        }
    });
    let begin = stream::iter([Ok::<_, actix_web::Error>(Bytes::from(head)), Ok(Bytes::from(first))]);
    let name = format!("journal-{}-{}.csv", range.from, range.last());
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .streaming(begin.chain(rest)))
}

/// The next lines of the file; the sums of both sides at its end.
async fn piece(mut at: Download) -> Result<(String, Download), CommonFault> {
    let lines = journal::piece(&at.ctx, at.range, at.last.as_ref()).await?;
    let mut text = String::new();
    for line in &lines {
        csv::row(&mut text, cells(&at.frame, line));
        let place = at.sums.iter().position(|(currency, ..)| *currency == line.currency);
        let place = place.unwrap_or_else(|| {
            at.sums.push((line.currency.clone(), 0, 0));
            at.sums.len() - 1
        });
        at.sums[place].1 += line.debit_minor();
        at.sums[place].2 += line.credit_minor();
    }
    match lines.into_iter().next_back() {
        Some(last) => at.last = Some(last),
        None => {
            at.is_over = true;
            let total = at.frame.t("whm-total");
            for (currency, debit, credit) in &at.sums {
                let mut row = vec![Csv::from(""); COLUMNS.len()];
                row[0] = total.as_str().into();
                row[8] = currency.as_str().into();
                row[9] = (*debit).into();
                row[10] = (*credit).into();
                csv::row(&mut text, row);
            }
        }
    }
    Ok((text, at))
}

fn cells(frame: &Frame, line: &Line) -> Vec<Csv> {
    vec![
        in_wib(line.posted_at).format("%Y-%m-%d %H:%M:%S").to_string().into(),
        line.id.as_str().into(),
        kind(frame, line).into(),
        line.document.as_deref().into(),
        format!("{} {}", line.source_type, line.source_id).into(),
        line.account.as_str().into(),
        account(frame, line).into(),
        line.owner.as_deref().into(),
        line.currency.as_str().into(),
        line.debit_minor().into(),
        line.credit_minor().into(),
        line.description.as_str().into(),
    ]
}
