//! Our accounts at gateways: which exist, their keys, whether they work, and the ways to pay they offer.
//!
//! Keys of the environment make the default account of their gateway for as long as they are set; it is read-only here.
//! All others are rows whose settings are encrypted for their id.
use super::{PaymentError, trouble};
use crate::{
    domain::Ctx,
    integrations::{
        Acceptance, SettingKind,
        gateways::{AccountSettings, MethodOffer, PaymentGateway},
    },
    kernel::{audit::Change, db::WriteTx, fault::FieldFault, token},
};
use entity::{
    payments::payment_account,
    value::{PaymentAccountId, contact},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, sea_query::OnConflict,
};
use secrecy::SecretString;
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Longest name of an account, in characters.
const LONGEST_NAME: usize = 80;
/// Longest address of a gateway, in characters.
const LONGEST_ADDRESS: usize = 255;
/// Longest setting, in characters; private keys are the longest ones.
const LONGEST_SETTING: usize = 4_000;

/// Places an account may have, and the one it gets where nobody says.
const FIRST_POSITION: i32 = 1;
const LAST_POSITION: i32 = 999;
const USUAL_POSITION: i32 = 100;

/// An account ready to be used: its row, its gateway and its opened settings.
#[derive(Clone)]
pub struct OpenAccount {
    /// The row.
    pub row: payment_account::Model,
    /// The adapter.
    pub gateway: Arc<dyn PaymentGateway>,
    /// Keys, for the length of a call.
    pub settings: AccountSettings,
}

/// One way to pay as a customer can choose it now.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Which gateway.
    pub gateway: &'static str,
    /// What it offers.
    pub method: MethodOffer,
}

/// Makes the row of the environment's account, if the configuration names one. Safe to repeat.
///
/// # Errors
/// The database.
pub async fn ensure_environment_account(ctx: &Ctx) -> Result<(), PaymentError> {
    const GATEWAY: &str = "midtrans";
    if ctx.config.midtrans.server_key.is_none() || find_by_token(&ctx.db, GATEWAY).await?.is_some() {
        return Ok(());
    }
    let now = ctx.now();
    let row = payment_account::ActiveModel {
        id: Set(PaymentAccountId::generate()),
        gateway: Set(GATEWAY.to_owned()),
        name: Set("Midtrans".to_owned()),
        // Its notifications come to the address without a token; this one only keeps twins from making it twice.
        token: Set(GATEWAY.to_owned()),
        is_default: Set(true),
        is_enabled: Set(true),
        position: Set(FIRST_POSITION),
        hidden_ways: Set(json!([])),
        is_from_environment: Set(true),
        settings_sealed: Set(String::new()),
        base_url: Set(None),
        tested_at: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
    };
    let tx = ctx.begin().await?;
    let keep = OnConflict::column(payment_account::Column::Token).do_nothing().to_owned();
    payment_account::Entity::insert(row).on_conflict(keep).exec_without_returning(&tx).await?;
    tx.commit().await?;
    Ok(())
}

/// Whether an account has keys now: the row of the environment's account outlives the variables it was made from, and
/// must not stand in the way of an account made by hand.
fn is_configured(ctx: &Ctx, row: &payment_account::Model) -> bool {
    !row.is_from_environment || ctx.config.midtrans.server_key.is_some()
}

async fn find_by_token(db: &impl ConnectionTrait, token: &str) -> Result<Option<payment_account::Model>, PaymentError> {
    Ok(payment_account::Entity::find().filter(payment_account::Column::Token.eq(token)).one(db).await?)
}

/// Opens the account of `gateway`: the one with `token`, or the default one.
///
/// # Errors
/// `NotConfigured`; secrets that cannot be opened; the database.
pub async fn open(ctx: &Ctx, gateway: &str, token: Option<&str>) -> Result<OpenAccount, PaymentError> {
    let rows = match token {
        Some(token) => find_by_token(&ctx.db, token).await?.into_iter().collect(),
        None => {
            ensure_environment_account(ctx).await?;
            // The environment's account goes before a row somebody made default.
            payment_account::Entity::find()
                .filter(payment_account::Column::Gateway.eq(gateway))
                .filter(payment_account::Column::IsDefault.eq(true))
                .order_by_desc(payment_account::Column::IsFromEnvironment)
                .order_by_asc(payment_account::Column::Id)
                .all(&ctx.db)
                .await?
        }
    };
    let row = rows.into_iter().find(|row| row.gateway == gateway && is_configured(ctx, row));
    open_row(ctx, row.ok_or(PaymentError::NotConfigured)?)
}

