//! `/api/whm/take-over`: customers and contracts of another system are sent in, looked at, taken over, and can be looked
//! at later with what became of each row.
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey, PageQuery, Upload, named},
        idempotent::{self, Answer, Told},
        principal::{Fresh, Staff},
        problem::Problem,
    },
    domain::{
        Ctx,
        takeover::{self, Columns, Options, Outcome, Preview, Reason, Role, TakeoverError, Totals},
    },
    kernel::{fault::FieldFault, permission::can},
};
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use entity::{
    takeover::{import, import_row},
    value::{Cycle, ImportId, ImportKind, ImportVerdict},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// Rows of a file that are shown before it is taken over.
const SHOWN_ROWS: usize = 200;

/// A file of customers or contracts of another system.
#[derive(Serialize, ToSchema)]
struct ImportOut {
    id: String,
    /// `customers` or `contracts`.
    kind: &'static str,
    /// The system its keys are those of.
    source: String,
    /// `draft`, `running`, `done` or `discarded`.
    status: &'static str,
    /// How many rows it has.
    rows: i32,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
}

impl From<import::Model> for ImportOut {
    fn from(row: import::Model) -> Self {
        Self {
            id: row.id.0,
            kind: row.kind.as_str(),
            source: row.source,
            status: row.status.as_str(),
            rows: row.rows,
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct ImportList {
    data: Vec<ImportOut>,
    next_cursor: Option<String>,
}

/// Files that were sent in, newest first, without those that were put away.
#[utoipa::path(tag = "whm-operations", params(PageQuery), responses((status = 200, body = ImportList), (status = 403, body = Problem)))]
#[get("/api/whm/take-over")]
pub async fn list_imports(staff: Staff<can::TakeOver>, page: web::Query<PageQuery>) -> ApiResult<HttpResponse> {
    let page = takeover::list(&staff.ctx, &page.request()?).await?.map(ImportOut::from);
    Ok(HttpResponse::Ok().json(ImportList { data: page.rows, next_cursor: page.next_cursor }))
}

#[derive(Deserialize, ToSchema)]
struct ImportIn {
    /// `customers` or `contracts`.
    kind: String,
    /// A short word for the system its keys are those of, for example `whmcs`.
    source: String,
    /// The file: UTF-8, a row of headings, commas, semicolons or tabs between cells; at most 5 MiB and 20,000 rows.
    content: String,
}

/// Takes in a file of customers or contracts; nothing is taken over.
///
/// Its columns are those of the last file of that kind and source where they fit, and guessed otherwise. The same file
/// again while it is looked at is the draft it was before. The body may be 7 MiB.
#[utoipa::path(tag = "whm-operations", request_body = ImportIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = ImportOut), (status = 422, body = Problem)))]
#[post("/api/whm/take-over")]
pub async fn send_in_import(staff: Staff<can::TakeOver>, key: IdempotencyKey, body: Upload) -> ApiResult<HttpResponse> {
    let work = async |ctx: &Ctx| {
        let input: ImportIn = body.0.parse()?;
        let unknown = || TakeoverError::Invalid(vec![FieldFault::new("kind", "unknown")]);
        let kind = ImportKind::parse(&input.kind).ok_or_else(unknown)?;
        Ok(takeover::send_in(ctx, kind, &input.source, Options::default(), input.content.into_bytes()).await?.id.0)
    };
    let tell =
        async |id: &str| Answer::created(&ImportOut::from(takeover::get(&staff.ctx, &ImportId::from(id)).await?));
    idempotent::run(&staff.ctx, &key, body.0.bytes(), work, tell).await
}

/// Contracts of one cycle.
#[derive(Serialize, ToSchema)]
struct CycleSum {
    cycle: &'static str,
    contracts: usize,
    /// What they come to in one cycle, whole rupiah.
    amount: i64,
}

fn sums(cycles: BTreeMap<Cycle, (usize, i64)>) -> Vec<CycleSum> {
    let sum = |(cycle, (contracts, amount)): (Cycle, _)| CycleSum { cycle: cycle.as_str(), contracts, amount };
    cycles.into_iter().map(sum).collect()
}

#[derive(Serialize, ToSchema)]
struct ImportProgress {
    import: ImportOut,
    /// How many rows are done.
    done: u64,
    /// How many rows came to what: `new`, `linked`, `already`, `changed`, `faulty`.
    verdicts: BTreeMap<&'static str, u64>,
    /// What came into wallets, whole rupiah.
    balance: i64,
    /// Contracts that were taken over.
    contracts: Vec<CycleSum>,
    /// What they come to in a month.
    monthly: i64,
}

impl ImportProgress {
    fn of(import: import::Model, outcome: Outcome) -> Self {
        Self {
            import: import.into(),
            done: outcome.done,
            balance: outcome.balance_minor,
            monthly: outcome.monthly_minor(),
            verdicts: outcome.verdicts,
            contracts: sums(outcome.cycles),
        }
    }
}

async fn progress(ctx: &Ctx, id: &ImportId) -> ApiResult<ImportProgress> {
    Ok(ImportProgress::of(takeover::get(ctx, id).await?, takeover::outcome(ctx, id).await?))
}

/// One file, and what became of it so far.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = ImportProgress), (status = 404, body = Problem)))]
#[get("/api/whm/take-over/{id}")]
pub async fn show_import(staff: Staff<can::TakeOver>, id: web::Path<ImportId>) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Ok().json(progress(&staff.ctx, &id).await?))
}

/// What is wrong with a field, or different from what was taken over.
#[derive(Serialize, ToSchema)]
struct ImportReason {
    field: String,
    /// `required`, `unknown`, `overdue`, `changed`, …
    code: String,
    /// Values of the sentence, by name.
    args: BTreeMap<String, String>,
}

impl From<Reason> for ImportReason {
    fn from(reason: Reason) -> Self {
        Self { field: reason.field, code: reason.code, args: reason.args }
    }
}

#[derive(Serialize, ToSchema)]
struct ImportRowOut {
    /// Line of the file it begins at.
    number: i64,
    /// Its key in the other system; may be empty where that is what is wrong with it.
    key: String,
    /// What people call it.
    label: String,
    /// `new`, `linked`, `already`, `changed` or `faulty`.
    verdict: &'static str,
    reasons: Vec<ImportReason>,
    /// The customer or contract it is here.
    target_id: Option<String>,
}

impl From<import_row::Model> for ImportRowOut {
    fn from(row: import_row::Model) -> Self {
        let reasons: Vec<Reason> = serde_json::from_value(row.reasons).unwrap_or_default();
        Self {
            number: row.number.into(),
            key: row.source_key,
            label: row.label,
            verdict: row.verdict.as_str(),
            reasons: reasons.into_iter().map(ImportReason::from).collect(),
            target_id: row.target_id,
        }
    }
}

/// What the rows of a file come to, whole rupiah.
#[derive(Serialize, ToSchema)]
struct ImportTotals {
    rows: usize,
    verdicts: BTreeMap<&'static str, usize>,
    /// Balances of all customers of the file.
    file_balance: i64,
    /// Balances that would come into wallets.
    balance: i64,
    /// Contracts of the file.
    file_contracts: Vec<CycleSum>,
    /// Contracts that would be taken over.
    contracts: Vec<CycleSum>,
    /// How many of them would be invoiced at once.
    overdue: usize,
    /// How many of them find their plan full.
    over_quota: usize,
}

impl From<Totals> for ImportTotals {
    fn from(totals: Totals) -> Self {
        Self {
            rows: totals.rows,
            verdicts: totals.verdicts,
            file_balance: totals.file_balance_minor,
            balance: totals.balance_minor,
            file_contracts: sums(totals.file_cycles),
            contracts: sums(totals.cycles),
            overdue: totals.overdue,
            over_quota: totals.over_quota,
        }
    }
}

/// What is decided for all rows of a file.
#[derive(Serialize, Deserialize, ToSchema)]
struct ImportChoices {
    /// A customer whose mail address is here already is tied to that account.
    #[serde(default)]
    link_known_mail: bool,
    /// Who is new gets one mail to choose a password.
    #[serde(default)]
    invite: bool,
    /// Where a plan is full, its stock grows.
    #[serde(default)]
    allow_over_quota: bool,
    /// A contract whose due date is over is invoiced at once.
    #[serde(default)]
    bill_overdue: bool,
    /// Prices of the file hold their tax.
    #[serde(default)]
    prices_include_tax: bool,
}

impl From<Options> for ImportChoices {
    fn from(options: Options) -> Self {
        let Options { link_known_mail, invite, allow_over_quota, bill_overdue, prices_include_tax } = options;
        Self { link_known_mail, invite, allow_over_quota, bill_overdue, prices_include_tax }
    }
}

impl From<ImportChoices> for Options {
    fn from(choices: ImportChoices) -> Self {
        let ImportChoices { link_known_mail, invite, allow_over_quota, bill_overdue, prices_include_tax } = choices;
        Self { link_known_mail, invite, allow_over_quota, bill_overdue, prices_include_tax }
    }
}

#[derive(Serialize, ToSchema)]
struct ImportPreview {
    import: ImportOut,
    /// Headings of its table.
    headings: Vec<String>,
    /// Which of them says what.
    columns: BTreeMap<&'static str, String>,
    /// What is missing before it can be read.
    missing: Option<&'static str>,
    options: ImportChoices,
    totals: ImportTotals,
    /// The first 200 rows.
    rows: Vec<ImportRowOut>,
    /// Names what was looked at; `start` asks for it.
    seen: String,
}

impl From<Preview> for ImportPreview {
    fn from(preview: Preview) -> Self {
        let rows = preview.findings.into_iter().take(SHOWN_ROWS).map(|(row, finding)| ImportRowOut {
            number: i64::try_from(row.number).unwrap_or(i64::MAX),
            key: row.key,
            label: row.label,
            verdict: finding.verdict.as_str(),
            reasons: finding.reasons.into_iter().map(ImportReason::from).collect(),
            target_id: finding.target_id,
        });
        Self {
            rows: rows.collect(),
            import: preview.import.into(),
            headings: preview.headings,
            columns: preview.columns.0.into_iter().map(|(role, heading)| (role.as_str(), heading)).collect(),
            missing: preview.missing.map(Role::as_str),
            options: preview.options.into(),
            totals: preview.totals.into(),
            seen: preview.fingerprint,
        }
    }
}

/// What taking a file over would do, row by row. One that is no draft any more is 409 `IMPORT_OVER`.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = ImportPreview), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[get("/api/whm/take-over/{id}/preview")]
pub async fn preview_import(staff: Staff<can::TakeOver>, id: web::Path<ImportId>) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Ok().json(ImportPreview::from(takeover::preview(&staff.ctx, &id).await?)))
}

