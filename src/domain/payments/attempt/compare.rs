//! Asking gateways once more about payments of the last days: what came or went without a word is repaired by the same
//! function as every other report, and what still differs is listed for staff.
use super::{
    apply_report, get, hold_unclear,
    inquire::{question, silent_key, tell_silent},
    settle,
};
use crate::{
    domain::{
        Ctx,
        payments::{ComparePayments, PaymentError, dispute, refund},
    },
    integrations::gateways::{Inquiry, PaymentReport},
    kernel::{
        alert::{self, Alert},
        audit::Change,
        db::WriteTx,
        page::{Page, PageRequest},
        said::{Arg, Said, args},
    },
};
use chrono::Duration;
use entity::{
    payments::{gateway_difference, payment},
    value::{DifferenceStatus, GatewayDifferenceId, PaymentId, PaymentStatus},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, sea_query::OnConflict,
};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};

/// Payments begun so long ago are not asked about any more.
const DAYS: i64 = 7;
/// A gateway that gave so many of its payments in a row no answer is left alone until the next night.
const SILENT: u32 = 3;
/// Payments asked about in one go: with the slowest answers a gateway is given time for, a go ends in time.
pub const AT_ONCE: u64 = 20;
/// Key of the alert while something differs.
const ALERT: &str = "gateway_differences";
/// Longest note, in characters.
const LONGEST_NOTE: usize = 255;

/// How far a comparison came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// How many payments were asked about.
    pub asked: u64,
    /// How to go on; none at the end.
    pub next: Option<ComparePayments>,
}

/// What differs between a payment and a report.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Difference {
    what: &'static str,
    ours: String,
    theirs: String,
    status: DifferenceStatus,
}

/// Asks about the next payments of the last days after `from`, oldest first, one after the other. Payments that people
/// confirm, that never reached a gateway, or that were taken back for good are left out. A gateway that does not answer
/// is told to staff and passed over for the rest of the comparison, so that the others are compared: its own payments are
/// asked about again the next night.
///
/// # Errors
/// Billing, the ledger, the database: begin again at the same place.
pub async fn compare(ctx: &Ctx, from: &ComparePayments) -> Result<Compared, PaymentError> {
    use PaymentStatus::{
        Authorized, Cancelled, Expired, PartiallyRefunded, Pending, Refunded, Review, Succeeded, Unknown,
    };
    let mut silent = from.silent.clone();
    let codes = ctx.gateways.iter().filter(|g| g.by_people().is_none()).map(|g| g.code().to_owned());
    let asked_of: Vec<String> = codes.filter(|code| !silent.contains(code)).collect();
    let states = [Unknown, Pending, Authorized, Review, Cancelled, Expired, Succeeded, PartiallyRefunded, Refunded];
    let mut find = payment::Entity::find()
        .filter(payment::Column::CreatedAt.gte(ctx.now() - Duration::days(DAYS)))
        .filter(payment::Column::AccountId.is_not_null())
        .filter(payment::Column::Gateway.is_in(asked_of))
        .filter(payment::Column::Status.is_in(states))
        // What the gateway never knew by a reference of ours has nothing to compare.
        .filter(payment::Column::Method.ne(dispute::METHOD));
    if let Some(after) = &from.after {
        find = find.filter(payment::Column::Id.gt(after.as_str()));
    }
    let rows = find.order_by_asc(payment::Column::Id).limit(AT_ONCE).all(&ctx.db).await?;
    let (mut asked, mut in_a_row) = (0, HashMap::new());
    let mut answered = BTreeSet::new();
    for row in &rows {
        if silent.contains(&row.gateway) {
            continue;
        }
        asked += 1;
        let unanswered: &mut u32 = in_a_row.entry(row.gateway.as_str()).or_default();
        let Some(error) = compare_one(ctx, row).await? else {
            *unanswered = 0;
            answered.insert(row.gateway.as_str());
            continue;
        };
        // One without an answer keeps no other from being asked: the next night asks it again.
        tracing::warn!(payment.id = %row.id, %error, "A payment of the last days could not be compared");
        *unanswered += 1;
        if *unanswered == SILENT {
            tell_dead(ctx, row, &error).await?;
            silent.push(row.gateway.clone());
        }
    }
    let is_full = rows.len() as u64 == AT_ONCE;
    let next = rows.last().filter(|_| is_full).map(|row| row.id.clone());
    let tx = ctx.begin().await?;
    for gateway in answered.into_iter().filter(|gateway| !silent.iter().any(|one| one == gateway)) {
        alert::resolve(&tx, ctx.now(), &silent_key(gateway)).await?;
    }
    if next.is_none() {
        ring(ctx, &tx).await?;
    }
    tx.commit().await?;
    Ok(Compared { asked, next: next.map(|id| ComparePayments { after: Some(id), silent }) })
}