/// Where the gateway reports to about an account, without scheme and host.
pub fn notification_path(row: &payment_account::Model) -> String {
    match row.is_from_environment {
        true => format!("/api/webhooks/{}/notification", row.gateway),
        false => format!("/api/webhooks/{}/{}/notification", row.gateway, row.token),
    }
}

/// Opens the account an attempt was made through, also when it is no longer offered.
///
/// # Errors
/// `NotConfigured`; secrets that cannot be opened; the database.
pub async fn open_by_id(ctx: &Ctx, id: &PaymentAccountId) -> Result<OpenAccount, PaymentError> {
    let row = payment_account::Entity::find_by_id(id.clone()).one(&ctx.db).await?;
    open_row(ctx, row.ok_or(PaymentError::NotConfigured)?)
}

fn open_row(ctx: &Ctx, row: payment_account::Model) -> Result<OpenAccount, PaymentError> {
    let gateway = ctx.gateway(&row.gateway).cloned().ok_or(PaymentError::NotConfigured)?;
    let settings = settings_of(ctx, &row)?;
    Ok(OpenAccount { row, gateway, settings })
}

fn settings_of(ctx: &Ctx, row: &payment_account::Model) -> Result<AccountSettings, PaymentError> {
    if row.is_from_environment {
        let config = &ctx.config.midtrans;
        let key = config.server_key.clone().ok_or(PaymentError::NotConfigured)?;
        let mut values = BTreeMap::from([("server_key".to_owned(), key)]);
        if let Some(client_key) = &config.client_key {
            values.insert("client_key".to_owned(), SecretString::from(client_key.clone()));
        }
        values.insert("is_production".to_owned(), SecretString::from(config.is_production.to_string()));
        return Ok(AccountSettings { base_url: config.base_url.clone(), values });
    }
    let values = read_sealed(ctx, row)?.into_iter().map(|(name, value)| (name, SecretString::from(value))).collect();
    Ok(AccountSettings { base_url: row.base_url.clone(), values })
}

fn read_sealed(ctx: &Ctx, row: &payment_account::Model) -> Result<BTreeMap<String, String>, PaymentError> {
    let broken = |error: &dyn std::fmt::Display| {
        crate::kernel::fault::CommonFault::Internal(format!("settings of payment account {}: {error}", row.id))
    };
    let opened = ctx.secrets.open(row.id.as_str(), &row.settings_sealed).map_err(|error| broken(&error))?;
    Ok(serde_json::from_slice(&opened).map_err(|error| broken(&error))?)
}

/// The ways to pay `amount_minor` rupiah now, in the order of the accounts. What several accounts offer is offered once,
/// through the first of them that takes the amount.
///
/// # Errors
/// The database.
pub async fn methods_for(ctx: &Ctx, amount_minor: i64) -> Result<Vec<Offer>, PaymentError> {
    let rows = list(ctx).await?;
    let is_used = |row: &&payment_account::Model| row.is_default && row.is_enabled && is_configured(ctx, row);
    let mut offers: Vec<Offer> = Vec::new();
    let mut gateways: Vec<&str> = Vec::new();
    for row in rows.iter().filter(is_used) {
        // The environment's account stands before a row of its gateway that is default as well.
        let Some(gateway) = ctx.gateway(&row.gateway).filter(|gateway| !gateways.contains(&gateway.code())) else {
            continue;
        };
        gateways.push(gateway.code());
        // An account whose keys cannot be opened cannot be paid by, and must not keep others from being shown.
        let settings = match settings_of(ctx, row) {
            Ok(settings) => settings,
            Err(error) => {
                tracing::error!(account.id = %row.id, %error, "The keys of a payment account cannot be opened");
                continue;
            }
        };
        let lifetime = match gateway.by_people().map(|people| people.terms(&settings)) {
            Some(Ok(terms)) => Some(terms.lifetime),
            // What could not be used would be refused on being chosen.
            Some(Err(_)) => continue,
            None => None,
        };
        let hidden = hidden_ways(row);
        for mut method in gateway.offers(&settings) {
            if hidden.contains(&method.key()) {
                continue;
            }
            method.lifetime = lifetime.unwrap_or(method.lifetime);
            let fits = (method.min_minor..=method.max_minor).contains(&amount_minor);
            if fits && offers.iter().all(|offer| what_payer_sees(&offer.method) != what_payer_sees(&method)) {
                offers.push(Offer { gateway: gateway.code(), method });
            }
        }
    }
    Ok(offers)
}

