//! Rules of tax as staff keep them: which there are, one that begins on a day ahead, one taken back before it began.
//!
//! The rules of a country follow each other without overlap: a new one comes after all others and ends the last of them on
//! its first day. It begins after today, so that no invoice there is and no month of the books was taxed otherwise than
//! the rules say. Nothing keeps rules in memory: `TaxTable::load` reads them for every document.
use crate::{
    domain::Ctx,
    kernel::{
        audit::Change,
        db::{self, WriteTx},
        fault::{CommonFault, FieldFault},
    },
};
use chrono::{Days, NaiveDate};
use entity::{
    billing::tax_rule,
    value::{Ratio, TaxRuleId, business_day, contact},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
};
use serde_json::{Value, json};

/// The class of everything that is sold.
pub(super) const STANDARD: &str = "standard";
/// Longest words on a document, in characters.
const LONGEST_LABEL: usize = 40;
/// How far ahead a rule may begin.
const DAYS_AHEAD: u64 = 3_653;
/// Largest number in a fraction.
const LARGEST: i64 = 10_000;
/// Who changes the rules waits for others who do.
const LOCK: &str = "billing.tax_rules";

/// A rule as staff enter it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTaxRule {
    /// Of buyers in this country, ISO 3166 alpha-2.
    pub country_code: String,
    /// Words on the document: `PPN 11%`.
    pub label: String,
    /// Nominal rate in whole percent: the tax office's file knows no others.
    pub rate_percent: i64,
    /// Part of the price that is taxed.
    pub base: Ratio,
    /// First day.
    pub valid_from: NaiveDate,
}

/// Every rule, the latest first.
///
/// # Errors
/// The database.
pub async fn list(db: &impl ConnectionTrait) -> Result<Vec<tax_rule::Model>, DbErr> {
    tax_rule::Entity::find()
        .order_by_desc(tax_rule::Column::ValidFrom)
        .order_by_asc(tax_rule::Column::CountryCode)
        .order_by_asc(tax_rule::Column::Id)
        .all(db)
        .await
}

/// One rule.
///
/// # Errors
/// `NotFound`; the database.
pub async fn get(db: &impl ConnectionTrait, id: &TaxRuleId) -> Result<tax_rule::Model, CommonFault> {
    tax_rule::Entity::find_by_id(id.clone()).one(db).await?.ok_or(CommonFault::NotFound)
}

