//! Checkout: order, reservation, contracts and invoice in one transaction. What was quoted is ordered by the same function.
//!
//! Row order inside it: coupon or quote, contracts, slots by plan id, order number, invoice number, accounts. Whoever undoes an order
//! goes the same way, so that nobody waits in a circle on PostgreSQL.
use super::{
    OrderingError,
    cart::{self, FromCart},
    config,
    coupon::{self, Applied},
    events::OrderPlaced,
    find, options,
    pricing::{self, Choice},
};
use crate::{
    domain::{
        Ctx,
        billing::{
            self, BuyerTax, NewLine, TaxTable,
            invoice::{self as invoices, NewInvoice},
        },
        catalog::{self, CatalogError, coupon::ItemDiscount, quota},
        customers, identity,
        ledger::{self, Series},
        settings,
        subscriptions::{self, NewSubscription, SubscriptionError},
    },
    kernel::{audit::Change, db::WriteTx, fault::FieldFault, locale::ta},
};
use chrono::Duration;
use entity::{
    billing::invoice,
    customers::customer,
    ordering::{order, order_item},
    subscriptions::subscription,
    value::{
        CustomerId, CustomerStatus, Cycle, InvoiceKind, OrderId, OrderItemId, OrderStatus, PlanId, UserId, business_day,
    },
};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};

/// Things in one order at most.
pub const MAX_ITEMS: usize = 20;

/// One thing to be ordered, as the customer named it.
#[derive(Clone, Debug)]
pub struct CheckoutItem {
    /// Code of the plan.
    pub plan: String,
    /// Word of the cycle: `monthly`.
    pub cycle: String,
    /// Answers to the template's parameters; null or missing ones take their default. Under `options` those to the options.
    pub config: serde_json::Value,
}

/// What is ordered, by whom, for whom.
#[derive(Clone, Debug)]
pub struct Checkout {
    /// For whom.
    pub customer_id: CustomerId,
    /// By whom.
    pub user_id: UserId,
    /// What.
    pub items: Vec<CheckoutItem>,
    /// Code of a coupon.
    pub coupon: Option<String>,
    /// What it takes out of a cart, and what the customer was shown; `None` for orders that come from no page.
    pub cart: Option<FromCart>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The order.
    pub order: order::Model,
    /// Its items.
    pub items: Vec<order_item::Model>,
    /// Its invoice; paid already where it comes to nothing.
    pub invoice: invoice::Model,
}

/// Places an order: in one transaction a use of the coupon is taken, the contracts are opened (`pending`), their slots
/// reserved, the invoice issued,
/// consent to the present terms noted, and `order.placed` published. Not idempotent by itself: the caller's key (API)
/// or the emptied cart (page) decides that it is placed once.
///
/// # Errors
/// `EMAIL_NOT_VERIFIED`; `ShopClosed`; `AccountNotServed`; `Invalid` with every field that is wrong (`items`,
/// `items[0].plan`, `items[0].cycle`, `items[0].config.…`, `items[0].config.options.…`); `CouponRefused`; `QuotaExceeded`; `UpgradeRequired` for a live
/// contract of an upgrade-only product, `DuplicateSubscription` for an unpaid order of it; `CartChanged` where the cart
/// or its price is not what was shown; the database.
pub async fn place(ctx: &Ctx, checkout: Checkout) -> Result<Placed, OrderingError> {
    identity::require_verified(&ctx.db, &checkout.user_id).await?;
    let customer = customers::get(&ctx.db, &checkout.customer_id).await?;
    if customer.status != CustomerStatus::Active {
        return Err(OrderingError::AccountNotServed);
    }
    let settings = settings::current(ctx).await?;
    if !settings.sales.is_selling {
        return Err(OrderingError::ShopClosed);
    }
    let mut choices = choose(ctx, &checkout.items).await?;
    let code = checkout.coupon.as_deref().filter(|code| !code.trim().is_empty());
    pricing::grant_trials(&ctx.db, Some(&customer.id), &mut choices, code.is_some()).await?;

    let tx = ctx.begin().await?;
    if let Some(ordered) = &checkout.cart {
        cart::empty(&tx, ordered, &checkout.customer_id).await?;
    }
    let applied = match code {
        Some(code) => Some(coupon::reserve(ctx, &tx, code, &customer.id, &choices).await?),
        None => None,
    };
    let sale = Sale {
        customer: &customer,
        user_id: &checkout.user_id,
        choices: &choices,
        applied: applied.as_ref(),
        extra: Vec::new(),
        notes: applied.as_ref().map(|applied| {
            ta(pricing::lang_of(&customer), "document-coupon", &[("code", applied.coupon.code.as_str())])
        }),
        agreed_minor: checkout.cart.as_ref().map(|ordered| ordered.total_minor),
    };
    let placed = open_order(ctx, &tx, &settings, sale).await?;
    tx.commit().await?;
    tracing::info!(order.id = %placed.order.id, total_minor = placed.order.total_minor, "Placed order {}", placed.order.number);
    Ok(placed)
}