#[derive(Deserialize, ToSchema)]
struct ImportColumns {
    /// Headings by what they say, as `preview` tells them: `key`, `name`, `email`, …; those left out or empty play no
    /// role.
    #[schema(value_type = Object)]
    columns: BTreeMap<String, String>,
    options: ImportChoices,
}

/// The same fault, its fields called as this door calls them.
fn renamed(fault: TakeoverError) -> TakeoverError {
    let TakeoverError::Invalid(fields) = fault else { return fault };
    let told = fields.into_iter().map(|fault| match fault.field.strip_prefix("column_") {
        Some(role) => FieldFault { field: format!("columns.{role}"), ..fault },
        None => fault,
    });
    TakeoverError::Invalid(told.collect())
}

/// Says which column of a file says what, and what is decided for all rows; answers what taking it over would do then.
#[utoipa::path(tag = "whm-operations", request_body = ImportColumns, responses((status = 200, body = ImportPreview), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/take-over/{id}/columns")]
pub async fn set_import_columns(
    staff: Staff<can::TakeOver>,
    id: web::Path<ImportId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    let import = takeover::get(&staff.ctx, &id).await?;
    let input: ImportColumns = body.parse()?;
    let (roles, mut chosen) = (Role::of(import.kind), BTreeMap::new());
    for (word, heading) in input.columns.iter().filter(|(_, heading)| !heading.trim().is_empty()) {
        let unknown = || TakeoverError::Invalid(vec![FieldFault::new("columns", "unknown")]);
        let role = roles.iter().find(|role| role.as_str() == word).ok_or_else(unknown)?;
        chosen.insert(*role, heading.trim().to_owned());
    }
    takeover::remap(&staff.ctx, &id, Columns(chosen), input.options.into()).await.map_err(renamed)?;
    Ok(HttpResponse::Ok().json(ImportPreview::from(takeover::preview(&staff.ctx, &id).await?)))
}