/// Adds a rule that begins on a day ahead, and ends the one before it on that day.
///
/// # Errors
/// `Invalid` with every field that is wrong: `valid_from` also where another rule of the country begins on that day or
/// later; the database.
pub async fn add(ctx: &Ctx, new: NewTaxRule) -> Result<tax_rule::Model, CommonFault> {
    let new = checked(ctx, new)?;
    let tx = ctx.begin().await?;
    db::exclusively(&tx, LOCK).await?;
    let last = last_of(&tx, &new.country_code).await?;
    if last.as_ref().is_some_and(|last| last.valid_from >= new.valid_from) {
        return Err(CommonFault::Invalid(vec![FieldFault::new("valid_from", "tax_rule_overlaps")]));
    }
    let reaches = |last: &tax_rule::Model| last.valid_until.is_none_or(|until| until > new.valid_from);
    let ended = last.filter(reaches);
    if let Some(ended) = &ended {
        end(&tx, &ended.id, Some(new.valid_from)).await?;
    }
    let row = tax_rule::Model {
        id: TaxRuleId::generate(),
        class: STANDARD.to_owned(),
        country_code: new.country_code,
        label: new.label,
        rate_num: new.rate_percent,
        rate_den: 100,
        base_num: new.base.num,
        base_den: new.base.den,
        valid_from: new.valid_from,
        valid_until: None,
        created_at: ctx.now(),
    };
    tax_rule::Entity::insert(tax_rule::ActiveModel::from(row.clone())).exec_without_returning(&tx).await?;
    let change = Change {
        action: "billing.tax_rule.add",
        target_type: "tax_rule",
        target_id: row.id.as_str(),
        before: ended.as_ref().map(told),
        after: Some(told(&row)),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    ctx.made(&tx, row.id.as_str()).await?;
    tx.wake_after_commit("staff");
    tx.commit().await?;
    Ok(row)
}

/// Takes a rule back that has not begun and is the last of its country; the one it was to end goes on.
///
/// # Errors
/// `NotFound`; `InvalidState` where it has begun or another one follows; the database.
pub async fn withdraw(ctx: &Ctx, id: &TaxRuleId) -> Result<(), CommonFault> {
    let tx = ctx.begin().await?;
    db::exclusively(&tx, LOCK).await?;
    let row = get(&tx, id).await?;
    if row.valid_from <= business_day(ctx.now()) {
        return Err(CommonFault::InvalidState("begun"));
    }
    if last_of(&tx, &row.country_code).await?.is_some_and(|last| last.id != row.id) {
        return Err(CommonFault::InvalidState("followed"));
    }
    tax_rule::Entity::delete_by_id(id.clone()).exec(&tx).await?;
    let before = last_of(&tx, &row.country_code).await?;
    if let Some(before) = before.filter(|before| before.valid_until == Some(row.valid_from)) {
        end(&tx, &before.id, None).await?;
    }
    let change = Change {
        action: "billing.tax_rule.withdraw",
        target_type: "tax_rule",
        target_id: id.as_str(),
        before: Some(told(&row)),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.wake_after_commit("staff");
    tx.commit().await?;
    Ok(())
}

/// The rule of a country that begins last.
async fn last_of(tx: &WriteTx, country_code: &str) -> Result<Option<tax_rule::Model>, DbErr> {
    tax_rule::Entity::find()
        .filter(tax_rule::Column::CountryCode.eq(country_code))
        .filter(tax_rule::Column::Class.eq(STANDARD))
        .order_by_desc(tax_rule::Column::ValidFrom)
        .one(tx)
        .await
}

async fn end(tx: &WriteTx, id: &TaxRuleId, until: Option<NaiveDate>) -> Result<(), DbErr> {
    let row = tax_rule::ActiveModel { id: Set(id.clone()), valid_until: Set(until), ..Default::default() };
    row.update(tx).await.map(drop)
}

fn checked(ctx: &Ctx, mut new: NewTaxRule) -> Result<NewTaxRule, CommonFault> {
    let mut faults = Vec::new();
    match contact::country(&new.country_code) {
        Ok(code) => new.country_code = code,
        Err(wrong) => faults.push(FieldFault::of("country_code", wrong)),
    }
    match contact::line(&new.label, LONGEST_LABEL) {
        Ok(label) => new.label = label,
        Err(wrong) => faults.push(FieldFault::of("label", wrong)),
    }
    if !(1..=100).contains(&new.rate_percent) {
        faults.push(FieldFault::new("rate_percent", "out_of_range").with("min", 1).with("max", 100));
    }
    if !(1..=LARGEST).contains(&new.base.den) || !(1..=new.base.den).contains(&new.base.num) {
        faults.push(FieldFault::new("base", "invalid_fraction"));
    }
    let today = business_day(ctx.now());
    let is_ahead = new.valid_from > today
        && today.checked_add_days(Days::new(DAYS_AHEAD)).is_some_and(|latest| new.valid_from <= latest);
    if !is_ahead {
        faults.push(FieldFault::new("valid_from", "not_ahead"));
    }
    if faults.is_empty() { Ok(new) } else { Err(CommonFault::Invalid(faults)) }
}

/// A rule as the audit trail keeps it.
fn told(row: &tax_rule::Model) -> Value {
    json!({
        "country_code": row.country_code,
        "label": row.label,
        "rate": format!("{}/{}", row.rate_num, row.rate_den),
        "base": format!("{}/{}", row.base_num, row.base_den),
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
    })
}