/// What an order is made of, however its prices were agreed on.
pub(super) struct Sale<'a> {
    /// For whom.
    pub customer: &'a customer::Model,
    /// By whom.
    pub user_id: &'a UserId,
    /// What becomes contracts.
    pub choices: &'a [Choice],
    /// A coupon that is reserved.
    pub applied: Option<&'a Applied>,
    /// Lines of the invoice that become no contract.
    pub extra: Vec<NewLine>,
    /// Words below the lines of the invoice.
    pub notes: Option<String>,
    /// What the customer agreed to pay, minor units.
    pub agreed_minor: Option<i64>,
}

/// Opens contracts, reserves slots, issues the invoice, writes the order, notes consent and publishes `order.placed`, all
/// in `tx`. Not idempotent: whoever calls holds a row that only one order can take.
///
/// # Errors
/// `AccountNotServed`; `QuotaExceeded`, `UpgradeRequired`, `DuplicateSubscription`; `CartChanged` where the total is not
/// what was agreed; the database.
pub(super) async fn open_order(
    ctx: &Ctx,
    tx: &WriteTx,
    settings: &settings::Settings,
    sale: Sale<'_>,
) -> Result<Placed, OrderingError> {
    // Asked again where it cannot change any more: the account may be being closed.
    if customers::status_of(tx, &sale.customer.id).await? != Some(CustomerStatus::Active) {
        return Err(OrderingError::AccountNotServed);
    }
    let discounts = coupon::discounts(sale.applied, sale.choices.len());
    let order_id = OrderId::generate();
    let contracts = open_contracts(ctx, tx, &sale, &order_id, &discounts).await?;
    reserve_slots(ctx, tx, &contracts, sale.choices, settings.sales.reservation_minutes).await?;
    let number = ledger::next_number(ctx, tx, Series::Order).await?;
    let due_at = ctx.now() + Duration::days(settings.billing.order_due_days);
    let invoice = issue(ctx, tx, &sale, &contracts, &discounts, due_at).await?;
    if sale.agreed_minor.is_some_and(|agreed| agreed != invoice.total_minor) {
        return Err(OrderingError::CartChanged);
    }
    let first: Vec<_> = contracts
        .iter()
        .zip(&discounts)
        .map(|(contract, discount)| (contract.id.clone(), discount.price_minor))
        .collect();
    if !first.is_empty() {
        subscriptions::open::bill_first_cycle(ctx, tx, &first, &invoice.id).await?;
    }
    let order = order::Model {
        id: order_id,
        number,
        customer_id: sale.customer.id.clone(),
        user_id: Some(sale.user_id.clone()),
        status: OrderStatus::Pending,
        subtotal_minor: invoice.subtotal_minor,
        tax_minor: invoice.tax_minor,
        total_minor: invoice.total_minor,
        currency: invoice.currency.clone(),
        invoice_id: Some(invoice.id.to_string()),
        cancel_reason: None,
        coupon_code: sale.applied.map(|applied| applied.coupon.code.clone()),
        discount_minor: invoice.discount_minor,
        created_at: ctx.now(),
        updated_at: ctx.now(),
    };
    let tax = TaxTable::load(tx).await?.for_customer(sale.customer, business_day(ctx.now()));
    let items = items(&order.id, (sale.customer, &tax), sale.choices, &contracts)?;
    write(ctx, tx, &order, &items, &invoice).await?;
    if let Some(applied) = sale.applied {
        coupon::record(ctx, tx, applied, &order).await?;
    }
    customers::record_consent(ctx, tx, sale.user_id, &settings.sales).await?;
    ctx.made(tx, order.id.as_str()).await?;
    Ok(Placed { order, items, invoice })
}

