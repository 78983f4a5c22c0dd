//! What the business decides, section by section, and its accounts at payment gateways.
use super::{
    EmptyForm,
    coupon_form::{basis_points, percent},
    done, history, refuse, tax_rules,
    view::{Action, Cell, Field, FormPage, Kind, ListPage, Table},
};
use crate::{
    domain::{
        Ctx,
        ledger::{self, Series},
        payments::{
            PaymentError,
            accounts::{self, AccountInput},
        },
        settings::{
            self, Automation, Billing, Books, Company, LateFees, Numbering, Sales, Section, Settings, SettingsError,
            Tax, Wallet,
        },
    },
    integrations::{
        SettingKind,
        gateways::{MethodOffer, PaymentGateway},
    },
    kernel::{fault::CommonFault, permission::can},
    web::{
        WebError, flash,
        form_errors::FormErrors,
        forms::SafeForm,
        frame::Frame,
        principal::{Fresh, Staff},
        respond,
        tone::Tone,
    },
};
use actix_web::{
    HttpResponse,
    web::{self, Path, ServiceConfig},
};
use entity::value::PaymentAccountId;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

const HOME: &str = "/whm/settings";
const ACCOUNTS: &str = "/whm/settings/accounts";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/settings", web::get().to(list))
        .route("/settings/accounts/new/{gateway}", web::get().to(new_account))
        .route("/settings/accounts/new/{gateway}", web::post().to(add_account))
        .route("/settings/accounts/{id}", web::get().to(edit_account))
        .route("/settings/accounts/{id}", web::post().to(save_account))
        .route("/settings/accounts/{id}/ways", web::get().to(show_ways))
        .route("/settings/accounts/{id}/ways", web::post().to(save_ways))
        .route("/settings/accounts/{id}/test", web::post().to(test_account))
        .route("/settings/{section}", web::get().to(edit))
        .route("/settings/{section}", web::post().to(save));
}

/// How an entry of a section is typed.
#[derive(Clone, Copy)]
enum Entry {
    Text,
    Long,
    Days,
    Minutes,
    Rupiah,
    Number,
    /// Hundredths of a percent, written as `2,5`.
    Percent,
    Switch,
    Date,
    OneOf(&'static [&'static str]),
}

type Entries = &'static [(&'static str, Entry)];

/// Every section with its entries in the order of the form; the labels are `settings-<section>-<entry>`.
const SECTIONS: &[(&str, Entries)] = &[
    (
        Company::KEY,
        &[
            ("name", Entry::Text),
            ("legal_name", Entry::Text),
            ("street", Entry::Text),
            ("city", Entry::Text),
            ("state", Entry::Text),
            ("postal_code", Entry::Text),
            ("country_code", Entry::Text),
            ("phone", Entry::Text),
            ("email", Entry::Text),
            ("npwp", Entry::Text),
            ("bank_name", Entry::Text),
            ("bank_account", Entry::Text),
            ("bank_account_name", Entry::Text),
        ],
    ),
    (
        Tax::KEY,
        &[
            ("is_pkp", Entry::Switch),
            ("pkp_since", Entry::Date),
            ("prices_include_tax", Entry::Switch),
            ("tax_point", Entry::OneOf(&["settlement", "issue"])),
            ("government_above_minor", Entry::Rupiah),
            ("government_counts_tax", Entry::Switch),
            ("collector_above_minor", Entry::Rupiah),
            ("collector_counts_tax", Entry::Switch),
            ("withholding_rate_bp", Entry::Percent),
            ("withholding_proof_days", Entry::Days),
        ],
    ),
    (
        Numbering::KEY,
        &[
            ("invoice", Entry::Text),
            ("credit_note", Entry::Text),
            ("order", Entry::Text),
            ("quote", Entry::Text),
            ("wallet", Entry::Text),
            ("invoice_first", Entry::Number),
            ("credit_note_first", Entry::Number),
            ("order_first", Entry::Number),
            ("quote_first", Entry::Number),
            ("wallet_first", Entry::Number),
        ],
    ),
    (
        Billing::KEY,
        &[
            ("order_due_days", Entry::Days),
            ("order_cancel_days", Entry::Days),
            ("grace_days", Entry::Days),
            ("retention_days", Entry::Days),
            ("renewal_notice_days", Entry::Days),
            ("monthly_notice_days", Entry::Days),
            ("trial_notice_days", Entry::Days),
            ("trial_grace_days", Entry::Days),
            ("trial_retention_days", Entry::Days),
            ("reminder_days", Entry::Text),
            ("warning_days", Entry::Text),
            ("late_payment_restarts", Entry::Switch),
            ("terms_note", Entry::Long),
            ("terms_note_en", Entry::Long),
            ("receipt_words", Entry::Long),
            ("receipt_words_en", Entry::Long),
            ("credit_words", Entry::Long),
            ("credit_words_en", Entry::Long),
            ("quote_words", Entry::Long),
            ("quote_words_en", Entry::Long),
        ],
    ),
    (
        LateFees::KEY,
        &[
            ("is_on", Entry::Switch),
            ("issued_since", Entry::Date),
            ("kind", Entry::OneOf(&["fixed", "percent"])),
            ("amount_minor", Entry::Rupiah),
            ("percent_bp", Entry::Percent),
            ("days_after", Entry::Days),
            ("every_days", Entry::Days),
            ("cap_minor", Entry::Rupiah),
            ("cap_percent_bp", Entry::Percent),
            ("due_days", Entry::Days),
            ("is_taxed", Entry::Switch),
        ],
    ),
    (Books::KEY, &[("defers_revenue", Entry::Switch)]),
    (
        Automation::KEY,
        &[
            ("suspension_multiple", Entry::Number),
            ("suspension_floor", Entry::Number),
            ("silent_hours", Entry::Number),
            ("chargeback_hold", Entry::Switch),
            ("sla_bp", Entry::Percent),
        ],
    ),
    (
        Sales::KEY,
        &[
            ("reservation_minutes", Entry::Minutes),
            ("quote_days", Entry::Days),
            ("terms_version", Entry::Text),
            ("privacy_version", Entry::Text),
        ],
    ),
    (
        Wallet::KEY,
        &[
            ("min_top_up_minor", Entry::Rupiah),
            ("max_top_up_minor", Entry::Rupiah),
            ("adjust_limit_minor", Entry::Rupiah),
        ],
    ),
];

