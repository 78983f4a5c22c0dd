//! Taking one row over, in the transaction of that row: the customer with his user, his wallet and his invitation, or
//! the contract with its slot; and the link that makes it happen once.
use super::{
    TakeoverError,
    columns::Role,
    import::Options,
    judge::{Finding, Place, Reason},
    rows::{ContractTold, CustomerTold, Row, What},
};
use crate::{
    domain::{
        Ctx,
        catalog::CatalogError,
        customers,
        identity::{self, NewUser, Opened},
        ledger,
        subscriptions::{
            SubscriptionError,
            take_over::{self, TakenOver},
        },
    },
    kernel::{
        db::WriteTx,
        locale::{Lang, t},
    },
};
use entity::{
    takeover::{import, import_link},
    value::{CustomerId, CustomerStatus, IDR, ImportLinkId, ImportVerdict},
};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::json;

/// What came of a row: the customer or contract it is now, or what stands against it. With a refusal the transaction
/// must be given up.
pub(super) type Applied = Result<String, Vec<Reason>>;

/// Takes a row over that the finding says something comes of.
///
/// # Errors
/// Of what is opened; `Ledger(PeriodClosed)` where nothing can be booked now; the database.
pub(super) async fn apply(
    ctx: &Ctx,
    tx: &WriteTx,
    import: &import::Model,
    options: &Options,
    row: &Row,
    finding: &Finding,
    password_hash: &str,
) -> Result<Applied, TakeoverError> {
    match (&row.what, &finding.place) {
        (Ok(What::Customer(told)), _) => {
            let linked = finding.target_id.clone().map(CustomerId);
            let opened = match (finding.verdict, linked) {
                (ImportVerdict::Linked, Some(id)) => Ok(id),
                _ => open(ctx, tx, told, options, password_hash).await?,
            };
            match opened {
                Ok(id) => customer(ctx, tx, import, row, told, id).await,
                Err(reason) => Ok(Err(vec![reason])),
            }
        }
        (Ok(What::Contract(told)), Some(place)) => contract(ctx, tx, import, options, row, told, place).await,
        (Ok(What::Contract(_)), None) => Ok(Err(finding.reasons.clone())),
        (Err(reasons), _) => Ok(Err(reasons.clone())),
    }
}

/// Opens the account of somebody new.
async fn open(
    ctx: &Ctx,
    tx: &WriteTx,
    told: &CustomerTold,
    options: &Options,
    password_hash: &str,
) -> Result<Result<CustomerId, Reason>, TakeoverError> {
    let customer = told.customer.clone();
    let new = NewUser {
        email: customer.email.clone(),
        name: customer.name.clone(),
        password_hash: password_hash.to_owned(),
        locale: customer.locale.clone(),
    };
    // Registered in this very moment, or by a take-over of another source.
    let Opened::New(user_id) = identity::take_over_user(ctx, tx, new).await? else {
        return Ok(Err(Reason::new(Role::Email, "known")));
    };
    let id = customer.id.clone();
    customers::take_over(ctx, tx, &user_id, customer).await?;
    if options.invite {
        identity::invite_taken_over(ctx, tx, &user_id).await?;
    }
    Ok(Ok(id))
}

async fn customer(
    ctx: &Ctx,
    tx: &WriteTx,
    import: &import::Model,
    row: &Row,
    told: &CustomerTold,
    id: CustomerId,
) -> Result<Applied, TakeoverError> {
    // Merged in this very moment: the row is looked at again.
    ledger::refuse_merged(tx, &id).await?;
    if is_closed(tx, &id).await? {
        return Ok(Err(vec![Reason::new(Role::Email, "closed")]));
    }
    let link = link(ctx, tx, import, row, (id.as_str(), &id), told.balance_minor).await?;
    if told.balance_minor > 0 {
        let lang = Lang::parse(&told.customer.locale).unwrap_or_default();
        let words = t(lang, "takeover-wallet-line");
        ledger::take_over_wallet(ctx, tx, &id, &link, told.balance_minor, words).await?;
    }
    Ok(Ok(id.0))
}

/// Whether an account was closed, in this very moment at the latest; it stays as it is until `tx` ends.
async fn is_closed(tx: &WriteTx, id: &CustomerId) -> Result<bool, TakeoverError> {
    Ok(customers::status_of(tx, id).await? == Some(CustomerStatus::Closed))
}

async fn contract(
    ctx: &Ctx,
    tx: &WriteTx,
    import: &import::Model,
    options: &Options,
    row: &Row,
    told: &ContractTold,
    place: &Place,
) -> Result<Applied, TakeoverError> {
    ledger::refuse_merged(tx, &place.customer_id).await?;
    if is_closed(tx, &place.customer_id).await? {
        let role = if told.customer_key.is_empty() { Role::Email } else { Role::CustomerKey };
        return Ok(Err(vec![Reason::new(role, "closed")]));
    }
    let new = TakenOver {
        customer_id: place.customer_id.clone(),
        product_id: place.product_id.clone(),
        plan_id: place.plan_id.clone(),
        cycle: told.cycle,
        price_minor: told.price_minor,
        tax_included: options.prices_include_tax,
        currency: IDR.to_owned(),
        next_due: told.next_due,
        started_on: told.started_on,
        is_suspended: told.is_suspended,
        elsewhere: told.remote.clone(),
        is_exclusive: place.is_exclusive,
        room: place.room,
    };
    match take_over::take_over(ctx, tx, new).await {
        Ok(opened) => {
            link(ctx, tx, import, row, (opened.id.as_str(), &place.customer_id), 0).await?;
            Ok(Ok(opened.id.0))
        }
        // Sold in this very moment.
        Err(SubscriptionError::AlreadyLive(_)) => Ok(Err(vec![Reason::new(Role::Plan, "only_one")])),
        Err(SubscriptionError::Catalog(CatalogError::QuotaExceeded { .. })) => {
            Ok(Err(vec![Reason::new(Role::Plan, "full")]))
        }
        Err(error) => Err(error.into()),
    }
}

/// Notes which of ours the row is. Whoever holds the source's lock has looked for it before: a second one cannot be.
async fn link(
    ctx: &Ctx,
    tx: &WriteTx,
    import: &import::Model,
    row: &Row,
    (target_id, customer_id): (&str, &CustomerId),
    wallet_minor: i64,
) -> Result<ImportLinkId, TakeoverError> {
    let link = import_link::Model {
        id: ImportLinkId::generate(),
        source: import.source.clone(),
        kind: import.kind,
        source_key: row.key.clone(),
        target_id: target_id.to_owned(),
        customer_id: customer_id.clone(),
        import_id: import.id.clone(),
        told: json!(row.facts),
        wallet_minor,
        created_at: ctx.now(),
    };
    let id = link.id.clone();
    import_link::Entity::insert(link.into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(id)
}
