//! Reading and saving sections.
use super::sections::{
    Automation, Billing, Books, Checks, Company, Installation, LateFees, Numbering, Sales, Tax, Wallet,
};
use crate::{
    domain::{Ctx, Services},
    kernel::{
        audit::Change,
        db::WriteTx,
        fault::{CommonFault, FieldFault},
        memo::{Family, Memo},
    },
};
use chrono::NaiveDate;
use entity::{platform::setting, value::contact::Wrong};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait, QuerySelect, sea_query::OnConflict};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Characters of an unknown name that are told back.
const TOLD: usize = 60;
/// Wrong fields that are told at once.
const MAX_FAULTS: usize = 20;

/// What can go wrong with settings: wrong input by field, or the database.
pub type SettingsError = CommonFault;

/// A section: one row.
pub trait Section: Serialize + DeserializeOwned + Default + Clone + Send + Sync + 'static {
    /// Key of its row.
    const KEY: &'static str;

    /// Fields that no person changes by saving the section (see `keep`).
    const KEPT: &'static [&'static str] = &[];

    /// Brings every field into its stored form and notes what is wrong.
    fn clean(&mut self, fields: &mut Fields);

    /// Takes over from the stored section what a person does not change by saving it.
    fn keep(&mut self, _stored: &Self) {}
}

/// Collects what is wrong with the fields of a section.
#[derive(Debug, Default)]
pub struct Fields(Vec<FieldFault>);

impl Fields {
    /// Notes that `field` is wrong.
    pub fn fault(&mut self, field: &str, code: &'static str) {
        self.0.push(FieldFault::new(field, code));
    }

    /// Replaces `text` by its stored form, or notes what is wrong.
    pub fn put(&mut self, field: &str, text: &mut String, form: impl FnOnce(&str) -> Result<String, Wrong>) {
        match form(text) {
            Ok(stored) => *text = stored,
            Err(wrong) => self.0.push(FieldFault::of(field, wrong)),
        }
    }

    /// Like `put`, but nothing is allowed too.
    pub fn put_unless_empty(
        &mut self,
        field: &str,
        text: &mut String,
        form: impl FnOnce(&str) -> Result<String, Wrong>,
    ) {
        if text.trim().is_empty() {
            text.clear();
        } else {
            self.put(field, text, form);
        }
    }

    /// Notes a number outside `least..=most`.
    pub fn range(&mut self, field: &str, value: i64, least: i64, most: i64) {
        if !(least..=most).contains(&value) {
            self.0.push(FieldFault::new(field, "out_of_range").with("min", least).with("max", most));
        }
    }
}

/// All sections as they stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Who sells.
    pub company: Company,
    /// How the seller is taxed.
    pub tax: Tax,
    /// Patterns of document numbers.
    pub numbering: Numbering,
    /// Days and words of invoices.
    pub billing: Billing,
    /// Fees for what is paid late.
    pub late_fees: LateFees,
    /// How the books are kept.
    pub books: Books,
    /// When automation holds itself back.
    pub automation: Automation,
    /// Rules of the shop.
    pub sales: Sales,
    /// Limits of wallets.
    pub wallet: Wallet,
    /// Which installation this is.
    pub installation: Installation,
    /// What was tried or confirmed.
    pub checks: Checks,
}

impl Settings {
    /// The seller as documents of `day` (business day) keep him: the company, and whether he charges PPN.
    pub fn seller_on(&self, day: NaiveDate) -> Value {
        let mut seller = json!(self.company);
        seller["is_pkp"] = self.tax.charges_ppn_on(day).into();
        seller
    }
}

/// The settings of late.
pub struct KnownSettings(Memo<(), Arc<Settings>>);

impl Default for KnownSettings {
    fn default() -> Self {
        Self(Memo::new(&[Family::Settings], 1))
    }
}

/// All settings as they stand, mostly from memory. Inside a transaction use `load`.
///
/// # Errors
/// See `load`.
pub async fn current(services: &Services) -> Result<Arc<Settings>, DbErr> {
    let read = async { Ok(Some(Arc::new(load(&services.db).await?))) };
    Ok(services.kept.settings.0.get(&services.live, &(), read).await?.unwrap_or_default())
}

