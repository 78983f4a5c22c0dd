//! Starting an attempt: the row is committed before the gateway is asked, so that no answer can be lost.
use super::{inquire, settle, together, wallet::pay_from_wallet};
use crate::{
    domain::{
        Ctx,
        billing::{InvoiceError, invoice, withholding},
        customers,
        payments::{
            CancelAttempt, Expire, PaymentClosed, PaymentError, PaymentStarted,
            accounts::{self, OpenAccount},
            timing, transfer, trouble,
        },
        settings,
    },
    integrations::{
        OutsideError,
        gateways::{ChargeOutcome, ChargeRequest, ConfirmedByPeople, Entry, MethodOffer},
    },
    kernel::{
        audit::Change,
        db::WriteTx,
        fault::FieldFault,
        locale::{Lang, t, ta},
    },
};
use chrono::{DateTime, Duration, Utc};
use entity::{
    customers::customer,
    payments::payment,
    value::{
        CustomerId, CustomerStatus, InvoiceId, InvoiceStatus, Money, PaymentId, PaymentPurpose, PaymentStatus, contact,
    },
};
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel};
use secrecy::SecretString;
use serde_json::json;
use sha2::{Digest, Sha256};

/// An answer that shows what to do comes within so long; later only an inquiry tells of the charge.
const ANSWER_PATIENCE: Duration = Duration::seconds(15);

/// So much of the hash of an entry tells two entries apart.
const ENTRY_HASH_BYTES: usize = 16;
/// Longest token that is passed on.
const LONGEST_TOKEN: usize = 100;

/// How somebody wants to pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Which gateway, or `wallet`.
    pub gateway: String,
    /// Which way; unused for the wallet.
    pub method: String,
    /// Further choice, for example the bank.
    pub option: Option<String>,
    /// What he entered for it.
    pub entered: Entered,
}

/// What a payer entered for a way that needs it (`MethodOffer::needs`).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Entered {
    /// His telephone number, in any usual form.
    pub phone: Option<String>,
    /// The token that stands for his card.
    pub card_token: Option<String>,
}

/// Neither belongs in a log.
impl std::fmt::Debug for Entered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (phone, card_token) = (self.phone.is_some(), self.card_token.is_some());
        f.debug_struct("Entered").field("phone", &phone).field("card_token", &card_token).finish()
    }
}

impl Choice {
    /// A way for which nothing has to be entered.
    pub fn of(gateway: &str, method: &str, option: Option<&str>) -> Self {
        let option = option.map(str::to_owned);
        Self { gateway: gateway.to_owned(), method: method.to_owned(), option, entered: Entered::default() }
    }

    /// All of it from the wallet.
    pub fn wallet() -> Self {
        Self::of("wallet", "wallet", None)
    }

    /// The way written as `gateway:method:option`, as forms send it; `None` unless both of the first are there.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, ':').map(str::to_owned).map(|part| Some(part).filter(|part| !part.is_empty()));
        let (gateway, method) = (parts.next()??, parts.next()??);
        Some(Self { gateway, method, option: parts.next().flatten(), entered: Entered::default() })
    }

    /// Whether it chooses this way.
    pub fn names(&self, offer: &MethodOffer) -> bool {
        offer.method == self.method && offer.option == self.option.as_deref()
    }

    pub(super) fn is_wallet(&self) -> bool {
        self.gateway == "wallet"
    }

    pub(super) fn is_of(&self, payment: &payment::Model) -> bool {
        payment.gateway == self.gateway
            && payment.method == self.method
            && payment.option == self.option
            && payment.entry_hash == self.entry_hash()
    }

    /// The same entry has the same hash; what was entered is not kept.
    fn entry_hash(&self) -> Option<String> {
        let text = self.entered.card_token.as_ref().or(self.entered.phone.as_ref())?;
        Some(hex::encode(&Sha256::digest(text)[..ENTRY_HASH_BYTES]))
    }

    /// The choice with nothing but what its way needs, checked and in its usual form.
    pub(super) fn complete(&self, offer: &MethodOffer) -> Result<Self, PaymentError> {
        let given =
            |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let entered = match offer.needs {
            None => Entered::default(),
            Some(Entry::Phone) => {
                let text = given(&self.entered.phone).ok_or_else(|| missing("phone"))?;
                let phone = contact::phone(&text).map_err(|wrong| FieldFault::of("phone", wrong));
                Entered { phone: Some(phone.map_err(|fault| PaymentError::Invalid(vec![fault]))?), card_token: None }
            }
            Some(Entry::Card) => {
                let token = given(&self.entered.card_token).ok_or_else(|| missing("token_id"))?;
                if token.len() > LONGEST_TOKEN {
                    let fault = FieldFault::new("token_id", "too_long").with("max", LONGEST_TOKEN);
                    return Err(PaymentError::Invalid(vec![fault]));
                }
                Entered { phone: None, card_token: Some(token) }
            }
        };
        Ok(Self { entered, ..self.clone() })
    }
}