fn entries_of(section: &str) -> Result<Entries, WebError> {
    let found = SECTIONS.iter().find(|(key, _)| *key == section).map(|(_, entries)| *entries);
    Ok(found.ok_or(CommonFault::NotFound)?)
}

/// Whether there is such a section.
pub(super) fn is_section(section: &str) -> bool {
    SECTIONS.iter().any(|(key, _)| *key == section)
}

/// A section as stored.
fn stored(settings: &Settings, section: &str) -> Result<Value, WebError> {
    let value = match section {
        Company::KEY => serde_json::to_value(&settings.company),
        Tax::KEY => serde_json::to_value(&settings.tax),
        Numbering::KEY => serde_json::to_value(&settings.numbering),
        Billing::KEY => serde_json::to_value(&settings.billing),
        LateFees::KEY => serde_json::to_value(&settings.late_fees),
        Books::KEY => serde_json::to_value(&settings.books),
        Automation::KEY => serde_json::to_value(&settings.automation),
        Sales::KEY => serde_json::to_value(&settings.sales),
        Wallet::KEY => serde_json::to_value(&settings.wallet),
        _ => return Err(CommonFault::NotFound.into()),
    };
    Ok(value.map_err(|error| CommonFault::Internal(error.to_string()))?)
}

/// A section as its form shows it: numbering with the first numbers of this year, which are rows of the ledger.
async fn shown(ctx: &Ctx, section: &str) -> Result<Value, WebError> {
    let settings = settings::load(&ctx.db).await.map_err(CommonFault::from)?;
    let mut value = stored(&settings, section)?;
    if section == Numbering::KEY {
        for (series, first) in ledger::first_numbers(ctx).await.map_err(CommonFault::from)? {
            value[format!("{}_first", series.name())] = first.into();
        }
    }
    Ok(value)
}