/// All settings in one query; sections never saved have their defaults.
///
/// # Errors
/// The database; a row that is not the section it names.
pub async fn load(db: &impl ConnectionTrait) -> Result<Settings, DbErr> {
    let mut settings = Settings::default();
    for row in setting::Entity::find().all(db).await? {
        match row.key.as_str() {
            Company::KEY => settings.company = read(row)?,
            Tax::KEY => settings.tax = read(row)?,
            Numbering::KEY => settings.numbering = read(row)?,
            Billing::KEY => settings.billing = read(row)?,
            LateFees::KEY => settings.late_fees = read(row)?,
            Books::KEY => settings.books = read(row)?,
            Automation::KEY => settings.automation = read(row)?,
            Sales::KEY => settings.sales = read(row)?,
            Wallet::KEY => settings.wallet = read(row)?,
            Installation::KEY => settings.installation = read(row)?,
            Checks::KEY => settings.checks = read(row)?,
            // Rows of other contexts and of newer versions are none of ours.
            _ => {}
        }
    }
    Ok(settings)
}

fn read<S: Section>(row: setting::Model) -> Result<S, DbErr> {
    serde_json::from_value(row.value).map_err(|error| DbErr::Custom(format!("setting {}: {error}", row.key)))
}

async fn find<S: Section>(db: &impl ConnectionTrait) -> Result<S, DbErr> {
    setting::Entity::find_by_id(S::KEY).one(db).await?.map_or_else(|| Ok(S::default()), read)
}

/// Validates and saves one section with its audit row; gives it as stored. Saving the same twice changes nothing.
/// Deciding the tax status counts as confirming it for the checklist.
///
/// # Errors
/// `Invalid` by field; the database.
pub async fn save_section<S: Section>(ctx: &Ctx, section: S) -> Result<S, SettingsError> {
    let tx = ctx.begin().await?;
    let saved = save_section_in(ctx, &tx, section).await?;
    tx.commit().await?;
    Ok(saved)
}

/// The same inside a transaction that saves something else too.
///
/// # Errors
/// See `save_section`.
pub async fn save_section_in<S: Section>(ctx: &Ctx, tx: &WriteTx, mut section: S) -> Result<S, SettingsError> {
    let mut fields = Fields::default();
    section.clean(&mut fields);
    if !fields.0.is_empty() {
        return Err(CommonFault::Invalid(fields.0));
    }
    let stored: S = find(tx).await?;
    section.keep(&stored);
    write(ctx, tx, &stored, &section).await?;
    if S::KEY == Tax::KEY {
        let checks: Checks = find(tx).await?;
        let confirmed = Checks { tax_confirmed_at: Some(ctx.now()), ..checks.clone() };
        write(ctx, tx, &checks, &confirmed).await?;
    }
    Ok(section)
}

/// The fields of a section by their names, without those that no person changes by saving it.
///
/// # Errors
/// `Internal` where the section cannot be written as JSON.
pub fn fields_of<S: Section>(section: &S) -> Result<Map<String, Value>, SettingsError> {
    let value = serde_json::to_value(section).map_err(|error| CommonFault::Internal(error.to_string()))?;
    let Value::Object(mut fields) = value else {
        return Err(CommonFault::Internal(format!("the section {} has no fields", S::KEY)));
    };
    fields.retain(|name, _| !S::KEPT.contains(&name.as_str()));
    Ok(fields)
}

/// As `save_section`, of the fields that `changes` names (see `fields_of`); the others stay as they are at that moment.
/// Naming none changes nothing.
///
/// # Errors
/// `Invalid` by field: `unknown` for a name the section does not have, `invalid` for a value of another kind, and as
/// `save_section`; the database.
pub async fn change_fields<S: Section>(ctx: &Ctx, changes: &Map<String, Value>) -> Result<S, SettingsError> {
    let tx = ctx.begin().await?;
    let changed = change_fields_in(ctx, &tx, changes).await?;
    tx.commit().await?;
    Ok(changed)
}

/// The same inside a transaction that saves something else too.
///
/// # Errors
/// See `change_fields`.
pub async fn change_fields_in<S: Section>(
    ctx: &Ctx,
    tx: &WriteTx,
    changes: &Map<String, Value>,
) -> Result<S, SettingsError> {
    // Locked: a field that is not named must still be what was read when it is written back.
    let row = setting::Entity::find_by_id(S::KEY).lock_exclusive().one(tx).await?;
    let stored: S = row.map_or_else(|| Ok(S::default()), read::<S>)?;
    if changes.is_empty() {
        return Ok(stored);
    }
    save_section_in(ctx, tx, with(&stored, changes)?).await
}

