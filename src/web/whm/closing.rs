//! Closing a customer's account, opening it again, and paying out what the wallet of a closed one holds.
use super::{
    ReasonForm,
    customers::page_of,
    done, form_key, once, payouts, refuse, sent_key,
    view::{Action, Cell, DetailPage, Field, FormPage, Part, Table},
};
use crate::{
    domain::{
        Ctx, customers,
        desk::{self, DeskError, Leave, Obstacle, ObstacleKind, Standing},
        ledger::{self, BankAccount, Wallet},
    },
    kernel::{
        fault::{CommonFault, Kind},
        permission::can,
    },
    web::{
        WebError, flash,
        form_errors::FormErrors,
        forms::SafeForm,
        frame::Frame,
        principal::{Fresh, Staff},
        respond,
    },
};
use actix_web::{
    HttpResponse,
    web::{self, Path, ServiceConfig},
};
use entity::{
    customers::customer,
    value::{CustomerId, CustomerStatus, Money},
};
use serde::Deserialize;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/customers/{id}/close", web::get().to(ask))
        .route("/customers/{id}/close", web::post().to(close))
        .route("/customers/{id}/reopen", web::post().to(reopen))
        .route("/customers/{id}/pay-out", web::get().to(ask_where))
        .route("/customers/{id}/pay-out", web::post().to(pay_out));
}

/// What the page of a customer says and offers about closing the account.
pub(super) async fn complete(
    staff: &Staff<can::ReadCustomers>,
    page: &mut DetailPage,
    customer: &customer::Model,
    wallet: &Wallet,
) -> Result<(), WebError> {
    let (id, may_close) = (&customer.id, staff.may::<can::CloseCustomers>());
    if customer.status != CustomerStatus::Closed {
        if may_close {
            let label = page.frame.t("whm-account-close");
            page.actions.push(Action::link(label, format!("{}/close", page_of(id)), "archive"));
        }
        return Ok(());
    }
    let money = page.frame.money(&Money::new(wallet.balance, &wallet.currency));
    page.notice = match wallet.balance {
        0 => ("info", page.frame.t("whm-account-is-closed")),
        _ => ("warn", page.frame.ta("whm-account-is-closed-with-money", [("amount", money)])),
    };
    if staff.may::<can::ReadPayments>() {
        let open = ledger::open_payout(&staff.ctx.db, id).await.map_err(CommonFault::from)?;
        if let Some(payout) = open {
            let amount = page.frame.money(&Money::new(payout.amount_minor, &payout.currency));
            let link = Cell::link(amount, format!("{}/{}", payouts::HOME, payout.id));
            page.facts.push((page.frame.t("whm-payout"), link));
        }
        let all =
            Action::link(page.frame.t("nav-payouts"), format!("{}?customer={id}", payouts::HOME), "building-bank");
        page.actions.push(all);
    }
    if may_close && wallet.balance > 0 {
        let label = page.frame.t("whm-payout-ask");
        page.actions.insert(0, Action::primary(label, format!("{}/pay-out", page_of(id)), "building-bank"));
    }
    if may_close {
        let (label, text) = (page.frame.t("whm-account-reopen"), page.frame.t("whm-account-reopen-text"));
        let action = Action::ask(label, text, "reopen", format!("{}/reopen", page_of(id)), "lock-open");
        page.actions.push(action.with(vec![Field::line("reason", page.frame.t("whm-reason"))]));
    }
    Ok(())
}

/// How somebody leaves, as typed.
#[derive(Debug, Deserialize)]
pub struct LeaveForm {
    #[serde(default)]
    bank_name: String,
    #[serde(default)]
    account_holder: String,
    #[serde(default)]
    account_number: String,
    #[serde(default)]
    reason: String,
    key: String,
}

impl LeaveForm {
    /// An empty form; the holder is most often who has the account.
    pub(super) fn blank(customer: &customer::Model) -> Self {
        let empty = String::new;
        Self {
            bank_name: empty(),
            account_holder: customers::name_of(customer).to_owned(),
            account_number: empty(),
            reason: empty(),
            key: form_key(),
        }
    }