/// `GET /whm/settings`
pub async fn list(staff: Staff<can::ReadSettings>) -> Result<HttpResponse, WebError> {
    let rows = accounts::list(&staff.ctx).await?;
    let gateways: Vec<(&str, &str)> =
        staff.ctx.gateways.iter().map(|gateway| (gateway.code(), gateway.describe().name)).collect();
    let frame = staff.frame();
    let sections = SECTIONS.iter().map(|(key, _)| {
        let title = frame.t(&format!("settings-{key}"));
        vec![
            Cell::link(title, format!("{HOME}/{key}")),
            Cell::text(frame.t(&format!("settings-{key}-text"))),
            Cell::Nothing,
        ]
    });
    let rules = vec![
        Cell::link(frame.t("whm-tax-rules"), tax_rules::HOME),
        Cell::text(frame.t("whm-tax-rules-text")),
        Cell::Nothing,
    ];
    let accounts = rows.iter().map(|row| {
        vec![
            Cell::link(format!("{} · {}", row.gateway, row.name), format!("{ACCOUNTS}/{}", row.id)),
            Cell::text(frame.t("settings-account-text")),
            row.tested_at.map_or(Cell::text(frame.t("whm-untested")), Cell::Time),
        ]
    });
    let columns = [
        (frame.t("whm-section"), "cell-main"),
        (frame.t("whm-description"), "cell-sub"),
        (frame.t("whm-tested"), "cell-side"),
    ];
    let table = Table::new(frame.t("nav-settings"), columns).with(sections.chain([rules]).chain(accounts));
    let add = gateways.into_iter().map(|(code, name)| {
        Action::link(frame.ta("whm-account-add", [("name", name)]), format!("{ACCOUNTS}/new/{code}"), "plus")
    });
    respond::page(&ListPage {
        title: frame.t("nav-settings"),
        subtitle: String::new(),
        actions: if staff.may::<can::ManageSettings>() { add.collect() } else { Vec::new() },
        search: Default::default(),
        chips: Vec::new(),
        table,
        is_filtered: false,
        home: HOME.to_owned(),
        is_later: false,
        next: String::new(),
        frame,
    })
}

pub(super) fn section_page(frame: Frame, section: &str, values: &Value) -> Result<FormPage, WebError> {
    let fields = entries_of(section)?.iter().map(|(name, entry)| {
        let label = frame.t(&format!("settings-{section}-{}", name.replace('_', "-")));
        let value = match &values[*name] {
            Value::String(text) => text.clone(),
            // What could not be read is below zero, and typed anew.
            Value::Number(number) if matches!(entry, Entry::Percent) => number
                .as_i64()
                .filter(|points| *points >= 0)
                .map(|points| percent(points, frame.lang))
                .unwrap_or_default(),
            Value::Number(number) => number.to_string(),
            Value::Bool(true) => "1".to_owned(),
            _ => String::new(),
        };
        let choice = |words: &[&str]| {
            let option = |word: &&str| ((*word).to_owned(), frame.t(&format!("settings-{section}-{word}")));
            words.iter().map(option).collect()
        };
        let field = match entry {
            Entry::Text => Field::line(name, label).optional(),
            Entry::Long => Field::new(name, label, Kind::Long).optional(),
            Entry::Days => Field::number(name, label).unit(frame.t("whm-days")),
            Entry::Minutes => Field::number(name, label).unit(frame.t("whm-minutes")),
            Entry::Rupiah => Field::number(name, label).unit("Rp"),
            Entry::Number => Field::number(name, label),
            Entry::Percent => Field::line(name, label).unit("%"),
            Entry::Switch => Field::new(name, label, Kind::Switch),
            Entry::Date => Field::new(name, label, Kind::Line("date")).optional(),
            Entry::OneOf(words) => Field::new(name, label, Kind::Choice(choice(words))),
        };
        field.value(value)
    });
    let fields = fields.collect();
    Ok(FormPage {
        title: frame.t(&format!("settings-{section}")),
        subtitle: frame.t(&format!("settings-{section}-text")),
        back: HOME.to_owned(),
        back_label: frame.t("nav-settings"),
        action: format!("{HOME}/{section}"),
        submit: frame.t("action-save"),
        errors: FormErrors::none(),
        fields,
        actions: Vec::new(),
        frame,
    })
}

/// `GET /whm/settings/{section}`
pub async fn edit(staff: Staff<can::ReadSettings>, section: Path<String>) -> Result<HttpResponse, WebError> {
    let mut page = section_page(staff.frame(), &section, &shown(&staff.ctx, &section).await?)?;
    history::offer(&staff, &page.frame, &mut page.actions, &format!("{HOME}/{section}"));
    respond::page(&page)
}

