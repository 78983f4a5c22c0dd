//! Rules of tax: which there are, one more from a day on, one taken back before it began.
use super::{
    EmptyForm, done, refuse,
    view::{Action, Cell, Field, FormPage, Kind, ListPage, Table},
};
use crate::{
    domain::{
        billing::tax_rules::{self, NewTaxRule},
        customers::HOME_COUNTRY,
    },
    kernel::{fault::CommonFault, permission::can},
    web::{WebError, form_errors::FormErrors, forms::SafeForm, frame::Frame, principal::Staff, respond},
};
use actix_web::{
    HttpResponse,
    web::{self, Path, ServiceConfig},
};
use chrono::NaiveDate;
use entity::{
    billing::tax_rule,
    value::{Ratio, TaxRuleId, business_day},
};
use std::collections::BTreeMap;

/// The list.
pub(super) const HOME: &str = "/whm/settings/tax-rules";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/settings/tax-rules", web::get().to(list))
        .route("/settings/tax-rules/new", web::get().to(new))
        .route("/settings/tax-rules/new", web::post().to(add))
        .route("/settings/tax-rules/{id}/withdraw", web::post().to(withdraw));
}

/// Fields and what stands in them.
type Sent = BTreeMap<String, String>;

/// `GET /whm/settings/tax-rules`
pub async fn list(staff: Staff<can::ReadSettings>) -> Result<HttpResponse, WebError> {
    let rows = tax_rules::list(&staff.ctx.db).await.map_err(CommonFault::from)?;
    let today = business_day(staff.ctx.now());
    respond::page(&list_page(staff.frame(), today, &rows, staff.may::<can::ManageSettings>()))
}

pub(super) fn list_page(frame: Frame, today: NaiveDate, rows: &[tax_rule::Model], may_manage: bool) -> ListPage {
    let columns = [
        (frame.t("whm-tax-rule-label"), "cell-main"),
        (frame.t("whm-tax-rule-country"), "cell-sub"),
        (frame.t("whm-tax-rule-rate"), "num"),
        (frame.t("whm-tax-rule-base"), "num"),
        (frame.t("whm-tax-rule-from"), "cell-sub"),
        (frame.t("whm-tax-rule-until"), "cell-sub"),
        (frame.t("whm-act"), "cell-side"),
    ];
    let is_last = |row: &tax_rule::Model| {
        !rows.iter().any(|other| other.country_code == row.country_code && other.valid_from > row.valid_from)
    };
    let cells = rows.iter().map(|row| {
        let withdraw = (frame.t("whm-tax-rule-withdraw"), format!("{HOME}/{}/withdraw", row.id), "secondary");
        vec![
            Cell::text(&row.label),
            Cell::text(&row.country_code),
            Cell::Text(share(row.rate_num, row.rate_den)),
            Cell::Text(format!("{}/{}", row.base_num, row.base_den)),
            Cell::Day(row.valid_from),
            row.valid_until.and_then(|until| until.pred_opt()).map_or(Cell::Nothing, Cell::Day),
            if may_manage && row.valid_from > today && is_last(row) {
                Cell::Posts(vec![withdraw])
            } else {
                Cell::Nothing
            },
        ]
    });
    let add = Action::primary(frame.t("whm-tax-rule-add"), format!("{HOME}/new"), "plus");
    ListPage {
        title: frame.t("whm-tax-rules"),
        subtitle: frame.t("whm-tax-rules-text"),
        actions: if may_manage { vec![add] } else { Vec::new() },
        search: Default::default(),
        chips: Vec::new(),
        table: Table::new(frame.t("whm-tax-rules"), columns).with(cells),
        is_filtered: false,
        home: HOME.to_owned(),
        is_later: false,
        next: String::new(),
        frame,
    }
}