/// As [`methods_for`], but for ways for which the payer has to enter something first.
///
/// # Errors
/// The database.
pub async fn plain_methods_for(ctx: &Ctx, amount_minor: i64) -> Result<Vec<Offer>, PaymentError> {
    let mut offers = methods_for(ctx, amount_minor).await?;
    offers.retain(|offer| offer.method.needs.is_none());
    Ok(offers)
}

/// The ways an account does not offer to customers, by `MethodOffer::key`.
pub fn hidden_ways(row: &payment_account::Model) -> BTreeSet<String> {
    row.hidden_ways.as_array().into_iter().flatten().filter_map(|key| key.as_str().map(str::to_owned)).collect()
}

/// Chooses the ways an account offers to customers; whatever else it could be paid by is hidden. What waits for money
/// already is not touched. The keys of the environment's account are read-only, its ways are not.
///
/// # Errors
/// `NotConfigured`; `Invalid` (`ways`) where none is left; the database.
pub async fn offer_ways(ctx: &Ctx, id: &PaymentAccountId, offered: &BTreeSet<String>) -> Result<(), PaymentError> {
    let account = open_by_id(ctx, id).await?;
    let keys: BTreeSet<String> = account.gateway.methods().iter().map(MethodOffer::key).collect();
    let hidden: BTreeSet<&String> = keys.difference(offered).collect();
    if hidden.len() == keys.len() {
        return Err(PaymentError::Invalid(vec![FieldFault::new("ways", "required")]));
    }
    let tx = ctx.begin().await?;
    let before = payment_account::Entity::find_by_id(id.clone()).lock_exclusive().one(&tx).await?;
    let before = before.ok_or(PaymentError::NotConfigured)?;
    payment_account::Entity::update_many()
        .set(payment_account::ActiveModel {
            hidden_ways: Set(json!(hidden)),
            updated_at: Set(ctx.now()),
            ..Default::default()
        })
        .filter(payment_account::Column::Id.eq(id))
        .exec(&tx)
        .await?;
    let change = Change {
        action: "payments.account.offer_ways",
        target_type: "payment_account",
        target_id: id.as_str(),
        before: Some(json!({"hidden_ways": before.hidden_ways})),
        after: Some(json!({"hidden_ways": hidden})),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.commit().await?;
    Ok(())
}

/// What tells one way to pay from another for the payer: Mandiri is Mandiri, by bill or by virtual account.
fn what_payer_sees(method: &MethodOffer) -> (&'static str, Option<&'static str>) {
    match (method.method, method.option) {
        ("echannel", None) => ("bank_transfer", Some("mandiri")),
        way => way,
    }
}

/// Every account, in the order in which they are offered: the environment's first, then by place, the oldest first.
///
/// # Errors
/// The database.
pub async fn list(ctx: &Ctx) -> Result<Vec<payment_account::Model>, PaymentError> {
    ensure_environment_account(ctx).await?;
    Ok(payment_account::Entity::find()
        .order_by_desc(payment_account::Column::IsFromEnvironment)
        .order_by_asc(payment_account::Column::Position)
        .order_by_asc(payment_account::Column::Id)
        .all(&ctx.db)
        .await?)
}

/// The settings of an account as a form shows them: secrets never, only whether they are set.
///
/// # Errors
/// `NotFound`, `NotConfigured`; secrets that cannot be opened; the database.
pub async fn shown_settings(
    ctx: &Ctx,
    id: &PaymentAccountId,
) -> Result<BTreeMap<&'static str, Option<String>>, PaymentError> {
    let account = open_by_id(ctx, id).await?;
    let shown = account.gateway.settings().into_iter().map(|field| {
        let value = account.settings.get(field.name);
        let value = match field.kind {
            _ if value.is_empty() => None,
            SettingKind::Secret => Some("••••••••".to_owned()),
            _ => Some(value.to_owned()),
        };
        (field.name, value)
    });
    Ok(shown.collect())
}

/// What a person enters for an account.
#[derive(Clone, Debug, Default)]
pub struct AccountInput {
    /// Name for staff.
    pub name: String,
    /// Whether it is offered.
    pub is_enabled: bool,
    /// Whether it is used where no other is named.
    pub is_default: bool,
    /// Place among the accounts, 1 to 999; the account with the lowest offers a way to pay that several know. None
    /// keeps the usual one.
    pub position: Option<i32>,
    /// Address instead of the vendor's.
    pub base_url: Option<String>,
    /// Settings by name; one left empty or out keeps its value.
    pub values: BTreeMap<String, String>,
}