/// What was sent, as the section's JSON: numbers and switches as such, what is not a number as a fault of the section.
fn as_json(entries: Entries, sent: &BTreeMap<String, String>) -> Value {
    let value = |name: &str, entry: Entry| {
        let text = sent.get(name).map(|text| text.trim()).unwrap_or_default();
        match entry {
            Entry::Switch => Value::Bool(text == "1"),
            Entry::Days | Entry::Minutes | Entry::Rupiah | Entry::Number => {
                Value::from(text.parse::<i64>().unwrap_or(-1))
            }
            Entry::Percent => Value::from(basis_points(text).unwrap_or(-1)),
            Entry::Date if text.is_empty() => Value::Null,
            Entry::Text | Entry::Long | Entry::Date | Entry::OneOf(_) => Value::from(text),
        }
    };
    let pairs = entries.iter().map(|(name, entry)| ((*name).to_owned(), value(name, *entry)));
    Value::Object(pairs.collect::<Map<String, Value>>())
}

fn parsed<S: Section + DeserializeOwned>(value: &Value) -> Result<S, SettingsError> {
    let wrong = |_| CommonFault::Invalid(vec![crate::kernel::fault::FieldFault::new(S::KEY, "invalid")]);
    serde_json::from_value(value.clone()).map_err(wrong)
}

async fn save_as<S: Section + DeserializeOwned>(ctx: &Ctx, value: &Value) -> Result<(), SettingsError> {
    settings::save_section(ctx, parsed::<S>(value)?).await.map(drop)
}

async fn save_numbering(ctx: &Ctx, value: &Value) -> Result<(), SettingsError> {
    let first = |series: Series| (series, value[format!("{}_first", series.name())].as_i64().unwrap_or(-1));
    ledger::save_numbering(ctx, parsed(value)?, &Series::ALL.map(first)).await
}

/// `POST /whm/settings/{section}`
pub async fn save(
    staff: Staff<can::ManageSettings>,
    section: Path<String>,
    SafeForm(sent): SafeForm<BTreeMap<String, String>>,
) -> Result<HttpResponse, WebError> {
    let value = as_json(entries_of(&section)?, &sent);
    let saved = match section.as_str() {
        Company::KEY => save_as::<Company>(&staff.ctx, &value).await,
        Tax::KEY => save_as::<Tax>(&staff.ctx, &value).await,
        Numbering::KEY => save_numbering(&staff.ctx, &value).await,
        Billing::KEY => save_as::<Billing>(&staff.ctx, &value).await,
        LateFees::KEY => save_as::<LateFees>(&staff.ctx, &value).await,
        Books::KEY => save_as::<Books>(&staff.ctx, &value).await,
        Automation::KEY => save_as::<Automation>(&staff.ctx, &value).await,
        Sales::KEY => save_as::<Sales>(&staff.ctx, &value).await,
        _ => save_as::<Wallet>(&staff.ctx, &value).await,
    };
    match saved {
        Ok(()) => Ok(done(HOME, "whm-saved")),
        Err(fault) => refuse(fault, section_page(staff.frame(), &section, &value)?),
    }
}

fn gateway(staff: &Staff<can::ManageSettings>, code: &str) -> Result<Arc<dyn PaymentGateway>, WebError> {
    Ok(staff.ctx.gateway(code).cloned().ok_or(CommonFault::NotFound)?)
}

/// The form of an account: what every account has, and what its gateway asks for. Secrets are never shown again.
pub(super) fn account_page(
    frame: Frame,
    gateway: &dyn PaymentGateway,
    action: String,
    sent: &BTreeMap<String, String>,
) -> FormPage {
    let value = |name: &str| sent.get(name).cloned().unwrap_or_default();
    let mut fields = vec![
        Field::line("name", frame.t("whm-name")).value(value("name")),
        Field::new("is_enabled", frame.t("whm-account-enabled"), Kind::Switch).value(value("is_enabled")),
        Field::new("is_default", frame.t("whm-account-default"), Kind::Switch).value(value("is_default")),
        Field::number("position", frame.t("whm-account-position"))
            .help(frame.t("whm-account-position-help"))
            .value(value("position")),
    ];
    if gateway.by_people().is_none() {
        let url = Field::line("base_url", frame.t("whm-account-url")).help(frame.t("whm-account-url-help"));
        fields.push(url.value(value("base_url")).optional());
    }
    fields.extend(gateway.settings().into_iter().map(|field| {
        let (kind, shown) = match field.kind {
            SettingKind::Secret => (Kind::Line("password"), String::new()),
            SettingKind::LongText => (Kind::Long, value(field.name)),
            SettingKind::Switch => {
                (Kind::Switch, if value(field.name) == "true" { "1".into() } else { value(field.name) })
            }
            SettingKind::Number => (Kind::Line("number"), value(field.name)),
            SettingKind::Text => (Kind::Line("text"), value(field.name)),
        };
        let is_kept = field.kind == SettingKind::Secret && sent.contains_key(field.name);
        let made = Field::new(field.name, frame.t(field.label_key), kind).help(frame.t(field.help_key)).value(shown);
        Field { required: field.required && !is_kept, ..made }
    }));
    FormPage {
        title: frame.ta("whm-account", [("name", gateway.describe().name)]),
        subtitle: String::new(),
        back: HOME.to_owned(),
        back_label: frame.t("nav-settings"),
        action,
        submit: frame.t("action-save"),
        errors: FormErrors::none(),
        fields,
        actions: Vec::new(),
        frame,
    }
}