async fn told(ctx: &Ctx, id: &str) -> Told {
    Answer::accepted(&progress(ctx, &ImportId::from(id)).await?)
}

#[derive(Deserialize, ToSchema)]
struct ImportStart {
    /// What `preview` called what was looked at.
    seen: String,
}

/// Begins to take a file over, in the background. It cannot be undone; twice is once.
///
/// Where columns or decisions are others by now than those that were looked at, it is 409 `IMPORT_CHANGED`.
#[utoipa::path(tag = "whm-operations", request_body = ImportStart, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 202, body = ImportProgress), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/take-over/{id}/start")]
pub async fn start_import(
    staff: Fresh<can::TakeOver>,
    id: web::Path<ImportId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    takeover::get(&staff.ctx, &id).await?;
    let work = async |ctx: &Ctx| {
        takeover::start(ctx, &id, &body.parse::<ImportStart>()?.seen).await?;
        Ok(id.0.clone())
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, async |id: &str| told(&staff.ctx, id).await).await
}

/// Goes on with a file whose work was given up. Nothing happens where none is under way.
#[utoipa::path(tag = "whm-operations", responses((status = 202, body = ImportProgress), (status = 404, body = Problem)))]
#[post("/api/whm/take-over/{id}/go-on")]
pub async fn go_on_with_import(staff: Fresh<can::TakeOver>, id: web::Path<ImportId>) -> ApiResult<HttpResponse> {
    takeover::go_on(&staff.ctx, &id).await?;
    Ok(HttpResponse::Accepted().json(progress(&staff.ctx, &id).await?))
}