/// Checks what was asked for and finds what it costs, without changing anything. Items keep their order.
///
/// # Errors
/// `Invalid` with every field that is wrong; the database.
pub async fn choose(ctx: &Ctx, items: &[CheckoutItem]) -> Result<Vec<Choice>, OrderingError> {
    let mut faults = Vec::new();
    if items.is_empty() {
        faults.push(FieldFault::new("items", "required"));
    }
    if items.len() > MAX_ITEMS {
        faults.push(FieldFault::new("items", "too_many").with("max", MAX_ITEMS));
        return Err(OrderingError::Invalid(faults));
    }
    let codes: Vec<String> = items.iter().map(|item| item.plan.clone()).filter(|code| code.len() <= 60).collect();
    let offers = catalog::find::offers_by_code(&ctx.db, &codes).await?;
    let mut choices: Vec<Choice> = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        let Some(offer) = offers.iter().find(|offer| offer.plan.code == item.plan) else {
            faults.push(FieldFault::new(format!("items[{i}].plan"), "unknown"));
            continue;
        };
        let cycle = Cycle::parse(&item.cycle);
        let Some(price) = offer.prices.iter().find(|price| Some(price.cycle) == cycle) else {
            faults.push(FieldFault::new(format!("items[{i}].cycle"), "unknown"));
            continue;
        };
        let is_twin = |other: &Choice| other.offer.product.id == offer.product.id;
        if offer.is_exclusive() && choices.iter().any(is_twin) {
            faults.push(FieldFault::new(format!("items[{i}].plan"), "duplicate"));
            continue;
        }
        let (config, answers) = options::part(&item.config);
        let config = config::fill(offer, &config, &format!("items[{i}].config"), &mut faults);
        let at = format!("items[{i}].config.{}", options::FIELD);
        let agreed = options::agree(offer, price, &answers, &at, &mut faults);
        choices.push(Choice::of(offer.clone(), price, config, agreed));
    }
    if faults.is_empty() { Ok(choices) } else { Err(OrderingError::Invalid(faults)) }
}