/// `GET /whm/settings/accounts/new/{gateway}`
pub async fn new_account(staff: Staff<can::ManageSettings>, code: Path<String>) -> Result<HttpResponse, WebError> {
    let gateway = gateway(&staff, &code)?;
    let on = BTreeMap::from([
        ("is_enabled".to_owned(), "1".to_owned()),
        ("is_default".to_owned(), "1".to_owned()),
        ("position".to_owned(), "100".to_owned()),
    ]);
    respond::page(&account_page(staff.frame(), gateway.as_ref(), format!("{ACCOUNTS}/new/{code}"), &on))
}

fn input(gateway: &dyn PaymentGateway, sent: &BTreeMap<String, String>) -> AccountInput {
    let text = |name: &str| sent.get(name).map(|value| value.trim().to_owned()).unwrap_or_default();
    let values = gateway.settings().into_iter().map(|field| {
        let value = match field.kind {
            SettingKind::Switch => if text(field.name) == "1" { "true" } else { "false" }.to_owned(),
            _ => text(field.name),
        };
        (field.name.to_owned(), value)
    });
    AccountInput {
        name: text("name"),
        is_enabled: text("is_enabled") == "1",
        is_default: text("is_default") == "1",
        // What is no number is out of range, and told as that.
        position: Some(text("position")).filter(|text| !text.is_empty()).map(|text| text.parse().unwrap_or(0)),
        base_url: Some(text("base_url")).filter(|url| !url.is_empty()),
        values: values.collect(),
    }
}

/// `POST /whm/settings/accounts/new/{gateway}`
pub async fn add_account(
    staff: Fresh<can::ManageSettings>,
    code: Path<String>,
    SafeForm(sent): SafeForm<BTreeMap<String, String>>,
) -> Result<HttpResponse, WebError> {
    let here = format!("{ACCOUNTS}/new/{code}");
    let gateway = gateway(&staff, &code)?;
    match accounts::create(&staff.ctx, &code, input(gateway.as_ref(), &sent)).await {
        Ok(row) => Ok(done(&format!("{ACCOUNTS}/{}", row.id), "whm-saved")),
        Err(fault) => refuse(fault, account_page(staff.frame(), gateway.as_ref(), here, &sent)),
    }
}

/// `GET /whm/settings/accounts/{id}`
pub async fn edit_account(
    staff: Staff<can::ManageSettings>,
    id: Path<PaymentAccountId>,
) -> Result<HttpResponse, WebError> {
    let account = accounts::open_by_id(&staff.ctx, &id).await?;
    let row = &account.row;
    let shown = accounts::shown_settings(&staff.ctx, &id).await?;
    let mut sent: BTreeMap<String, String> =
        shown.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    let yes = |is: bool| if is { "1".to_owned() } else { String::new() };
    sent.insert("name".to_owned(), row.name.clone());
    sent.insert("is_enabled".to_owned(), yes(row.is_enabled));
    sent.insert("is_default".to_owned(), yes(row.is_default));
    sent.insert("position".to_owned(), row.position.to_string());
    sent.insert("base_url".to_owned(), row.base_url.clone().unwrap_or_default());
    let here = format!("{ACCOUNTS}/{}", row.id);
    let mut page = account_page(staff.frame(), account.gateway.as_ref(), here.clone(), &sent);
    page.actions.push(Action::post(page.frame.t("whm-test"), format!("{here}/test"), "plug-connected"));
    if account.gateway.by_people().is_none() {
        page.actions.push(Action::link(page.frame.t("whm-ways-choose"), format!("{here}/ways"), "credit-card"));
    }
    if row.is_from_environment {
        page.subtitle = page.frame.t("whm-account-environment");
    } else if account.gateway.by_people().is_none() {
        let url = format!("{}{}", staff.ctx.config.public_url(), accounts::notification_path(row));
        page.subtitle = page.frame.ta("whm-account-notifies", [("url", url)]);
    }
    respond::page(&page)
}