/// Makes an account at `gateway`.
///
/// # Errors
/// `NotConfigured` for an unknown gateway, `Invalid` by field; the database.
pub async fn create(ctx: &Ctx, gateway: &str, input: AccountInput) -> Result<payment_account::Model, PaymentError> {
    let adapter = ctx.gateway(gateway).cloned().ok_or(PaymentError::NotConfigured)?;
    let values = merged(adapter.as_ref(), BTreeMap::new(), &input.values)?;
    let (id, now) = (PaymentAccountId::generate(), ctx.now());
    let row = payment_account::Model {
        settings_sealed: ctx.secrets.seal(id.as_str(), json!(values).to_string().as_bytes()),
        id,
        gateway: gateway.to_owned(),
        name: named(&input.name)?,
        token: token::random().chars().take(40).collect(),
        is_default: input.is_default,
        is_enabled: input.is_enabled,
        position: placed(input.position)?,
        hidden_ways: json!([]),
        is_from_environment: false,
        base_url: address(input.base_url)?,
        tested_at: None,
        created_at: now,
        updated_at: now,
    };
    let tx = ctx.begin().await?;
    write(ctx, tx, row, "payments.account.create").await
}

/// Changes an account to what `input` makes of it as it is then: of two changes at once neither is lost. A secret that is replaced is kept as `<name>_previous` where the gateway knows such a setting,
/// so that notifications signed with the old key are still believed until it is emptied.
///
/// # Errors
/// `NotFound`, `ReadOnly` for the environment's account, `Invalid` by field; the database.
pub async fn update(
    ctx: &Ctx,
    id: &PaymentAccountId,
    input: impl FnOnce(&payment_account::Model) -> AccountInput,
) -> Result<payment_account::Model, PaymentError> {
    let tx = ctx.begin().await?;
    let row = payment_account::Entity::find_by_id(id.clone()).lock_exclusive().one(&tx).await?;
    let account = open_row(ctx, row.ok_or(PaymentError::NotConfigured)?)?;
    let input = input(&account.row);
    if account.row.is_from_environment {
        return Err(PaymentError::ReadOnly);
    }
    let values = merged(account.gateway.as_ref(), read_sealed(ctx, &account.row)?, &input.values)?;
    let row = payment_account::Model {
        settings_sealed: ctx.secrets.seal(id.as_str(), json!(values).to_string().as_bytes()),
        name: named(&input.name)?,
        is_default: input.is_default,
        is_enabled: input.is_enabled,
        position: placed(input.position.or(Some(account.row.position)))?,
        base_url: address(input.base_url)?,
        tested_at: None,
        updated_at: ctx.now(),
        ..account.row
    };
    write(ctx, tx, row, "payments.account.update").await
}

fn named(name: &str) -> Result<String, PaymentError> {
    contact::line(name, LONGEST_NAME).map_err(|wrong| PaymentError::Invalid(vec![FieldFault::of("name", wrong)]))
}

/// A place among the accounts.
fn placed(position: Option<i32>) -> Result<i32, PaymentError> {
    let position = position.unwrap_or(USUAL_POSITION);
    if (FIRST_POSITION..=LAST_POSITION).contains(&position) {
        return Ok(position);
    }
    let wrong = FieldFault::new("position", "out_of_range").with("min", FIRST_POSITION).with("max", LAST_POSITION);
    Err(PaymentError::Invalid(vec![wrong]))
}

/// An address of the web, or none.
fn address(url: Option<String>) -> Result<Option<String>, PaymentError> {
    let Some(url) = url.map(|url| url.trim().to_owned()).filter(|url| !url.is_empty()) else { return Ok(None) };
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    if is_web && url.len() <= LONGEST_ADDRESS && url.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(Some(url))
    } else {
        Err(PaymentError::Invalid(vec![FieldFault::new("base_url", "invalid")]))
    }
}