/// Staff hear that a gateway is not compared tonight.
async fn tell_dead(ctx: &Ctx, payment: &payment::Model, error: &PaymentError) -> Result<(), PaymentError> {
    let what = Said::new(
        "alert-gateway-silent-tonight",
        [
            ("n", u64::from(SILENT).into()),
            ("payment", Arg::from(&payment.reference)),
            ("error", error.to_string().into()),
        ],
    );
    let tx = ctx.begin().await?;
    tell_silent(ctx, &tx, payment, what).await?;
    Ok(tx.commit().await?)
}

/// Asks about one payment, repairs what can be repaired, and writes down what differed. What kept it from having an
/// answer, where it had none.
async fn compare_one(ctx: &Ctx, before: &payment::Model) -> Result<Option<PaymentError>, PaymentError> {
    let (after, differences) = match question(ctx, before).await {
        Ok(Inquiry::Known(report)) => {
            apply_report(ctx, &before.id, &report).await?;
            let after = with_fee(ctx, &before.id, &report).await?;
            let differences = differences(ctx, before, &after, &report).await?;
            (after, differences)
        }
        Ok(Inquiry::Unclear { why }) => {
            let after = hold_unclear(ctx, &before.id, &why).await?;
            (after, vec![open("unclear", before.status.as_str(), why)])
        }
        Ok(Inquiry::NeverHeard) if before.status.rank() >= PaymentStatus::Succeeded.rank() => {
            (before.clone(), vec![open("status", before.status.as_str(), "never_heard")])
        }
        Ok(Inquiry::NeverHeard) => (before.clone(), Vec::new()),
        // Its keys are wrong or it is closed: staff hear of that elsewhere, and the others may work.
        Err(PaymentError::GatewayRefused { .. } | PaymentError::NotConfigured) => return Ok(None),
        Err(error @ PaymentError::Database(_)) => return Err(error),
        Err(error) => return Ok(Some(error)),
    };
    note(ctx, &after, differences).await.map(|()| None)
}

fn open(what: &'static str, ours: impl Into<String>, theirs: impl Into<String>) -> Difference {
    Difference { what, ours: ours.into(), theirs: theirs.into(), status: DifferenceStatus::Open }
}

fn repaired(what: &'static str, ours: impl Into<String>, theirs: impl Into<String>) -> Difference {
    Difference { status: DifferenceStatus::Repaired, ..open(what, ours, theirs) }
}