    fn leave(&self) -> Leave<'_> {
        let bank = BankAccount {
            bank_name: &self.bank_name,
            account_holder: &self.account_holder,
            account_number: &self.account_number,
        };
        Leave { reason: &self.reason, bank }
    }

    fn bank_fields(&self, frame: &Frame) -> Vec<Field> {
        vec![
            Field::line("bank_name", frame.t("whm-bank-name")).value(&self.bank_name),
            Field::line("account_holder", frame.t("whm-account-holder"))
                .help(frame.t("whm-account-holder-help"))
                .value(&self.account_holder),
            Field::line("account_number", frame.t("whm-account-number")).value(&self.account_number),
        ]
    }

    fn own_fields(&self, frame: &Frame) -> Vec<Field> {
        vec![Field::line("reason", frame.t("whm-reason")).value(&self.reason), Field::hidden("key", &self.key)]
    }
}

/// `GET /whm/customers/{id}/close`: what stands in the way, or the question.
pub async fn ask(staff: Staff<can::CloseCustomers>, id: Path<CustomerId>) -> Result<HttpResponse, WebError> {
    let standing = desk::look(&staff.ctx, &id).await?;
    if standing.customer.status == CustomerStatus::Closed {
        return Ok(flash::redirect(&page_of(&id)));
    }
    match standing.obstacles.is_empty() {
        true => respond::page(&form_page(staff.frame(), &standing, &LeaveForm::blank(&standing.customer))),
        false => respond::page(&obstacles_page(staff.frame(), &standing)),
    }
}

/// `POST /whm/customers/{id}/close`
pub async fn close(
    staff: Fresh<can::CloseCustomers>,
    id: Path<CustomerId>,
    SafeForm(form): SafeForm<LeaveForm>,
) -> Result<HttpResponse, WebError> {
    let act = async |ctx: &Ctx| Ok(desk::close(ctx, &id, &form.leave()).await?);
    match once(&staff.ctx, "close-customer", sent_key(&form.key)?, act).await {
        Ok(_) => Ok(done(&page_of(&id), "whm-account-closed")),
        Err(WebError(fault)) if fault.kind() == Kind::Invalid => {
            let standing = desk::look(&staff.ctx, &id).await?;
            refuse(CommonFault::Invalid(fault.fields()), form_page(staff.frame(), &standing, &form))
        }
        Err(fault) => Err(fault),
    }
}

pub(super) fn form_page(frame: Frame, standing: &Standing, form: &LeaveForm) -> FormPage {
    let (customer, wallet) = (&standing.customer, &standing.wallet);
    let people = standing.members.len().to_string();
    let mut fields = Vec::new();
    let subtitle = if wallet.balance > 0 {
        fields.extend(form.bank_fields(&frame));
        let amount = frame.money(&Money::new(wallet.balance, &wallet.currency));
        frame.ta("whm-account-close-text", [("n", people), ("amount", amount)])
    } else {
        frame.ta("whm-account-close-empty-text", [("n", people)])
    };
    fields.extend(form.own_fields(&frame));
    FormPage {
        title: frame.t("whm-account-close"),
        subtitle,
        back: page_of(&customer.id),
        back_label: customers::name_of(customer).to_owned(),
        action: format!("{}/close", page_of(&customer.id)),
        submit: frame.t("whm-account-close"),
        errors: FormErrors::none(),
        fields,
        actions: Vec::new(),
        frame,
    }
}

pub(super) fn obstacles_page(frame: Frame, standing: &Standing) -> DetailPage {
    let customer = &standing.customer;
    DetailPage {
        title: frame.t("whm-account-close"),
        subtitle: customers::name_of(customer).to_owned(),
        back: page_of(&customer.id),
        back_label: customers::name_of(customer).to_owned(),
        notice: ("warn", frame.t("whm-account-close-obstacles")),
        actions: Vec::new(),
        facts: Vec::new(),
        parts: vec![Part::Rows(frame.t("whm-obstacles"), obstacle_table(&frame, &standing.obstacles))],
        frame,
    }
}