/// A rate as people write it: `12%`, or the fraction where it is no whole percentage.
fn share(num: i64, den: i64) -> String {
    match num.saturating_mul(100).checked_rem(den) {
        Some(0) => format!("{}%", num.saturating_mul(100) / den),
        _ => format!("{num}/{den}"),
    }
}

/// A form that begins with what the rule at home is now.
fn blank(rows: &[tax_rule::Model], today: NaiveDate) -> Sent {
    let now = rows.iter().find(|row| row.country_code == HOME_COUNTRY && row.valid_from <= today);
    let fields = [
        ("country_code", HOME_COUNTRY.to_owned()),
        ("label", now.map_or_else(String::new, |row| row.label.clone())),
        ("rate_percent", String::new()),
        ("base", now.map_or_else(|| "1/1".to_owned(), |row| format!("{}/{}", row.base_num, row.base_den))),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

pub(super) fn form_page(frame: Frame, sent: &Sent) -> FormPage {
    let value = |name: &str| sent.get(name).cloned().unwrap_or_default();
    let fields = vec![
        Field::line("label", frame.t("whm-tax-rule-label"))
            .help(frame.t("whm-tax-rule-label-help"))
            .value(value("label")),
        Field::number("rate_percent", frame.t("whm-tax-rule-rate")).unit("%").value(value("rate_percent")),
        Field::line("base", frame.t("whm-tax-rule-base")).help(frame.t("whm-tax-rule-base-help")).value(value("base")),
        Field::line("country_code", frame.t("whm-country-code"))
            .help(frame.t("whm-country-code-help"))
            .value(value("country_code")),
        Field::new("valid_from", frame.t("whm-tax-rule-from"), Kind::Line("date"))
            .help(frame.t("whm-tax-rule-from-help"))
            .value(value("valid_from")),
    ];
    FormPage {
        title: frame.t("whm-tax-rule-add"),
        subtitle: frame.t("whm-tax-rule-add-text"),
        back: HOME.to_owned(),
        back_label: frame.t("whm-tax-rules"),
        action: format!("{HOME}/new"),
        submit: frame.t("action-save"),
        errors: FormErrors::none(),
        fields,
        actions: Vec::new(),
        frame,
    }
}

/// `GET /whm/settings/tax-rules/new`
pub async fn new(staff: Staff<can::ManageSettings>) -> Result<HttpResponse, WebError> {
    let rows = tax_rules::list(&staff.ctx.db).await.map_err(CommonFault::from)?;
    respond::page(&form_page(staff.frame(), &blank(&rows, business_day(staff.ctx.now()))))
}

/// What a form says; what cannot be read is nothing that a rule could be made of.
fn read(sent: &Sent) -> NewTaxRule {
    let text = |name: &str| sent.get(name).map_or("", |value| value.trim());
    let number = |text: &str| text.trim().parse::<i64>().unwrap_or(0);
    let (num, den) = text("base").split_once('/').unwrap_or_default();
    NewTaxRule {
        country_code: text("country_code").to_owned(),
        label: text("label").to_owned(),
        rate_percent: number(text("rate_percent")),
        base: Ratio::new(number(num), number(den)),
        valid_from: text("valid_from").parse().unwrap_or(NaiveDate::MIN),
    }
}

/// `POST /whm/settings/tax-rules/new`
pub async fn add(staff: Staff<can::ManageSettings>, SafeForm(sent): SafeForm<Sent>) -> Result<HttpResponse, WebError> {
    match tax_rules::add(&staff.ctx, read(&sent)).await {
        Ok(_) => Ok(done(HOME, "whm-tax-rule-added")),
        Err(fault) => refuse(fault, form_page(staff.frame(), &sent)),
    }
}

/// `POST /whm/settings/tax-rules/{id}/withdraw`
pub async fn withdraw(
    staff: Staff<can::ManageSettings>,
    id: Path<TaxRuleId>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    tax_rules::withdraw(&staff.ctx, &id).await?;
    Ok(done(HOME, "whm-tax-rule-withdrawn"))
}