fn missing(field: &'static str) -> PaymentError {
    PaymentError::Invalid(vec![FieldFault::new(field, "required")])
}

/// What the payer has to enter before `choice` can be charged; nothing for a way nobody knows.
pub fn needs(ctx: &Ctx, choice: &Choice) -> Option<Entry> {
    let offers = ctx.gateway(&choice.gateway)?.methods();
    offers.into_iter().find(|offer| choice.names(offer))?.needs
}

/// Begins to collect what is open of an invoice of `customer_id`. The wallet settles at once. Otherwise an open attempt
/// of the same way and amount that can be paid is given back as it is; all others are cancelled in the background;
/// the row
/// of the new one is committed, then the gateway is asked and its instructions are stored. A lost answer leaves the
/// attempt `unknown` and is resolved by asking.
///
/// # Errors
/// `Invoice(NotFound)`, `InvoiceNotPayable`, `MethodUnavailable`, `AmountOutOfRange`, `NotConfigured`,
/// `Ledger(InsufficientCredit)`; `GatewayRefused` and `GatewayUnavailable` (nothing was charged); the database.
pub async fn start(
    ctx: &Ctx,
    customer_id: &CustomerId,
    invoice_id: &InvoiceId,
    choice: &Choice,
) -> Result<payment::Model, PaymentError> {
    let bill = invoice::get_for(&ctx.db, customer_id, invoice_id).await?;
    if choice.is_wallet() {
        let tx = ctx.begin().await?;
        let payment = pay_from_wallet(ctx, &tx, invoice_id).await?;
        ctx.made(&tx, payment.id.as_str()).await?;
        tx.commit().await?;
        return Ok(payment);
    }
    if bill.status != InvoiceStatus::Issued {
        return Err(PaymentError::InvoiceNotPayable);
    }
    let (account, offer) = find_method(ctx, choice).await?;
    let choice = &choice.complete(&offer)?;
    let tx = ctx.begin().await?;
    // Under this lock twins cannot both make an attempt, and the amount cannot change.
    let bill = invoice::lock(&tx, invoice_id).await?;
    if bill.customer_id != *customer_id {
        // It went to another customer since it was read (customers were merged).
        return Err(InvoiceError::NotFound.into());
    }
    // Without what was declared as withheld: its proof pays that.
    let amount = withholding::asked_minor(&tx, ctx.now(), &bill).await?;
    if bill.status != InvoiceStatus::Issued || amount <= 0 {
        return Err(PaymentError::InvoiceNotPayable);
    }
    check_range(&offer, amount)?;
    let mut reusable = None;
    for other in super::of_invoice(&tx, invoice_id).await? {
        if choice.is_of(&other) && is_usable(ctx, &other, amount) {
            reusable = Some(other);
        } else if other.status.is_open() {
            ctx.enqueue(&tx, &CancelAttempt { payment_id: other.id }).await?;
        }
    }
    // One charge for several invoices, this one among them, would ask for its money a second time.
    for other in together::open_charges_of(&tx, std::slice::from_ref(invoice_id)).await? {
        ctx.enqueue(&tx, &CancelAttempt { payment_id: other.id }).await?;
    }
    if let Some(payment) = reusable {
        ctx.made(&tx, payment.id.as_str()).await?;
        tx.commit().await?;
        return Ok(payment);
    }
    let id = PaymentId::generate();
    let attempt =
        New { id, customer_id, invoice_id: Some(invoice_id), amount: Money::new(amount, &bill.currency), choice };
    let payment = insert(ctx, &tx, &account, &offer, attempt).await?;
    let words = [("number", bill.number.clone().unwrap_or_default())];
    let lang = Lang::parse(&bill.locale).unwrap_or_default();
    let (made, words) = (payment.id.to_string(), ta(lang, "payment-words-invoice", &words));
    commit_and_charge(ctx, tx, &account, payment, &choice.entered, &made, words).await
}