/// What stands in the way, each leading to where it can be dealt with.
pub(super) fn obstacle_table(frame: &Frame, obstacles: &[Obstacle]) -> Table {
    let columns = [(frame.t("whm-obstacle-which"), "cell-main"), (frame.t("whm-obstacle-what"), "cell-side")];
    let rows = obstacles.iter().map(|one| {
        let label = if one.label.is_empty() { one.id.clone() } else { one.label.clone() };
        vec![Cell::link(label, place_of(one)), Cell::text(frame.word("obstacle", one.kind.as_str()))]
    });
    Table::new(frame.t("whm-obstacles"), columns).with(rows)
}

fn place_of(one: &Obstacle) -> String {
    let id = &one.id;
    match one.kind {
        ObstacleKind::Contract | ObstacleKind::Product | ObstacleKind::PlanChange => format!("/whm/subscriptions/{id}"),
        ObstacleKind::Invoice => format!("/whm/invoices/{id}"),
        ObstacleKind::Payment | ObstacleKind::Refund => format!("/whm/payments/{id}"),
        ObstacleKind::Dispute => format!("/whm/disputes/{id}"),
        ObstacleKind::Approval => "/whm/approvals".to_owned(),
        ObstacleKind::Payout => format!("{}/{id}", payouts::HOME),
        ObstacleKind::Pause => "/whm/billing-day".to_owned(),
        ObstacleKind::Import => format!("/whm/take-over/{id}"),
        ObstacleKind::Overdrawn
        | ObstacleKind::Closed
        | ObstacleKind::Currency
        | ObstacleKind::TaxCountry
        | ObstacleKind::TaxExempt
        | ObstacleKind::TaxNumber
        | ObstacleKind::TaxDuties => page_of(&CustomerId::from(id.as_str())),
    }
}

/// `POST /whm/customers/{id}/reopen`
pub async fn reopen(
    staff: Fresh<can::CloseCustomers>,
    id: Path<CustomerId>,
    SafeForm(form): SafeForm<ReasonForm>,
) -> Result<HttpResponse, WebError> {
    desk::reopen(&staff.ctx, &id, &form.reason).await?;
    Ok(done(&page_of(&id), "whm-account-reopened"))
}

/// `GET /whm/customers/{id}/pay-out`
pub async fn ask_where(staff: Staff<can::CloseCustomers>, id: Path<CustomerId>) -> Result<HttpResponse, WebError> {
    let standing = desk::look(&staff.ctx, &id).await?;
    if standing.customer.status != CustomerStatus::Closed {
        return Err(DeskError::NotClosed.into());
    }
    respond::page(&payout_page(staff.frame(), &standing, &LeaveForm::blank(&standing.customer)))
}

/// `POST /whm/customers/{id}/pay-out`
pub async fn pay_out(
    staff: Fresh<can::CloseCustomers>,
    id: Path<CustomerId>,
    SafeForm(form): SafeForm<LeaveForm>,
) -> Result<HttpResponse, WebError> {
    let act = async |ctx: &Ctx| Ok(desk::pay_out(ctx, &id, &form.leave()).await?);
    match once(&staff.ctx, "pay-out", sent_key(&form.key)?, act).await {
        Ok(Some(payout)) => Ok(done(&format!("{}/{}", payouts::HOME, payout.id), "whm-payout-asked")),
        Ok(None) => Ok(done(&page_of(&id), "whm-payout-asked")),
        Err(WebError(fault)) if fault.kind() == Kind::Invalid => {
            let standing = desk::look(&staff.ctx, &id).await?;
            refuse(CommonFault::Invalid(fault.fields()), payout_page(staff.frame(), &standing, &form))
        }
        Err(fault) => Err(fault),
    }
}

pub(super) fn payout_page(frame: Frame, standing: &Standing, form: &LeaveForm) -> FormPage {
    let (customer, wallet) = (&standing.customer, &standing.wallet);
    let amount = frame.money(&Money::new(wallet.balance, &wallet.currency));
    let fields = form.bank_fields(&frame).into_iter().chain(form.own_fields(&frame)).collect();
    FormPage {
        title: frame.t("whm-payout-ask"),
        subtitle: frame.ta("whm-payout-ask-text", [("amount", amount)]),
        back: page_of(&customer.id),
        back_label: customers::name_of(customer).to_owned(),
        action: format!("{}/pay-out", page_of(&customer.id)),
        submit: frame.t("whm-payout-ask"),
        errors: FormErrors::none(),
        fields,
        actions: Vec::new(),
        frame,
    }
}