/// The payment with the fee the gateway tells by now: it moves no money, the payout report books what is really kept.
async fn with_fee(ctx: &Ctx, id: &PaymentId, report: &PaymentReport) -> Result<payment::Model, PaymentError> {
    let known = get(&ctx.db, id).await?;
    let is_news = known.received_minor > 0 && report.fee_minor > 0 && report.fee_minor != known.fee_minor;
    if !is_news {
        return Ok(known);
    }
    let tx = ctx.begin().await?;
    let mut payment = settle::lock(&tx, id).await?;
    let before = payment.fee_minor;
    payment.fee_minor = report.fee_minor;
    settle::store(ctx, &tx, &mut payment).await?;
    let change = Change {
        action: "payments.payment.correct_fee",
        target_type: "payment",
        target_id: id.as_str(),
        customer_id: Some(&payment.customer_id),
        before: Some(json!({"fee_minor": before})),
        after: Some(json!({"fee_minor": payment.fee_minor})),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.commit().await?;
    Ok(payment)
}

async fn differences(
    ctx: &Ctx,
    before: &payment::Model,
    after: &payment::Model,
    report: &PaymentReport,
) -> Result<Vec<Difference>, PaymentError> {
    let mut found = Vec::new();
    let is_money = |status: PaymentStatus| status.rank() >= PaymentStatus::Succeeded.rank();
    if after.status != before.status {
        found.push(repaired("status", before.status.as_str(), after.status.as_str()));
    }
    // A gateway that calls open or closed what it had called paid is not believed at once, and not passed over either.
    let says_less = is_money(after.status) && !is_money(report.status) && report.status != PaymentStatus::Unknown;
    let was_taken = matches!(after.status, PaymentStatus::Reversed | PaymentStatus::Chargeback);
    if says_less && !was_taken {
        found.push(open("status", after.status.as_str(), report.status.as_str()));
    }
    let is_settled = is_money(after.status) && is_money(report.status) && !was_taken;
    if is_settled && after.received_minor != report.amount.minor {
        found.push(open("amount", after.received_minor.to_string(), report.amount.minor.to_string()));
    }
    if before.received_minor > 0 && after.fee_minor != before.fee_minor {
        found.push(repaired("fee", before.fee_minor.to_string(), after.fee_minor.to_string()));
    }
    if is_settled {
        let ours = refund::given_back(&ctx.db, &after.id).await?.by_gateway;
        let theirs = match report.status {
            PaymentStatus::Refunded if report.refunded_minor == 0 => report.amount.minor,
            _ => report.refunded_minor,
        };
        if ours != theirs {
            found.push(open("refunded", ours.to_string(), theirs.to_string()));
        }
        let was = before.refunded_minor;
        if ours == theirs && after.refunded_minor != was && after.status == before.status {
            found.push(repaired("refunded", was.to_string(), after.refunded_minor.to_string()));
        }
    }
    Ok(found)
}

fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(120).collect()
}

/// Writes down what differs; what differed before and does not any more is over.
async fn note(ctx: &Ctx, payment: &payment::Model, found: Vec<Difference>) -> Result<(), PaymentError> {
    use gateway_difference::Column;
    let Some(account_id) = payment.account_id.clone() else { return Ok(()) };
    let still: Vec<&str> =
        found.iter().filter(|one| one.status == DifferenceStatus::Open).map(|one| one.what).collect();
    let known = gateway_difference::Entity::find().filter(Column::PaymentId.eq(&payment.id)).all(&ctx.db).await?;
    let is_over =
        |row: &&gateway_difference::Model| row.status == DifferenceStatus::Open && !still.contains(&row.what.as_str());
    let over: Vec<String> = known.iter().filter(is_over).map(|row| row.id.0.clone()).collect();
    // What staff have cleared up is not listed anew the next night.
    let is_cleared = |one: &Difference| {
        let same = |row: &gateway_difference::Model| row.what == one.what && row.theirs == shortened(&one.theirs);
        known.iter().any(|row| row.status == DifferenceStatus::Closed && same(row))
    };
    let found: Vec<Difference> = found.iter().filter(|one| !is_cleared(one)).cloned().collect();
    if found.is_empty() && over.is_empty() {
        return Ok(());
    }
    let now = ctx.now();
    let tx = ctx.begin().await?;
    let set = gateway_difference::ActiveModel {
        status: Set(DifferenceStatus::Repaired),
        open_key: Set(None),
        closed_at: Set(Some(now)),
        ..Default::default()
    };
    gateway_difference::Entity::update_many()
        .set(set)
        .filter(Column::Id.is_in(over))
        .filter(Column::Status.eq(DifferenceStatus::Open))
        .exec(&tx)
        .await?;
    for one in found {
        let is_open = one.status == DifferenceStatus::Open;
        let row = gateway_difference::Model {
            id: GatewayDifferenceId::generate(),
            payment_id: payment.id.clone(),
            reference: payment.reference.clone(),
            customer_id: payment.customer_id.clone(),
            account_id: account_id.clone(),
            what: one.what.to_owned(),
            ours: shortened(&one.ours),
            theirs: shortened(&one.theirs),
            status: one.status,
            open_key: is_open.then(|| format!("{}:{}", payment.id, one.what)),
            note: None,
            closed_by: None,
            found_at: now,
            closed_at: (!is_open).then_some(now),
        };
        let keep = OnConflict::column(Column::OpenKey).do_nothing().to_owned();
        let insert = gateway_difference::Entity::insert(row.into_active_model().reset_all()).on_conflict(keep);
        insert.exec_without_returning(&tx).await?;
    }
    tx.wake_after_commit("staff");
    tx.commit().await?;
    Ok(())
}