/// Begins to collect a top-up of `amount_minor` for the wallet of `customer_id`.
///
/// # Errors
/// `NotFound`, `AmountOutOfRange` outside the settings' or the method's limits; otherwise like [`start`].
pub async fn start_top_up(
    ctx: &Ctx,
    customer_id: &CustomerId,
    amount_minor: i64,
    choice: &Choice,
) -> Result<payment::Model, PaymentError> {
    let limits = settings::current(ctx).await?.wallet.clone();
    if !(limits.min_top_up_minor..=limits.max_top_up_minor).contains(&amount_minor) {
        let (min_minor, max_minor) = (limits.min_top_up_minor, limits.max_top_up_minor);
        return Err(PaymentError::AmountOutOfRange { min_minor, max_minor });
    }
    let id = PaymentId::generate();
    start_for(ctx, customer_id, id, amount_minor, choice).await
}

/// Begins to collect money for the wallet under an id that somebody waits for, whatever the limits of top-ups are.
///
/// # Errors
/// `NotFound`, `AmountOutOfRange` outside the method's limits; otherwise like [`start`].
pub async fn start_for(
    ctx: &Ctx,
    customer_id: &CustomerId,
    id: PaymentId,
    amount_minor: i64,
    choice: &Choice,
) -> Result<payment::Model, PaymentError> {
    if choice.is_wallet() {
        return Err(PaymentError::MethodUnavailable);
    }
    let customer = payer(&ctx.db, customer_id).await?;
    let (account, offer) = find_method(ctx, choice).await?;
    check_range(&offer, amount_minor)?;
    let choice = &choice.complete(&offer)?;
    let tx = ctx.begin().await?;
    // Read so that the account cannot be closed before the attempt is there to be seen.
    if customers::status_of(&tx, customer_id).await? == Some(CustomerStatus::Closed) {
        return Err(PaymentError::NotFound);
    }
    let amount = Money::new(amount_minor, &customer.currency);
    let payment = insert(ctx, &tx, &account, &offer, New { id, customer_id, invoice_id: None, amount, choice }).await?;
    let words = t(Lang::parse(&customer.locale).unwrap_or_default(), "payment-words-top-up");
    let made = payment.id.to_string();
    commit_and_charge(ctx, tx, &account, payment, &choice.entered, &made, words).await
}

/// Commits the stored attempt, bound to the caller's key as `made`, and asks its gateway. Where people confirm the money
/// there is nobody to ask: the attempt is complete as it stands.
pub(super) async fn commit_and_charge(
    ctx: &Ctx,
    tx: WriteTx,
    account: &OpenAccount,
    payment: payment::Model,
    entered: &Entered,
    made: &str,
    words: String,
) -> Result<payment::Model, PaymentError> {
    if account.gateway.by_people().is_some() {
        ctx.made(&tx, made).await?;
        tx.commit().await?;
        return Ok(payment);
    }
    ctx.making(&tx, made).await?;
    tx.commit().await?;
    charge(ctx, account, payment, entered, words).await
}

/// Whether an attempt can be paid as it stands: it is open, asks for the right amount, and tells the payer what to do.
/// One whose charge was found again without its code (`Pending`, nothing to show) cannot; right after the charge the
/// answer that shows the code may still be on its way. A bank transfer asks for its unique code besides, and one whose
/// proof is being checked has no end.
pub(super) fn is_usable(ctx: &Ctx, payment: &payment::Model, amount: i64) -> bool {
    let now = ctx.now();
    let is_silent = payment.instructions.as_object().is_none_or(serde_json::Map::is_empty);
    let is_lost = payment.status == PaymentStatus::Pending && is_silent && payment.created_at + ANSWER_PATIENCE <= now;
    let is_checked = payment.status == PaymentStatus::Review && transfer::is_by_people(ctx, payment);
    let is_in_time = payment.expires_at > now || is_checked;
    payment.status.is_open() && is_in_time && transfer::asked_minor(payment) == amount && !is_lost
}

pub(in crate::domain::payments) async fn payer(
    db: &impl ConnectionTrait,
    id: &CustomerId,
) -> Result<customer::Model, PaymentError> {
    customer::Entity::find_by_id(id.clone()).one(db).await?.ok_or(PaymentError::NotFound)
}

pub(super) async fn find_method(ctx: &Ctx, choice: &Choice) -> Result<(OpenAccount, MethodOffer), PaymentError> {
    let account = accounts::open(ctx, &choice.gateway, None).await.map_err(|error| match error {
        PaymentError::NotConfigured => PaymentError::MethodUnavailable,
        other => other,
    })?;
    let offers = account.gateway.offers(&account.settings);
    let hidden = accounts::hidden_ways(&account.row);
    let is_offered = |offer: &MethodOffer| account.row.is_enabled && !hidden.contains(&offer.key());
    let offer = offers.into_iter().find(|offer| choice.names(offer)).filter(is_offered);
    Ok((account, offer.ok_or(PaymentError::MethodUnavailable)?))
}