/// The stored settings with what was entered; unknown names are faults, empty entries keep what is stored.
fn merged(
    gateway: &dyn PaymentGateway,
    mut stored: BTreeMap<String, String>,
    entered: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, PaymentError> {
    let fields = gateway.settings();
    let mut faults: Vec<FieldFault> = entered
        .keys()
        .filter(|name| fields.iter().all(|field| field.name != name.as_str()))
        .map(|name| FieldFault::new(name.clone(), "unknown"))
        .collect();
    for field in &fields {
        if let Some(value) = entered.get(field.name).map(|value| value.trim()).filter(|value| !value.is_empty()) {
            if value.chars().count() > LONGEST_SETTING {
                faults.push(FieldFault::new(field.name, "too_long").with("max", LONGEST_SETTING));
            }
            let old = stored.insert(field.name.to_owned(), value.to_owned());
            let previous = format!("{}_previous", field.name);
            if let Some(old) = old.filter(|old| old != value && fields.iter().any(|field| field.name == previous)) {
                stored.insert(previous, old);
            }
        }
        if field.required && !stored.contains_key(field.name) {
            faults.push(FieldFault::new(field.name, "required"));
        }
    }
    if let (Some(people), true) = (gateway.by_people(), faults.is_empty()) {
        let values = stored.iter().map(|(name, value)| (name.clone(), SecretString::from(value.clone()))).collect();
        let account = AccountSettings { base_url: None, values };
        faults.extend(people.terms(&account).err().map(|fault| {
            let told = FieldFault::new(fault.field, fault.code);
            fault.range.map_or(told.clone(), |(min, max)| told.with("min", min).with("max", max))
        }));
    }
    if faults.is_empty() { Ok(stored) } else { Err(PaymentError::Invalid(faults)) }
}

async fn write(
    ctx: &Ctx,
    tx: WriteTx,
    row: payment_account::Model,
    action: &'static str,
) -> Result<payment_account::Model, PaymentError> {
    if row.is_default {
        payment_account::Entity::update_many()
            .set(payment_account::ActiveModel { is_default: Set(false), ..Default::default() })
            .filter(payment_account::Column::Gateway.eq(&row.gateway))
            .filter(payment_account::Column::IsFromEnvironment.eq(false))
            .exec(&tx)
            .await?;
    }
    let replace = OnConflict::column(payment_account::Column::Id)
        .update_columns([
            payment_account::Column::Name,
            payment_account::Column::IsDefault,
            payment_account::Column::IsEnabled,
            payment_account::Column::Position,
            payment_account::Column::SettingsSealed,
            payment_account::Column::BaseUrl,
            payment_account::Column::TestedAt,
            payment_account::Column::UpdatedAt,
        ])
        .to_owned();
    payment_account::Entity::insert(row.clone().into_active_model().reset_all())
        .on_conflict(replace)
        .exec_without_returning(&tx)
        .await?;
    let change = Change {
        action,
        target_type: "payment_account",
        target_id: row.id.as_str(),
        after: Some(json!({"name": row.name, "is_default": row.is_default, "is_enabled": row.is_enabled})),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    ctx.made(&tx, row.id.as_str()).await?;
    tx.commit().await?;
    Ok(row)
}

/// Asks the gateway whether an account works, without moving money and without noting anything.
///
/// # Errors
/// `NotConfigured`; what the gateway says (`GatewayRefused`, `GatewayUnavailable`, `GatewayUnknown`); the database.
pub async fn probe(ctx: &Ctx, id: &PaymentAccountId) -> Result<Acceptance, PaymentError> {
    let account = open_by_id(ctx, id).await?;
    Ok(account.gateway.check(&account.settings).await?)
}

/// Tests an account without moving money and notes that it works: the checklist counts it.
///
/// # Errors
/// As `probe`.
pub async fn test(ctx: &Ctx, id: &PaymentAccountId) -> Result<Acceptance, PaymentError> {
    let accepted = probe(ctx, id).await?;
    let tx = ctx.begin().await?;
    payment_account::Entity::update_many()
        .set(payment_account::ActiveModel { tested_at: Set(Some(ctx.now())), ..Default::default() })
        .filter(payment_account::Column::Id.eq(id))
        .exec(&tx)
        .await?;
    trouble::account_works(ctx, &tx, id).await?;
    tx.commit().await?;
    Ok(accepted)
}

/// Whether any account passed its connection test: a fact of the checklist.
///
/// # Errors
/// The database.
pub async fn is_any_tested(ctx: &Ctx) -> Result<bool, PaymentError> {
    let tested =
        payment_account::Entity::find().filter(payment_account::Column::TestedAt.is_not_null()).all(&ctx.db).await?;
    Ok(tested.iter().any(|row| is_configured(ctx, row)))
}