async fn open_contracts(
    ctx: &Ctx,
    tx: &WriteTx,
    sale: &Sale<'_>,
    order_id: &OrderId,
    discounts: &[ItemDiscount],
) -> Result<Vec<subscription::Model>, OrderingError> {
    let mut contracts = Vec::with_capacity(sale.choices.len());
    for (choice, discount) in sale.choices.iter().zip(discounts) {
        let new = NewSubscription {
            customer_id: sale.customer.id.clone(),
            product_id: choice.offer.product.id.clone(),
            plan_id: choice.offer.plan.id.clone(),
            order_id: order_id.clone(),
            cycle: choice.price.cycle,
            price_minor: choice.price.amount_minor,
            options: choice.options.clone(),
            tax_included: choice.price.tax_included,
            currency: choice.price.currency.clone(),
            discount: discount.sold.clone(),
            config: choice.config.clone(),
            is_exclusive: choice.offer.is_exclusive(),
        };
        match subscriptions::open(ctx, tx, new).await {
            Ok(contract) => {
                let is_trial = choice.trial_days > 0;
                if is_trial && !subscriptions::trial::open(ctx, tx, &contract, choice.trial_days).await? {
                    // A twin of this order has it: what was shown is not what it costs now.
                    return Err(OrderingError::CartChanged);
                }
                contracts.push(contract);
            }
            Err(SubscriptionError::AlreadyLive(id)) => {
                return Err(match find::unpaid_invoice_of_contract(tx, &id).await? {
                    Some(invoice_id) => OrderingError::DuplicateSubscription(invoice_id),
                    None => OrderingError::UpgradeRequired(id),
                });
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(contracts)
}

/// Slots are taken by plan id, see `catalog::quota`.
async fn reserve_slots(
    ctx: &Ctx,
    tx: &WriteTx,
    contracts: &[subscription::Model],
    choices: &[Choice],
    minutes: i64,
) -> Result<(), OrderingError> {
    let expires_at = ctx.now() + Duration::minutes(minutes);
    let mut by_plan: Vec<(&PlanId, &subscription::Model, &Choice)> =
        contracts.iter().zip(choices).map(|(contract, choice)| (&contract.plan_id, contract, choice)).collect();
    by_plan.sort_by_key(|(plan_id, ..)| *plan_id);
    for (plan_id, contract, choice) in by_plan {
        quota::reserve(ctx, tx, plan_id, &contract.id, expires_at).await.map_err(|error| match error {
            CatalogError::QuotaExceeded { .. } => OrderingError::QuotaExceeded(choice.offer.plan.code.clone()),
            other => other.into(),
        })?;
    }
    Ok(())
}

async fn issue(
    ctx: &Ctx,
    tx: &WriteTx,
    sale: &Sale<'_>,
    contracts: &[subscription::Model],
    discounts: &[ItemDiscount],
    due_at: chrono::DateTime<chrono::Utc>,
) -> Result<invoice::Model, billing::InvoiceError> {
    let lang = pricing::lang_of(sale.customer);
    let sold = sale.choices.iter().zip(contracts).zip(discounts);
    let lines = sold.flat_map(|((choice, contract), discount)| choice.lines(lang, Some(&contract.id), discount));
    let lines: Vec<NewLine> = lines.chain(sale.extra.iter().cloned()).collect();
    let new =
        NewInvoice { customer: sale.customer, kind: InvoiceKind::Order, lines, due_at, notes: sale.notes.clone() };
    invoices::issue(ctx, tx, new).await
}

/// The things ordered, at their prices as this customer was told them.
fn items(
    order_id: &OrderId,
    (customer, tax): (&customer::Model, &BuyerTax),
    choices: &[Choice],
    contracts: &[subscription::Model],
) -> Result<Vec<order_item::Model>, OrderingError> {
    let lang = pricing::lang_of(customer);
    let item = |(choice, contract): (&Choice, &subscription::Model)| {
        let told = pricing::choice_view(choice, tax)?;
        Ok(order_item::Model {
            id: OrderItemId::generate(),
            order_id: order_id.clone(),
            plan_id: choice.offer.plan.id.clone(),
            cycle: choice.price.cycle,
            config: choice.config.clone(),
            options: choice.options.clone(),
            description: choice.description(lang),
            amount_minor: told.amount,
            setup_fee_minor: told.setup_fee,
            tax_included: told.tax_included,
            subscription_id: Some(contract.id.to_string()),
        })
    };
    choices.iter().zip(contracts).map(item).collect()
}

async fn write(
    ctx: &Ctx,
    tx: &WriteTx,
    order: &order::Model,
    items: &[order_item::Model],
    invoice: &invoice::Model,
) -> Result<(), OrderingError> {
    order::Entity::insert(order.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    if !items.is_empty() {
        let rows = items.iter().cloned().map(|item| item.into_active_model().reset_all());
        order_item::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    let event = OrderPlaced {
        order_id: order.id.clone(),
        customer_id: order.customer_id.clone(),
        invoice_id: invoice.id.clone(),
    };
    ctx.publish(tx, &event).await?;
    let change = Change {
        action: "ordering.order.place",
        target_type: "order",
        target_id: order.id.as_str(),
        customer_id: Some(&order.customer_id),
        after: Some(serde_json::json!({
            "number": order.number,
            "total_minor": order.total_minor,
            "coupon": order.coupon_code,
            "discount_minor": order.discount_minor,
        })),
        ..Change::default()
    };
    ctx.audit(tx, change).await?;
    tx.wake_after_commit(format!("customer:{}", order.customer_id));
    tx.wake_after_commit("staff");
    Ok(())
}