/// `POST /whm/settings/accounts/{id}`
pub async fn save_account(
    staff: Fresh<can::ManageSettings>,
    id: Path<PaymentAccountId>,
    SafeForm(sent): SafeForm<BTreeMap<String, String>>,
) -> Result<HttpResponse, WebError> {
    let here = format!("{ACCOUNTS}/{id}");
    let account = accounts::open_by_id(&staff.ctx, &id).await?;
    match accounts::update(&staff.ctx, &id, |_| input(account.gateway.as_ref(), &sent)).await {
        Ok(_) => Ok(done(&here, "whm-saved")),
        Err(fault) => refuse(fault, account_page(staff.frame(), account.gateway.as_ref(), here, &sent)),
    }
}

/// The ways of an account as switches, each named by its key; `offered` are those that are on.
pub(super) fn ways_page(
    frame: Frame,
    gateway: &dyn PaymentGateway,
    account: &str,
    here: &str,
    offered: &BTreeSet<String>,
) -> FormPage {
    let field = |method: MethodOffer| {
        let key = method.key();
        let value = if offered.contains(&key) { "1" } else { "" };
        Field::new(&key, method.name.to_owned(), Kind::Switch).value(value)
    };
    FormPage {
        title: frame.ta("whm-ways", [("name", account)]),
        subtitle: frame.t("whm-ways-text"),
        back: here.to_owned(),
        back_label: account.to_owned(),
        action: format!("{here}/ways"),
        submit: frame.t("action-save"),
        errors: FormErrors::none(),
        fields: gateway.methods().into_iter().map(field).collect(),
        actions: Vec::new(),
        frame,
    }
}

/// `GET /whm/settings/accounts/{id}/ways`
pub async fn show_ways(
    staff: Staff<can::ManageSettings>,
    id: Path<PaymentAccountId>,
) -> Result<HttpResponse, WebError> {
    let account = accounts::open_by_id(&staff.ctx, &id).await?;
    let hidden = accounts::hidden_ways(&account.row);
    let keys = account.gateway.methods().iter().map(MethodOffer::key).collect::<BTreeSet<_>>();
    let offered = keys.difference(&hidden).cloned().collect();
    let here = format!("{ACCOUNTS}/{}", account.row.id);
    respond::page(&ways_page(staff.frame(), account.gateway.as_ref(), &account.row.name, &here, &offered))
}

/// `POST /whm/settings/accounts/{id}/ways`
pub async fn save_ways(
    staff: Fresh<can::ManageSettings>,
    id: Path<PaymentAccountId>,
    SafeForm(sent): SafeForm<BTreeMap<String, String>>,
) -> Result<HttpResponse, WebError> {
    let account = accounts::open_by_id(&staff.ctx, &id).await?;
    let here = format!("{ACCOUNTS}/{}", account.row.id);
    let offered: BTreeSet<String> = sent.into_iter().filter(|(_, value)| value == "1").map(|(key, _)| key).collect();
    match accounts::offer_ways(&staff.ctx, &id, &offered).await {
        Ok(()) => Ok(done(&here, "whm-saved")),
        Err(PaymentError::Invalid(_)) => Ok(flash::see_other(&format!("{here}/ways"), Tone::Bad, "whm-ways-none")),
        Err(fault) => Err(fault.into()),
    }
}

/// `POST /whm/settings/accounts/{id}/test`
pub async fn test_account(
    staff: Staff<can::ManageSettings>,
    id: Path<PaymentAccountId>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    let here = format!("{ACCOUNTS}/{id}");
    Ok(match accounts::test(&staff.ctx, &id).await {
        Ok(_) => done(&here, "whm-test-passed"),
        Err(_) => flash::see_other(&here, Tone::Bad, "whm-test-failed"),
    })
}