/// Staff are told while something differs.
async fn ring(ctx: &Ctx, tx: &WriteTx) -> Result<(), PaymentError> {
    let open = gateway_difference::Column::Status.eq(DifferenceStatus::Open);
    let left = gateway_difference::Entity::find().filter(open).count(tx).await?;
    if left == 0 {
        alert::resolve(tx, ctx.now(), ALERT).await?;
        return Ok(());
    }
    let alert = Alert { code: ALERT, args: args([("n", left.into())]), key: ALERT };
    alert::raise(tx, ctx.now(), &ctx.correlation, alert).await?;
    Ok(())
}

/// Differences as staff look for them, newest first, optionally only those that became `status`.
///
/// # Errors
/// The database.
pub async fn list_differences(
    ctx: &Ctx,
    status: Option<DifferenceStatus>,
    request: &PageRequest,
) -> Result<Page<gateway_difference::Model>, PaymentError> {
    use gateway_difference::Column::{Id, Status};
    let mut find = gateway_difference::Entity::find();
    if let Some(status) = status {
        find = find.filter(Status.eq(status));
    }
    if let Some(after) = &request.after {
        find = find.filter(Id.lt(after.as_str()));
    }
    let rows = find.order_by_desc(Id).limit(request.fetch()).all(&ctx.db).await?;
    Ok(Page::of(rows, request, |row| row.id.as_str()))
}

/// One difference.
///
/// # Errors
/// `NotFound`; the database.
pub async fn get_difference(ctx: &Ctx, id: &GatewayDifferenceId) -> Result<gateway_difference::Model, PaymentError> {
    gateway_difference::Entity::find_by_id(id.clone()).one(&ctx.db).await?.ok_or(PaymentError::NotFound)
}

/// Staff have looked at a difference and cleared it up elsewhere. Twice is once; a difference that is over stays so.
///
/// # Errors
/// `NotFound`; `ReasonRequired`; the database.
pub async fn close_difference(
    ctx: &Ctx,
    id: &GatewayDifferenceId,
    text: &str,
) -> Result<gateway_difference::Model, PaymentError> {
    use gateway_difference::Column;
    let text: String = text.trim().chars().filter(|c| !c.is_control()).take(LONGEST_NOTE).collect();
    if text.is_empty() {
        return Err(PaymentError::ReasonRequired);
    }
    let known = get_difference(ctx, id).await?;
    if known.status != DifferenceStatus::Open {
        return Ok(known);
    }
    let tx = ctx.begin().await?;
    let set = gateway_difference::ActiveModel {
        status: Set(DifferenceStatus::Closed),
        open_key: Set(None),
        note: Set(Some(text.clone())),
        closed_by: Set(ctx.staff_id()),
        closed_at: Set(Some(ctx.now())),
        ..Default::default()
    };
    let updated = gateway_difference::Entity::update_many()
        .set(set)
        .filter(Column::Id.eq(id))
        .filter(Column::Status.eq(DifferenceStatus::Open))
        .exec(&tx)
        .await?;
    if updated.rows_affected == 1 {
        let change = Change {
            action: "payments.difference.close",
            target_type: "gateway_difference",
            target_id: id.as_str(),
            customer_id: Some(&known.customer_id),
            before: Some(json!({"what": known.what, "ours": known.ours, "theirs": known.theirs})),
            reason: Some(&text),
            ..Change::default()
        };
        ctx.audit(&tx, change).await?;
        ring(ctx, &tx).await?;
    }
    tx.commit().await?;
    get_difference(ctx, id).await
}