/// `stored` with `changes`.
fn with<S: Section>(stored: &S, changes: &Map<String, Value>) -> Result<S, SettingsError> {
    let mut fields = fields_of(stored)?;
    let mut faults = Vec::new();
    for (name, value) in changes {
        let Some(before) = fields.get(name).cloned() else {
            faults.push(FieldFault::new(name.chars().take(TOLD).collect::<String>(), "unknown"));
            continue;
        };
        // One by one, so that the one of another kind is named.
        fields.insert(name.clone(), value.clone());
        if serde_json::from_value::<S>(Value::Object(fields.clone())).is_err() {
            faults.push(FieldFault::new(name.clone(), "invalid"));
            fields.insert(name.clone(), before);
        }
    }
    if !faults.is_empty() {
        faults.truncate(MAX_FAULTS);
        return Err(CommonFault::Invalid(faults));
    }
    serde_json::from_value(Value::Object(fields)).map_err(|error| CommonFault::Internal(error.to_string()))
}

/// Changes a section in place, in one transaction with its audit row.
pub(super) async fn change<S: Section>(ctx: &Ctx, by: impl FnOnce(&mut S)) -> Result<S, SettingsError> {
    let tx = ctx.begin().await?;
    let stored: S = find(&tx).await?;
    let mut changed = stored.clone();
    by(&mut changed);
    write(ctx, &tx, &stored, &changed).await?;
    tx.commit().await?;
    Ok(changed)
}

async fn write<S: Section>(ctx: &Ctx, tx: &WriteTx, before: &S, after: &S) -> Result<(), DbErr> {
    let json = |section: &S| serde_json::to_value(section).map_err(|error| DbErr::Custom(error.to_string()));
    let (before, after) = (json(before)?, json(after)?);
    let row = setting::ActiveModel {
        key: Set(S::KEY.to_owned()),
        value: Set(after.clone()),
        updated_by: Set(ctx.actor.id().to_owned()),
        updated_at: Set(ctx.now()),
    };
    let replace = OnConflict::column(setting::Column::Key)
        .update_columns([setting::Column::Value, setting::Column::UpdatedBy, setting::Column::UpdatedAt])
        .to_owned();
    setting::Entity::insert(row).on_conflict(replace).exec_without_returning(tx).await?;
    if before != after {
        let change = Change {
            action: "platform.settings.save",
            target_type: "setting",
            target_id: S::KEY,
            before: Some(before),
            after: Some(after),
            ..Change::default()
        };
        ctx.audit(tx, change).await?;
    }
    tx.wake_after_commit("staff");
    Ok(())
}

/// Says yes to the number series and their start values.
///
/// # Errors
/// The database.
pub async fn confirm_numbering(ctx: &Ctx) -> Result<(), SettingsError> {
    let now = ctx.now();
    change(ctx, |checks: &mut Checks| checks.numbering_confirmed_at = Some(now)).await.map(drop)
}

/// Lets suspensions and removals go on for the rest of the business day `day`, whatever the circuit breaker says.
///
/// # Errors
/// The database.
pub async fn release_breaker(ctx: &Ctx, day: NaiveDate) -> Result<(), SettingsError> {
    change(ctx, |automation: &mut Automation| automation.released_on = Some(day)).await.map(drop)
}

/// Notes that a test mail was accepted.
///
/// # Errors
/// The database.
pub async fn record_mail_test(ctx: &Ctx) -> Result<(), SettingsError> {
    let now = ctx.now();
    change(ctx, |checks: &mut Checks| checks.mail_tested_at = Some(now)).await.map(drop)
}

/// The id of this installation: made on the first call, the same ever after.
///
/// # Errors
/// The database.
pub async fn ensure_installation(ctx: &Ctx) -> Result<String, SettingsError> {
    let made = Installation { id: entity::value::next_ulid().to_string().to_lowercase() };
    let row = setting::ActiveModel {
        key: Set(Installation::KEY.to_owned()),
        value: Set(serde_json::json!(made)),
        updated_by: Set(ctx.actor.id().to_owned()),
        updated_at: Set(ctx.now()),
    };
    let tx = ctx.begin().await?;
    let keep = OnConflict::column(setting::Column::Key).do_nothing().to_owned();
    setting::Entity::insert(row).on_conflict(keep).exec_without_returning(&tx).await?;
    let stored: Installation = find(&tx).await?;
    tx.commit().await?;
    Ok(stored.id)
}