pub(super) fn check_range(offer: &MethodOffer, amount: i64) -> Result<(), PaymentError> {
    if (offer.min_minor..=offer.max_minor).contains(&amount) {
        Ok(())
    } else {
        Err(PaymentError::AmountOutOfRange { min_minor: offer.min_minor, max_minor: offer.max_minor })
    }
}

/// What an attempt is for.
pub(super) struct New<'a> {
    pub id: PaymentId,
    pub customer_id: &'a CustomerId,
    pub invoice_id: Option<&'a InvoiceId>,
    pub amount: Money,
    pub choice: &'a Choice,
}

pub(super) async fn insert(
    ctx: &Ctx,
    tx: &WriteTx,
    account: &OpenAccount,
    offer: &MethodOffer,
    new: New<'_>,
) -> Result<payment::Model, PaymentError> {
    let (id, now) = (new.id, ctx.now());
    let (prefix, purpose) = match new.invoice_id {
        Some(_) => ("INV", PaymentPurpose::Invoice),
        None => ("TOP", PaymentPurpose::TopUp),
    };
    let mut payment = payment::Model {
        reference: settle::reference(prefix, &id),
        id,
        customer_id: new.customer_id.clone(),
        invoice_id: new.invoice_id.cloned(),
        purpose,
        account_id: Some(account.row.id.clone()),
        gateway: new.choice.gateway.clone(),
        method: new.choice.method.clone(),
        option: new.choice.option.clone(),
        entry_hash: new.choice.entry_hash(),
        status: PaymentStatus::Created,
        amount_minor: new.amount.minor,
        received_minor: 0,
        applied_minor: 0,
        refunded_minor: 0,
        fee_minor: 0,
        currency: new.amount.currency,
        external_id: None,
        instructions: json!({}),
        is_late: false,
        failure_code: None,
        expires_at: now + offer.lifetime,
        settled_at: None,
        paid_out_at: None,
        inquire_at: None,
        inquiries: 0,
        unheard: 0,
        created_at: now,
        updated_at: now,
    };
    if let Some(people) = account.gateway.by_people() {
        wait_for_people(ctx, tx, account, people, &mut payment).await?;
    } else {
        payment.inquire_at = timing::next_inquiry(&payment, now);
        payment::Entity::insert(payment.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
        // Should this process die before the answer is stored, the attempt is asked about all the same.
        inquire::plan(ctx, tx, &payment).await?;
    }
    plan_end(ctx, tx, &payment).await?;
    let change = Change {
        action: "payments.payment.start",
        target_type: "payment",
        target_id: payment.id.as_str(),
        customer_id: Some(&payment.customer_id),
        after: Some(
            json!({"reference": payment.reference, "method": payment.method, "amount_minor": payment.amount_minor}),
        ),
        ..Change::default()
    };
    ctx.audit(tx, change).await?;
    if let Some(invoice_id) = payment.invoice_id.clone() {
        let (payment_id, expires_at) = (payment.id.clone(), payment.expires_at);
        ctx.publish(tx, &PaymentStarted { payment_id, invoice_id, expires_at }).await?;
    }
    tx.wake_after_commit(format!("customer:{}", payment.customer_id));
    Ok(payment)
}

/// Stores an attempt whose money people confirm, with the amount that is its own and everything the payer has to know:
/// it waits from the first moment.
async fn wait_for_people(
    ctx: &Ctx,
    tx: &WriteTx,
    account: &OpenAccount,
    people: &dyn ConfirmedByPeople,
    payment: &mut payment::Model,
) -> Result<(), PaymentError> {
    let terms = people.terms(&account.settings).map_err(|fault| {
        tracing::warn!(account.id = %account.row.id, field = fault.field, "The terms of a transfer cannot be used");
        PaymentError::MethodUnavailable
    })?;
    payment.status = PaymentStatus::Pending;
    payment.expires_at = ctx.now() + terms.lifetime;
    payment::Entity::insert(payment.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    let code = transfer::reserve(ctx, tx, payment, &terms).await?;
    payment.amount_minor += code;
    payment.instructions = json!(people.instructions(&terms, payment.amount_minor, code));
    settle::write(tx, payment).await
}

/// When an attempt that is not paid is closed.
fn end_of(payment: &payment::Model) -> DateTime<Utc> {
    payment.expires_at + timing::EXPIRE_AFTER
}

async fn plan_end(ctx: &Ctx, tx: &WriteTx, payment: &payment::Model) -> Result<(), PaymentError> {
    let work = Expire { payment_id: payment.id.clone() };
    ctx.enqueue_at(tx, &work, end_of(payment)).await?;
    Ok(())
}

/// Asks the gateway and stores its answer.
async fn charge(
    ctx: &Ctx,
    account: &OpenAccount,
    payment: payment::Model,
    entered: &Entered,
    description: String,
) -> Result<payment::Model, PaymentError> {
    let customer = payer(&ctx.db, &payment.customer_id).await?;
    let path = accounts::notification_path(&account.row);
    let request = ChargeRequest {
        reference: payment.reference.clone(),
        amount: Money::new(payment.amount_minor, &payment.currency),
        method: payment.method.clone(),
        option: payment.option.clone(),
        expires_at: payment.expires_at,
        now: ctx.now(),
        description,
        payer_name: customer.name,
        payer_email: customer.email,
        payer_phone: entered.phone.clone().or(customer.phone),
        card_token: entered.card_token.clone().map(SecretString::from),
        notification_url: format!("{}{path}", ctx.config.public_url()),
        return_url: format!("{}/panel/payments/{}", ctx.config.public_url(), payment.id),
    };
    let answer = account.gateway.charge(&account.settings, &request).await;
    store_answer(ctx, &payment.id, answer).await
}

async fn store_answer(
    ctx: &Ctx,
    id: &PaymentId,
    answer: Result<ChargeOutcome, OutsideError>,
) -> Result<payment::Model, PaymentError> {
    let tx = ctx.begin().await?;
    let mut payment = settle::lock(&tx, id).await?;
    let was_open = payment.status.is_open();
    let refusal = match answer {
        Ok(outcome) => {
            trouble::is_over(ctx, &tx, &payment).await?;
            let refusal = refusal_in(&outcome);
            payment.failure_code = refusal.is_some().then(|| outcome.status.to_string());
            take_over(&mut payment, outcome);
            refusal
        }
        Err(OutsideError::Unknown { message }) => {
            tracing::warn!(payment.id = %payment.id, message, "The outcome of a charge is unknown");
            raise_rank(&mut payment, PaymentStatus::Unknown);
            None
        }
        Err(error) => {
            payment.failure_code = Some(match &error {
                OutsideError::Rejected { code, .. } => code.chars().take(60).collect(),
                _ => "unavailable".to_owned(),
            });
            if let OutsideError::Rejected { code, .. } = &error {
                trouble::tell(ctx, &tx, &payment, code).await?;
            }
            raise_rank(&mut payment, PaymentStatus::Failed);
            Some(error)
        }
    };
    settle::store(ctx, &tx, &mut payment).await?;
    if payment.status.is_open() {
        plan_end(ctx, &tx, &payment).await?;
    } else if was_open && payment.status == PaymentStatus::Failed {
        let event = PaymentClosed {
            payment_id: payment.id.clone(),
            customer_id: payment.customer_id.clone(),
            invoice_id: payment.invoice_id.clone(),
            status: payment.status,
        };
        ctx.publish(&tx, &event).await?;
    }
    tx.commit().await?;
    match refusal {
        // A notification may have told better meanwhile.
        Some(error) if payment.status == PaymentStatus::Failed => Err(error.into()),
        _ => Ok(payment),
    }
}

/// A charge that was made only to fail (denied, expired at once) is a refusal in other words.
fn refusal_in(outcome: &ChargeOutcome) -> Option<OutsideError> {
    let is_refused =
        matches!(outcome.status, PaymentStatus::Failed | PaymentStatus::Cancelled | PaymentStatus::Expired);
    is_refused.then(|| OutsideError::rejected("denied", format!("the charge is {}", outcome.status)))
}

/// Takes over what the gateway answered. Money is believed only when it is asked again, so that success here still
/// means waiting, with the question asked at once.
fn take_over(payment: &mut payment::Model, outcome: ChargeOutcome) {
    let status = match outcome.status {
        PaymentStatus::Failed | PaymentStatus::Cancelled | PaymentStatus::Expired => PaymentStatus::Failed,
        PaymentStatus::Authorized | PaymentStatus::Review => outcome.status,
        _ => PaymentStatus::Pending,
    };
    raise_rank(payment, status);
    if !outcome.external_id.is_empty() && payment.external_id.is_none() {
        payment.external_id = Some(outcome.external_id);
    }
    payment.instructions = json!(outcome.instructions);
    if let Some(expires_at) = outcome.expires_at {
        payment.expires_at = expires_at;
    }
}

fn raise_rank(payment: &mut payment::Model, status: PaymentStatus) {
    if status.rank() > payment.status.rank() {
        payment.status = status;
    }
}