/// Puts a file away that is not to be taken over; its content is given up. Twice is once.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = ImportOut), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/take-over/{id}/discard")]
pub async fn discard_import(staff: Staff<can::TakeOver>, id: web::Path<ImportId>) -> ApiResult<HttpResponse> {
    takeover::discard(&staff.ctx, &id).await?;
    Ok(HttpResponse::Ok().json(ImportOut::from(takeover::get(&staff.ctx, &id).await?)))
}

/// Which rows.
#[derive(Deserialize, IntoParams)]
pub struct ImportRowQuery {
    /// `new`, `linked`, `already`, `changed` or `faulty`; all where nobody says.
    verdict: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Rows wanted; 50 where nobody says, 200 at most.
    limit: Option<u64>,
}

#[derive(Serialize, ToSchema)]
struct ImportRowList {
    data: Vec<ImportRowOut>,
    next_cursor: Option<String>,
}

/// What became of the rows of a file, in the order they were done.
#[utoipa::path(tag = "whm-operations", params(ImportRowQuery), responses((status = 200, body = ImportRowList), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[get("/api/whm/take-over/{id}/rows")]
pub async fn list_import_rows(
    staff: Staff<can::TakeOver>,
    id: web::Path<ImportId>,
    query: web::Query<ImportRowQuery>,
) -> ApiResult<HttpResponse> {
    takeover::get(&staff.ctx, &id).await?;
    let ImportRowQuery { verdict, cursor, limit } = query.into_inner();
    let verdict = named("verdict", verdict.as_deref(), ImportVerdict::parse)?;
    let request = PageQuery { cursor, limit }.request()?;
    let page = takeover::row_list(&staff.ctx, &id, verdict, &request).await?.map(ImportRowOut::from);
    Ok(HttpResponse::Ok().json(ImportRowList { data: page.rows, next_cursor: page.next_cursor }))
}

#[derive(Serialize, ToSchema)]
struct FaultyRow {
    /// As it stands in the file.
    cells: Vec<String>,
    reasons: Vec<ImportReason>,
}

#[derive(Serialize, ToSchema)]
struct FaultyRows {
    headings: Vec<String>,
    data: Vec<FaultyRow>,
}

/// The faulty rows of a file, all of them, to be repaired and sent in again.
///
/// Of a draft those that its dry run finds. Where the content of the file was given up, it is 404.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = FaultyRows), (status = 404, body = Problem)))]
#[get("/api/whm/take-over/{id}/faulty")]
pub async fn list_faulty_rows(staff: Staff<can::TakeOver>, id: web::Path<ImportId>) -> ApiResult<HttpResponse> {
    let (headings, rows) = takeover::faulty(&staff.ctx, &id).await?;
    let row = |(cells, reasons): (_, Vec<Reason>)| FaultyRow {
        cells,
        reasons: reasons.into_iter().map(ImportReason::from).collect(),
    };
    Ok(HttpResponse::Ok().json(FaultyRows { headings, data: rows.into_iter().map(row).collect() }))
}
